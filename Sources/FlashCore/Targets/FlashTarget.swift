public import FlashImages

/// Progress inside one write.
public enum WriteProgress: Equatable, Sendable {
  /// Bytes the device has taken so far; 0 when the first ones are about to leave, which may change what it holds.
  case bytes(UInt64)
  /// Everything is sent and the device works on it.
  case settling(state: String, percent: Int?)
}

/// A connected device behind a session that has been opened.
///
/// Each family throws its own typed error through these methods; the program's `Diagnostics` knows them all. Where
/// a protocol has no such operation, the default implementation throws `UnsupportedOperation`. A family with sectors that
/// can be read and written needs little more than `storage`, `read`, the write of an image to a range, and what its
/// protocol adds (`digest`, `erase`, `patch`): regions, partitions, comparing and resuming are built on those.
public protocol FlashTarget: Sendable {
  /// The protocol's name as the field writes it, for messages.
  var protocolName: String { get }
  var clock: any LinkClock { get }
  var identity: DeviceIdentity { get }
  /// What can be asked of this device now.
  var capabilities: Set<Capability> { get }
  /// Where `reboot` can lead.
  var rebootModes: [RebootMode] { get }
  /// Asks the device all that it tells of itself. Where a session learns everything as it begins, that is `identity`.
  func identify() async throws -> DeviceIdentity

  /// Gets the device to where its storage can be worked with: starts a programmer or agent unless it runs already.
  /// What `capabilities` says counts from then on. Called before anything below; calling it again changes nothing.
  func prepareStorage() async throws
  /// Chooses the storage that everything after it is about. A device with one storage, or that was told before, takes
  /// the storage it has and throws for another.
  func configure(_ storage: FlashPlan.Configure) async throws
  /// The sections of the chosen storage, asked once and remembered by the target.
  func storage() async throws -> StorageMap
  /// The named pieces of the chosen storage, in order. The default reads the GUID partition tables of all sections, each
  /// time anew.
  func partitions() async throws -> [Partition]
  /// The GUID partition tables that those come from, with what is odd about them; `nil` where they come from elsewhere.
  func partitionTables() async throws -> PartitionTables?
  /// Checks what only the family can know of a plan, before anything is sent. Extents, files and overlaps are checked
  /// for all families by `PlanRunner`.
  func validate(_ plan: FlashPlan) async throws

  /// Writes one image, or only some ranges of it. Cancelling the task ends it at the next point where the protocol
  /// allows that.
  ///
  /// `ranges` are ascending, count from the image's first byte and are whole sectors, but for the image's end; `nil` is
  /// all of it. Progress counts the bytes sent. The default resolves the extent and hands the image to the method below.
  func write(
    _ write: FlashPlan.Write, ranges: [Range<UInt64>]?, progress: @escaping @Sendable (WriteProgress) -> Void
  ) async throws -> Verification
  /// Writes an image from `range`'s start on: data and fills, while what the image skips stays as it is. The last sector
  /// is filled up with zeros. The image does not reach beyond `range`.
  func write(
    _ image: any ImageSource, to range: StorageRange, progress: @escaping @Sendable (WriteProgress) -> Void
  ) async throws
  /// Compares what the device has made of a step where that is not the image's bytes at the step's place; `nil` where
  /// it is, as nearly always. Throws `ContentDiffers`.
  func proveStored(_ write: FlashPlan.Write) async throws -> Verification?
  /// Reads whole sectors, handing their bytes on in order.
  func read(_ range: StorageRange, into sink: @escaping @Sendable (RawSpan) throws -> Void) async throws
  func erase(_ erase: FlashPlan.Erase) async throws
  /// Fills with zeros. The default writes them.
  func zero(_ zero: FlashPlan.Zero, progress: @escaping @Sendable (WriteProgress) -> Void) async throws
  /// The default computes the number here and writes the sector that it lies in.
  func patch(_ patch: FlashPlan.Patch) async throws
  /// SHA-256 over whole sectors, 32 bytes, computed by the device.
  func digest(of range: StorageRange) async throws -> [UInt8]
  /// Makes the device boot from a section.
  func makeBootable(section: String) async throws
  /// Returns when the device has acknowledged.
  func reboot(to mode: RebootMode) async throws
  /// Ends the session in order and gives the device back.
  func close() async
}

extension FlashTarget {
  public var capabilities: Set<Capability> { [.reboot] }
  public func identify() async throws -> DeviceIdentity { identity }
  public func prepareStorage() async throws {}
  public func configure(_ storage: FlashPlan.Configure) async throws {
    throw unsupported(.configure, detail: storage.memory)
  }
  public func storage() async throws -> StorageMap { throw unsupported(.storage) }
  public func partitions() async throws -> [Partition] {
    guard let tables = try await partitionTables() else { throw unsupported(.partitions) }
    return tables.partitions
  }
  public func partitionTables() async throws -> PartitionTables? {
    guard capabilities.isSuperset(of: [.storage, .read, .partitions]) else { return nil }
    return try await PartitionTables(reading: self)
  }
  public func validate(_ plan: FlashPlan) async throws {}
  public func write(
    _ write: FlashPlan.Write, ranges: [Range<UInt64>]?, progress: @escaping @Sendable (WriteProgress) -> Void
  ) async throws -> Verification {
    guard capabilities.contains(.write) else { throw unsupported(.write) }
    let range = try await resolve(write)
    try await self.write(try write.image.source(selecting: ranges), to: range, progress: progress)
    return .acknowledged
  }
  public func write(
    _ image: any ImageSource, to range: StorageRange, progress: @escaping @Sendable (WriteProgress) -> Void
  ) async throws {
    throw unsupported(.write)
  }
  public func proveStored(_ write: FlashPlan.Write) async throws -> Verification? { nil }
  public func read(_ range: StorageRange, into sink: @escaping @Sendable (RawSpan) throws -> Void) async throws {
    throw unsupported(.read)
  }
  public func erase(_ erase: FlashPlan.Erase) async throws { throw unsupported(.erase) }
  public func zero(
    _ zero: FlashPlan.Zero, progress: @escaping @Sendable (WriteProgress) -> Void
  ) async throws {
    guard capabilities.contains(.write) else { throw unsupported(.zero) }
    let range = try await resolve(zero.extent)
    try await write(FillImageSource(.zeros, byteCount: range.byteCount), to: range, progress: progress)
  }
  public func patch(_ patch: FlashPlan.Patch) async throws {
    guard capabilities.isSuperset(of: [.read, .write]) else { throw unsupported(.patch) }
    try await HostPatch(patch, on: self).apply()
  }
  public func digest(of range: StorageRange) async throws -> [UInt8] { throw unsupported(.digest) }
  public func makeBootable(section: String) async throws { throw unsupported(.makeBootable) }

  /// Throws `UnsupportedOperation` where the device cannot do it now.
  public func require(_ capability: Capability) throws(UnsupportedOperation) {
    guard capabilities.contains(capability) else { throw unsupported(capability) }
  }

  public func unsupported(_ capability: Capability, detail: String? = nil) -> UnsupportedOperation {
    UnsupportedOperation(protocolName: protocolName, capability: capability, detail: detail)
  }
}
