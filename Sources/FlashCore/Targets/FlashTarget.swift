public import FlashImages

/// What a connected device can do beyond identifying itself. Commands ask; they never switch over vendors.
public enum Capability: String, Equatable, Sendable, CaseIterable {
  case partitions
  case read
  case write
  case erase
  case verify
  case reboot
}

/// The device's protocol has no way to do what was asked.
public struct UnsupportedOperation: Error, Equatable, Sendable {
  /// The protocol's name as the field writes it: `Mk II`.
  public var protocolName: String
  public var capability: Capability
  /// What exactly, where the capability as such exists: a reboot mode.
  public var detail: String?

  public init(protocolName: String, capability: Capability, detail: String? = nil) {
    self.protocolName = protocolName
    self.capability = capability
    self.detail = detail
  }
}

/// Progress inside one write.
public enum WriteProgress: Equatable, Sendable {
  /// Bytes the device has taken so far.
  case bytes(UInt64)
  /// Everything is sent and the device works on it.
  case settling(state: String, percent: Int?)
}

/// A partition, or whatever the device calls the named pieces of its storage.
public struct Partition: Equatable, Sendable {
  public var name: String
  public var extent: PlanExtent

  public init(name: String, extent: PlanExtent) {
    self.name = name
    self.extent = extent
  }
}

/// A connected device behind a session that has been opened.
///
/// Each family throws its own typed error through these methods; the program's `Diagnostics` knows them all. Where
/// a protocol has no such operation, the default implementation throws `UnsupportedOperation`.
public protocol FlashTarget: Sendable {
  /// The protocol's name as the field writes it, for messages.
  var protocolName: String { get }
  var clock: any LinkClock { get }
  var identity: DeviceIdentity { get }
  /// Asks the device all that it tells of itself. Where a session learns everything as it begins, that is `identity`.
  func identify() async throws -> DeviceIdentity
  /// Where `reboot` can lead.
  var rebootModes: [RebootMode] { get }

  /// Checks a whole plan against the device before anything is sent.
  func validate(_ plan: FlashPlan) async throws
  /// Writes one image. Cancelling the task ends it at the next point where the protocol allows that.
  func write(_ write: FlashPlan.Write, progress: @escaping @Sendable (WriteProgress) -> Void) async throws
    -> Verification
  func partitions() async throws -> [Partition]
  /// Reads a region, handing its bytes on in order.
  func read(_ region: Region, into sink: @escaping @Sendable (RawSpan) throws -> Void) async throws
  func erase(_ region: Region) async throws
  /// Compares a region with an image, by the device's digest or by reading it back.
  func verify(_ region: Region, against image: any ImageSource) async throws -> Verification
  /// Returns when the device has acknowledged.
  func reboot(to mode: RebootMode) async throws
  /// Ends the session in order and gives the device back.
  func close() async
}

extension FlashTarget {
  public func identify() async throws -> DeviceIdentity { identity }
  public func partitions() async throws -> [Partition] { throw unsupported(.partitions) }
  public func read(_ region: Region, into sink: @escaping @Sendable (RawSpan) throws -> Void) async throws {
    throw unsupported(.read)
  }
  public func erase(_ region: Region) async throws { throw unsupported(.erase) }
  public func verify(_ region: Region, against image: any ImageSource) async throws -> Verification {
    throw unsupported(.verify)
  }

  public func unsupported(_ capability: Capability, detail: String? = nil) -> UnsupportedOperation {
    UnsupportedOperation(protocolName: protocolName, capability: capability, detail: detail)
  }
}
