import FlashCore
import FlashImages

/// An XFlash (V5) agent whose second stage runs. Methods throw `XFlashError`.
///
/// Source: `docs/protocols/mtk-xflash.md`.
struct XFlashAgent: MediaTekAgent {
  let driver: XFlashDriver

  var protocolName: String { "XFlash" }
  var generation: AgentChip.Generation { .v5 }
  var clock: any LinkClock { driver.clock }
  var rebootModes: [RebootMode] { [.system, .edl, .fastboot, .meta, .off] }

  /// Brings up the agent that a boot ROM or preloader has started.
  init(starting handover: AgentHandover, policy: XFlashPolicy = XFlashPolicy()) async throws(XFlashError) {
    driver = XFlashDriver(channel: handover.channel, connection: handover.connection, policy: policy)
    do throws(XFlashError) { try await driver.bringUp(handover) } catch {
      // The link may be another one by now, which nobody else knows.
      await driver.close()
      throw error
    }
  }

  /// Gets in step with an agent that runs already: in its command loop, left in the middle of something, or with nothing
  /// but its first byte said, which the channel has yet to bring. `archive` has the second stage, where that does not run.
  init(
    attaching channel: MediaTekChannel, connection: Connection, archive: AgentArchive?,
    policy: XFlashPolicy = XFlashPolicy()
  ) async throws(XFlashError) {
    driver = XFlashDriver(channel: channel, connection: connection, policy: policy)
    do throws(XFlashError) { try await driver.attach(archive: archive) } catch {
      await driver.close()
      throw error
    }
  }

  func facts() async throws -> [DeviceIdentity.Fact] { try await driver.collectFacts().facts }
  func storageKind() async throws -> ScatterStorage {
    switch try await driver.findStorage() {
    case .emmc(let info): info.type == .sdmmc ? .sdmmc : .emmc
    case .ufs: .ufs
    case .nand: .nand
    case .nor: .nor
    }
  }

  func chipNames() async throws -> [String] {
    AgentChip.names(ofHardwareCode: try await driver.chipID().hardwareCode)
  }

  /// No layout of its answer has been described.
  func batteryVoltage() async throws -> UInt64? { nil }
  func storage() async throws -> StorageMap { try await driver.storageMap() }
  /// The storage's own tables tell, of every agent alike.
  func partitions() async throws -> [Partition]? { nil }

  func read(_ range: StorageRange, into consumer: any StreamConsumer) async throws {
    try await driver.read(range, into: consumer)
  }

  func write(
    _ image: ImageStream, byteCount: UInt64, to range: StorageRange, progress: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    try await driver.write(image, byteCount: byteCount, to: range, progress: progress)
  }

  func erase(_ range: StorageRange, progress: @escaping @Sendable (Int) -> Void) async throws {
    try await driver.erase(range, progress: progress)
  }

  func read(partition name: String, into consumer: any StreamConsumer) async throws -> UInt64 {
    try await driver.read(partition: name, into: consumer)
  }

  func write(
    _ image: ImageStream, byteCount: UInt64, partition name: String, progress: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    try await driver.write(image, byteCount: byteCount, partition: name, progress: progress)
  }

  func erase(partition name: String, progress: @escaping @Sendable (Int) -> Void) async throws {
    try await driver.erase(partition: name, progress: progress)
  }

  func reboot(to mode: RebootMode) async throws { try await driver.reboot(to: mode) }
  func close() async { await driver.close() }
}
