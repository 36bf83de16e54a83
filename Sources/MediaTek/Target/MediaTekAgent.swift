import FlashCore
import FlashImages

/// A Download Agent whose last stage runs, whichever protocol it speaks: what the family's target builds on.
///
/// Made from an `AgentHandover` by bringing the agent up, or over a channel behind which one runs already. One task uses an
/// agent at a time. Each protocol throws its own typed error through these methods. A method that is cancelled leaves at
/// the next point where the protocol allows that, with the agent back in its command loop.
protocol MediaTekAgent: Sendable {
  /// The protocol's name as the field writes it: `XFlash`, `XML`.
  var protocolName: String { get }
  var generation: AgentChip.Generation { get }
  var clock: any LinkClock { get }
  /// Where `reboot` can lead.
  var rebootModes: [RebootMode] { get }

  /// What the agent tells of itself, the chip, the memory and the storage, in the order in which it is shown. Asked once.
  func facts() async throws -> [DeviceIdentity.Fact]
  /// What kind of storage it is, as scatter files name it.
  func storageKind() async throws -> ScatterStorage
  /// Names of the chip; empty where the agent does not tell.
  func chipNames() async throws -> [String]
  /// Millivolts; `nil` where the agent does not tell.
  func batteryVoltage() async throws -> UInt64?
  /// The sections of the storage that the device boots from, asked once; named as `MediaTekSections` has them.
  func storage() async throws -> StorageMap
  /// The partitions as the agent lists them; `nil` where its protocol has no list, so that the GUID partition tables of the
  /// storage tell.
  func partitions() async throws -> [Partition]?

  /// Reads whole sectors and hands them on in order.
  func read(_ range: StorageRange, into consumer: any StreamConsumer) async throws
  /// Writes the next `byteCount` bytes of `image` from `range`'s start on; zeros fill up the last sector.
  ///
  /// `range` is whole sectors, and as long as the image takes. `progress` counts bytes that the device has acknowledged.
  func write(
    _ image: ImageStream, byteCount: UInt64, to range: StorageRange, progress: @escaping @Sendable (UInt64) -> Void
  ) async throws
  /// Erases whole sectors. `progress` gets percents, 0 to 100.
  func erase(_ range: StorageRange, progress: @escaping @Sendable (Int) -> Void) async throws

  /// Reads all of a partition that the agent looks up itself; returns how many bytes it had.
  func read(partition name: String, into consumer: any StreamConsumer) async throws -> UInt64
  /// Writes a whole image to a partition that the agent looks up itself, from its start: sparse images are expanded there,
  /// and the header of a boot section is made.
  func write(
    _ image: ImageStream, byteCount: UInt64, partition name: String, progress: @escaping @Sendable (UInt64) -> Void
  ) async throws
  func erase(partition name: String, progress: @escaping @Sendable (Int) -> Void) async throws

  /// Returns when the device has acknowledged, or has left because of it.
  func reboot(to mode: RebootMode) async throws
  /// Closes the link that the agent is reached by now, also when the task is cancelled. The agent goes on running.
  func close() async
}
