/// What a device said about itself.
public struct DeviceIdentity: Equatable, Sendable {
  /// One thing the device said, in the order in which it is shown.
  public struct Fact: Equatable, Sendable {
    public enum Value: Equatable, Sendable {
      case text(String)
      case number(UInt64)
      case list([String])
      case flag(Bool)
      /// The device was asked and has no answer.
      case unknown
    }

    /// Lower-case words (`product code`); JSON uses the same in camel case (`productCode`).
    public var name: String
    public var value: Value

    public init(_ name: String, _ value: Value) {
      self.name = name
      self.value = value
    }
  }

  public var family: String
  /// The model as the protocol names it: a product code, a chip. What a descriptor's entries are matched with.
  public var model: String?
  public var hardwareRevision: String?
  public var mode: String
  public var serialNumber: String?
  public var facts: [Fact]

  public init(
    family: String, model: String?, hardwareRevision: String? = nil, mode: String, serialNumber: String? = nil,
    facts: [Fact] = []
  ) {
    self.family = family
    self.model = model
    self.hardwareRevision = hardwareRevision
    self.mode = mode
    self.serialNumber = serialNumber
    self.facts = facts
  }

  public subscript(_ name: String) -> Fact.Value? { facts.first { $0.name == name }?.value }
}
