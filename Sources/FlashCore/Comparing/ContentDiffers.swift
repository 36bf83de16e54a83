/// The device does not hold what it should.
public struct ContentDiffers: Error, Equatable, Sendable {
  /// The partition, region or image type.
  public var name: String
  /// Where: the bytes of a digest that is another, or a single byte that is.
  public var range: StorageRange
  public var found: Verification

  public init(name: String, range: StorageRange, found: Verification) {
    self.name = name
    self.range = range
    self.found = found
  }
}
