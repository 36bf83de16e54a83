import DeviceSimulator
import FlashCore
import FlashImages
import Foundation
import MkII
import Synchronization

/// A simulated RX-51 on virtual time, files to flash into it, and a host that does so: one of them for each run.
final class FlashRig: Sendable {
  enum Medium: String, CaseIterable, Sendable {
    case usb
    case tcp
  }

  /// How one command ended.
  enum Outcome: Equatable {
    case done
    case failed(MkIIError.Category)
    /// An error that is none of the family's: the name of its type.
    case strange(String)
  }

  let provider: any LinkProvider
  let storage: String
  let log = RunLog()
  let policy: MkIIPolicy
  private let images: FlashImagesFolder
  private static let count = Atomic<Int>(0)

  /// Blocks of 4 KiB in transfers of 2 KiB, and limits of seconds where the default has minutes: what fails by
  /// silence polls ten times a second until then.
  static var policy: MkIIPolicy {
    var policy = MkIIPolicy()
    policy.creditLimit = .seconds(6)
    policy.finishingLimit = .seconds(12)
    policy.workingQuietPeriod = .seconds(10)
    policy.blockByteCount = 4 << 10
    policy.transferByteCount = 2 << 10
    return policy
  }

  init(
    _ images: FlashImagesFolder, medium: Medium = .usb, faults: [String] = [], quirks: [String] = [],
    settings: [(key: String, value: String)] = [], policy: MkIIPolicy = FlashRig.policy
  ) throws {
    self.images = images
    self.policy = policy
    storage = images.path + "/" + String(Self.count.wrappingAdd(1, ordering: .relaxed).newValue, radix: 36)
    let settings = [("clock", "virtual"), ("next-mode", "update")] + settings
    let configuration = try SimulatorConfiguration(
      model: "rx51", storage: storage, quirks: quirks, settings: settings, faults: faults)
    switch medium {
    case .usb:
      provider = try SimulatedLinkProvider(selector: "sim:rx51", configuration: configuration, observer: log.device)
    case .tcp:
      provider = try SimulatedStreamProvider(configuration: configuration, observer: log.device)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: storage) }

  /// Opens the device, waiting for it to come back if it has to, and does something with it.
  func withTarget<Result: Sendable>(
    timeout: Duration? = nil, _ body: (MkIITarget) async throws -> Result
  ) async throws -> Result {
    let link = try await provider.open(waitLimit: .seconds(60))
    let connection = Connection(link: link, provider: provider, timeout: timeout, observer: log.session)
    guard let target = try await MkIIFamily(policy: policy).connect(connection) as? MkIITarget else {
      throw MkIIError.noMessageInterface
    }
    do {
      let result = try await body(target)
      await target.close()
      return result
    } catch {
      await target.close()
      throw error
    }
  }

  /// Plans and flashes everything, as the program does.
  func flash(
    reboots: Bool = true, change: (inout PlanRequest) -> Void = { _ in }
  ) async throws -> PlanRunner.Report {
    var request = images.request
    request.reboots = reboots
    change(&request)
    return try await withTarget { [policy, request] target in
      guard let plan = try MkIIFamily(policy: policy).plan(request, for: target.identity) else {
        throw MkIIError.noMessageInterface
      }
      return try await PlanRunner().run(plan, on: target)
    }
  }

  func outcome<Result>(_ command: () async throws -> Result) async -> Outcome {
    do {
      _ = try await command()
      return .done
    } catch { return Self.outcome(of: error) }
  }

  static func outcome(of error: any Error) -> Outcome {
    switch error {
    case let failure as PlanRunner.Failure: outcome(of: failure.underlying)
    case let error as MkIIError: .failed(error.category)
    case is MkIIPlanError: .failed(.plan)
    default: .strange("\(type(of: error)): \(error)")
    }
  }

  /// The images whose stored bytes are not exactly what was to be flashed.
  var wrongImages: [String] {
    images.expected.compactMap { name, bytes in
      let stored = FileManager.default.contents(atPath: storage + "/\(name).bin")
      return stored.map { Array($0) == bytes } == true ? nil : name
    }.sorted()
  }
}

/// What happened in the runs on one rig.
final class RunLog: Sendable {
  private let events = Mutex<[PortEvent]>([])
  private let labels = Mutex<[String]>([])
  private let codes = Mutex<[String]>([])
  private let onTrace = Mutex<(@Sendable (Int) -> Void)?>(nil)

  var device: @Sendable (PortEvent) -> Void { { event in self.events.withLock { $0.append(event) } } }

  var session: SessionObserver {
    { event in
      switch event {
      case .trace(let trace):
        let count = self.labels.withLock { labels in
          labels.append(trace.label)
          return labels.count
        }
        self.onTrace.withLock { $0 }?(count)
      case .notice(let code, _): self.codes.withLock { $0.append(code) }
      case .waiting: break
      }
    }
  }

  /// Messages and blocks in both directions, by name and in order.
  var traces: [String] { labels.withLock { $0 } }
  var notices: [String] { codes.withLock { $0 } }
  var struckFaults: [String] {
    events.withLock { $0.compactMap { if case .fault(let text) = $0 { text } else { nil } } }
  }

  /// Calls `body` with the number of each message or block, from 1.
  func onEachTrace(_ body: @escaping @Sendable (Int) -> Void) { onTrace.withLock { $0 = body } }
}

/// The files that the tests flash: a FIASCO file with a modem helper, a kernel of three blocks and an eMMC image of
/// four, the last of which is short. Removed with the object.
final class FlashImagesFolder: Sendable {
  let path: String
  let request: PlanRequest
  /// What must be stored in the end, padding included.
  let expected: [String: [UInt8]]

  init(kernel: Int = 9 << 10, mmc: Int = 13 << 10 | 100) throws {
    // Thousands of sessions write small files and wait for each to be stored: in memory where there is room for that.
    let memory = "/dev/shm/"
    let base = FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
    // Short names: in debug builds most of a session's time would go into paths.
    path = base + "mkii-" + UUID().uuidString.prefix(8)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    var expected: [String: [UInt8]] = [:]
    var images: [FIASCONewImage] = []
    for (type, count, multiple) in [("mmc", mmc, 256), ("cmt-algo", 1000, 128), ("kernel", kernel, 128)] {
      let bytes = Self.noise(count, seed: UInt32(count))
      _ = FileManager.default.createFile(atPath: path + "/\(type)", contents: Data(bytes))
      let padded = (count + multiple - 1) / multiple * multiple
      expected[type] = bytes + Array(repeating: 0xFF, count: padded - count)
      images.append(
        try FIASCONewImage(
          type: type, version: "1.0", devices: [FIASCODeviceEntry(device: "RX-51", revisions: ["2101", "2204"])],
          layout: type == "mmc" ? Array("mmc {\n}\n".utf8) : nil,
          content: .stream(FileImageSource(path: path + "/\(type)"))))
    }
    self.expected = expected
    let file = path + "/all"
    try FIASCOWriter(release: "TEST").write(images, to: file)
    request = PlanRequest(descriptors: [file])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Bytes that repeat with no shorter period than 16 KiB.
  private static func noise(_ count: Int, seed: UInt32) -> [UInt8] {
    var state = seed | 1
    let period = (0..<min(count, 16 << 10)).map { _ in
      state ^= state << 13
      state ^= state >> 17
      state ^= state << 5
      return UInt8(truncatingIfNeeded: state)
    }
    var bytes = period
    while bytes.count < count { bytes += period.prefix(count - bytes.count) }
    return bytes
  }
}
