import FlashCore
import FlashImages
import Testing
import WireFormat

@testable import DeviceSimulator
@testable import MediaTek

/// A simulated phone whose XFlash agent has been brought up, on virtual time.
struct XFlashRig: Sendable {
  enum Outcome: Equatable {
    case done
    case failed(XFlashError)
    case strange(String)

    var error: XFlashError? { if case .failed(let error) = self { error } else { nil } }
    var status: XFlashStatus? { error?.refusal }
  }

  let base: BootROMRig
  let device: MediaTekDevice
  private let files: FixtureFiles

  init(
    _ device: MediaTekDevice = .mt6765, _ knobs: [(key: String, value: String)] = [], quirks: [String] = [],
    faults: [String] = [], change: (inout MediaTekOptions) -> Void = { _ in }
  ) throws {
    self.device = device
    files = try FixtureFiles()
    var options = MediaTekOptions()
    options.preloader = files.write(
      FixturePreloader.bytes(platform: device.platform, layout: device.layout), to: "preloader.bin")
    options.authentication = files.write(FixturePreloader.authenticationFile(), to: "auth.bin")
    options.signer = FixtureSigner()
    change(&options)
    base = try BootROMRig(device.name, knobs, quirks: quirks, faults: faults, options: options)
  }

  var log: RunLog { base.log }

  func withAgent<Result: Sendable>(_ body: (XFlashAgent) async throws -> Result) async throws -> Result {
    let archive = try BootROMRig.agents(for: device)
    return try await base.withTarget { target in
      let agent = try await XFlashAgent(starting: try await target.driver.startAgent(from: archive))
      return try await Self.using(agent, body)
    }
  }

  static func using<Result: Sendable>(
    _ agent: XFlashAgent, _ body: (XFlashAgent) async throws -> Result
  ) async throws -> Result {
    do {
      let result = try await body(agent)
      await agent.close()
      return result
    } catch {
      await agent.close()
      throw error
    }
  }

  /// Finds the agent that runs already, as a second run of the program does.
  func attach<Result: Sendable>(
    archive: AgentArchive? = nil, _ body: (XFlashAgent) async throws -> Result
  ) async throws -> Result {
    let link = try await base.provider.open(waitLimit: .seconds(60))
    let connection = Connection(
      link: link, provider: base.provider, familyOptions: [base.options], observer: log.session)
    let channel = try await MediaTekChannel.open(link)
    let driver = BootROMDriver(channel: channel, connection: connection, policy: BootROMPolicy())
    do {
      _ = try await driver.synchronise()
      await driver.close()
      throw XFlashError.noAgent(beginning: [])
    } catch let error as BootROMError {
      guard case .agentRunning = error else { throw error }
    }
    let agent = try await XFlashAgent(attaching: channel, connection: connection, archive: archive)
    return try await Self.using(agent, body)
  }

  func outcome<Result: Sendable>(_ body: (XFlashAgent) async throws -> Result) async -> Outcome {
    do {
      _ = try await withAgent(body)
      return .done
    } catch let error as XFlashError {
      return .failed(error)
    } catch {
      return .strange("\(type(of: error)): \(error)")
    }
  }

  // MARK: Data

  /// Bytes that are told from each other.
  static func pattern(_ count: Int, seed: Int = 1) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* (seed &* 2 &+ 1) &+ $0 >> 8 &* 7 &+ seed) }
  }

  static func image(_ bytes: [UInt8]) throws -> ImageStream {
    try ImageStream(RandomAccessImageSource(MemoryBytes(bytes)))
  }
}

extension XFlashAgent {
  func bytes(_ range: StorageRange) async throws -> [UInt8] {
    let output = CollectedBytes()
    try await read(range, into: output)
    return output.bytes
  }

  func bytes(partition: String) async throws -> [UInt8] {
    let output = CollectedBytes()
    _ = try await read(partition: partition, into: output)
    return output.bytes
  }

  func write(_ bytes: [UInt8], at start: UInt64, of section: String, unit: UInt64 = 512) async throws {
    let length = (UInt64(bytes.count) + unit - 1) / unit * unit
    try await write(
      try XFlashRig.image(bytes), byteCount: UInt64(bytes.count),
      to: StorageRange(section: section, bytes: start..<start + length)
    ) { _ in }
  }
}
