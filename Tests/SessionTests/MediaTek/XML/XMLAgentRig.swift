import FlashCore
import FlashImages
import Synchronization
import Testing
import WireFormat

@testable import DeviceSimulator
@testable import MediaTek

/// A simulated phone with an XML agent on virtual time, and a host that talks to it.
struct XMLAgentRig: Sendable {
  enum Outcome: Equatable {
    case done
    case failed(XMLAgentError)
    case unsupported
    case strange(String)
  }

  let base: BootROMRig
  let device: MediaTekDevice
  var policy = XMLAgentPolicy()

  var log: RunLog { base.log }

  init(
    _ model: String = "mt6789", _ knobs: [(key: String, value: String)] = [], quirks: [String] = [],
    faults: [String] = [], signer: (any ChallengeSigner)? = nil
  ) throws {
    var options = MediaTekOptions()
    options.signer = signer
    base = try BootROMRig(model, knobs, quirks: quirks, faults: faults, options: options)
    guard let found = MediaTekDevice.all.first(where: { $0.name == model }) else { throw BootROMError.noAgentFile }
    device = found
  }

  /// Starts an agent from the boot ROM or preloader, or goes on with one that runs.
  private func agent() async throws -> XMLAgent {
    let provider = base.provider
    let link = try await provider.open(waitLimit: .seconds(60))
    let connection = Connection(
      link: link, provider: provider, familyOptions: [base.options], observer: base.log.session)
    do {
      let channel = try await MediaTekChannel.open(link)
      let bootROM = BootROMDriver(channel: channel, connection: connection, policy: BootROMPolicy())
      do {
        _ = try await bootROM.synchronise()
      } catch BootROMError.agentRunning {
        return try await XMLAgent.attach(channel, connection, policy: policy)
      }
      return try await XMLAgent.start(
        try await bootROM.startAgent(from: try BootROMRig.agents(for: device)), policy: policy)
    } catch {
      await link.close()
      throw error
    }
  }

  func withAgent<Result: Sendable>(_ body: (XMLAgent) async throws -> Result) async throws -> Result {
    let agent = try await agent()
    do {
      let result = try await body(agent)
      await agent.close()
      return result
    } catch {
      await agent.close()
      throw error
    }
  }

  func outcome<Result>(_ command: () async throws -> Result) async -> Outcome {
    do {
      _ = try await command()
      return .done
    } catch let error as XMLAgentError {
      return .failed(error)
    } catch is UnsupportedOperation {
      return .unsupported
    } catch {
      return .strange("\(type(of: error)): \(error)")
    }
  }

  /// Runs a session with one command, and tells how it ended.
  func result<Result: Sendable>(_ body: (XMLAgent) async throws -> Result) async -> Outcome {
    await outcome { try await withAgent(body) }
  }
}

extension XMLAgent {
  /// The agent is in step: the beginning of a section can be read.
  func expectSector(_ section: String = "user", _ count: UInt64 = 512) async throws {
    let bytes = try await bytes(section, 0..<count)
    #expect(UInt64(bytes.count) == count)
  }

  func bytes(_ section: String, _ range: Range<UInt64>) async throws -> [UInt8] {
    let memory = XMLAgentMemory()
    try await read(StorageRange(section: section, bytes: range), into: memory)
    return memory.bytes
  }

  func bytes(of partition: String) async throws -> [UInt8] {
    let memory = XMLAgentMemory()
    let count = try await read(partition: partition, into: memory)
    guard count == UInt64(memory.bytes.count) else { throw XMLAgentError.outOfStep }
    return memory.bytes
  }

  func write(_ bytes: [UInt8], to section: String, _ range: Range<UInt64>) async throws {
    try await write(
      try Self.stream(bytes), byteCount: UInt64(bytes.count), to: StorageRange(section: section, bytes: range)
    ) { _ in }
  }

  func write(_ bytes: [UInt8], partition: String) async throws {
    try await write(try Self.stream(bytes), byteCount: UInt64(bytes.count), partition: partition) { _ in }
  }

  static func stream(_ bytes: [UInt8]) throws -> ImageStream {
    try ImageStream(try RandomAccessImageSource(MemoryBytes(bytes)))
  }

  static func pattern(_ count: Int, step: Int = 7) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* step &+ $0 >> 8) }
  }
}

/// Bytes that cannot be read from some place on.
struct FailingImage: ImageSource {
  let byteCount: UInt64?
  let failsAt: UInt64

  func open() throws(ImageError) -> any ImageReader { Reader(byteCount: byteCount ?? 0, failsAt: failsAt) }

  private final class Reader: ImageReader {
    private let failsAt: UInt64
    private let state: Mutex<(extents: [ImageExtent], position: UInt64)>

    init(byteCount: UInt64, failsAt: UInt64) {
      self.failsAt = failsAt
      state = Mutex(([.data(length: byteCount)], 0))
    }

    func next() throws(ImageError) -> ImageExtent? { state.withLock { $0.extents.popLast() } }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
      let position = state.withLock { $0.position }
      guard position + UInt64(buffer.count) <= failsAt else {
        throw .system(operation: "read", path: "image", errno: 5)
      }
      buffer.initializeMemory(as: UInt8.self, repeating: 0x5A)
      state.withLock { $0.position += UInt64(buffer.count) }
    }
  }
}

/// A place for bytes that is full after some of them.
final class FullDisk: StreamConsumer {
  private let room: Mutex<Int>

  init(room: Int) { self.room = Mutex(room) }

  func consume(_ bytes: RawSpan) throws(ImageError) {
    let count = bytes.byteCount
    let fits = room.withLock { room in
      room -= count
      return room >= 0
    }
    guard fits else { throw .system(operation: "write", path: "file", errno: 28) }
  }
}
