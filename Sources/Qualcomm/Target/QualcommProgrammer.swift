import FlashCore
import FlashImages
import Synchronization

/// The programmer of one device: started when it is first needed, attached to where it runs already.
actor QualcommProgrammer {
  private let sahara: SaharaDriver
  private let stage: QualcommTarget.Stage
  private let loaders: [String]
  private let timeout: Duration?
  private let observer: SessionObserver
  /// As the user gave them.
  nonisolated let initialSettings: FirehoseSettings
  /// The same, with what the plan says that is run.
  private(set) var settings: FirehoseSettings
  private var running: FirehoseDriver?
  nonisolated let abilities = QualcommAbilities()

  // What has been found out about the storage, until it is configured anew.
  var sector: UInt32?
  var map: StorageMap?
  var infos: [UInt32: FirehoseStorageInfo] = [:]

  init(sahara: SaharaDriver, stage: QualcommTarget.Stage, connection: Connection) {
    self.sahara = sahara
    self.stage = stage
    loaders = connection.loaders
    timeout = connection.timeout
    observer = connection.observer
    initialSettings = FirehoseSettings(connection)
    settings = initialSettings
  }

  /// Whether a session has been begun.
  var isRunning: Bool { running != nil }

  /// The configured programmer.
  func driver() async throws(FirehoseError) -> FirehoseDriver {
    if let running { return running }
    let driver = try await begin(configures: true)
    running = driver
    abilities.set(await driver.startup.functions)
    return driver
  }

  /// A programmer that has not been configured, unless it has been in this session.
  func unconfiguredDriver() async throws(FirehoseError) -> FirehoseDriver {
    if let running { return running }
    return try await begin(configures: false)
  }

  private func begin(configures: Bool) async throws(FirehoseError) -> FirehoseDriver {
    let (beginning, isFresh) = try await findOrStart()
    let driver = await newDriver()
    do throws(FirehoseError) {
      try await driver.start(beginning: beginning, isFresh: isFresh, configures: configures)
      return driver
    } catch {
      // A programmer may come up as a new device in place of the boot ROM.
      guard isFresh, case .transfer(.disconnected, _) = error, sahara.canReopen else { throw error }
    }
    do throws(SaharaError) { try await sahara.reopen(within: sahara.policy.programmerLimit) } catch {
      throw .sahara(error)
    }
    let again = await newDriver()
    try await again.start(beginning: [], isFresh: true, configures: configures)
    return again
  }

  private func newDriver() async -> FirehoseDriver {
    FirehoseDriver(channel: await sahara.channel, settings: settings, timeout: timeout, observer: observer)
  }

  /// What the programmer has said already, and whether it was started just now.
  private func findOrStart() async throws(FirehoseError) -> (beginning: [UInt8], isFresh: Bool) {
    switch stage {
    case .programmer: return (await sahara.takePending(), false)
    case .hdlc: throw .otherMode("HDLC")
    case .sahara(let hello) where hello.mode == .memoryDebug: throw .otherMode("crash dump")
    case .sahara where loaders.isEmpty: throw .loaderNeeded
    case .sahara: return try await load()
    case .saharaUnderWay, .silent: return loaders.isEmpty ? try await attach() : try await load()
    }
  }

  /// Nothing was heard, or nothing that tells: a programmer may wait there, or the boot ROM.
  private func attach() async throws(FirehoseError) -> (beginning: [UInt8], isFresh: Bool) {
    do throws(SaharaError) {
      _ = try await sahara.begin(wanting: .imageTransferPending)
    } catch {
      return (try await afterFailure(error), false)
    }
    throw .loaderNeeded
  }

  private func load() async throws(FirehoseError) -> (beginning: [UInt8], isFresh: Bool) {
    let set: LoaderSet
    do throws(LoaderError) { set = try LoaderSet(loaders) } catch { throw .loader(error) }
    observer(.notice(code: "firehose.loading", facts: ["images": set.images.map(\.name).joined(separator: ", ")]))
    do throws(SaharaError) {
      return (try await sahara.load(SaharaImageSender(images: set.images) { _ in }).beginning, true)
    } catch {
      return (try await afterFailure(error), false)
    }
  }

  private func afterFailure(_ error: SaharaError) async throws(FirehoseError) -> [UInt8] {
    guard error == .programmerRunning else { throw error == .cancelled ? .cancelled : .sahara(error) }
    return await sahara.takePending()
  }

  /// Chooses the storage. A programmer that is running already is configured anew where it has another one.
  func configure(_ configure: FlashPlan.Configure) async throws(FirehoseError) {
    guard let memory = FirehoseMemory(name: configure.memory) else { throw .otherMode(configure.memory) }
    var wanted = settings
    wanted.memory = memory
    // Also back to the first one, from another that an earlier step has chosen.
    wanted.slot = configure.slot == 0 ? initialSettings.slot : UInt32(clamping: configure.slot)
    if let size = configure.attributes["SECTOR_SIZE_IN_BYTES"].flatMap({ FirehoseNumber.parse($0, as: UInt32.self) }),
      FirehoseLimits.isSectorSize(size), settings.sectorByteCount == nil
    {
      wanted.sectorByteCount = size
    }
    guard wanted != settings else { return }
    let hasOtherSlot = wanted.slot != settings.slot
    settings = wanted
    guard let running else { return }
    (sector, map) = (nil, nil)
    // What was agreed on already is not agreed on again.
    guard await running.limits.memory != memory || hasOtherSlot else { return }
    infos = [:]
    _ = try await running.reconfigure(wanted)
  }
}

extension FirehoseSettings {
  /// What the user said to this family.
  init(_ connection: Connection) {
    self = connection.familyOptions.compactMap { $0 as? FirehoseSettings }.first ?? FirehoseSettings()
  }
}

/// What a programmer turned out to be able to do, for whoever asks without waiting.
final class QualcommAbilities: Sendable {
  private let functions = Mutex<Set<String>?>(nil)
  private let missing = Mutex<Set<String>>([])

  func set(_ names: Set<String>?) { functions.withLock { $0 = names } }
  func markMissing(_ name: String) { missing.withLock { _ = $0.insert(name) } }

  /// As far as is known: everything that programmers usually have.
  func has(_ name: String) -> Bool {
    (functions.withLock { $0 } ?? FirehoseStartup.assumedFunctions).contains(name)
      && !missing.withLock { $0.contains(name) }
  }
}
