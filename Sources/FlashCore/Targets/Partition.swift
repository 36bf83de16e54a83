/// A partition, or whatever the device calls the named pieces of its storage.
public struct Partition: Equatable, Sendable {
  public var name: String
  public var extent: PlanExtent
  /// Its number in its section's table, 1 for the first; `nil` where there is no such thing.
  public var number: Int?
  /// What it is for, as the table writes it: a type GUID.
  public var type: String?
  /// The 64 attribute bits of a GUID partition table, `nil` where there is none (`docs/protocols/android-images.md` 5.6).
  public var attributes: UInt64?

  public init(
    name: String, extent: PlanExtent, number: Int? = nil, type: String? = nil, attributes: UInt64? = nil
  ) {
    self.name = name
    self.extent = extent
    self.number = number
    self.type = type
    self.attributes = attributes
  }
}
