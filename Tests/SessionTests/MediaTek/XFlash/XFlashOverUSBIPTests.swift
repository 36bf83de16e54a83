import FlashCore
import FlashImages
import Synchronization
import Testing
import USBTransport

@testable import DeviceSimulator
@testable import MediaTek

/// Links that have several transfers in flight, whose packets and time are real.
@Suite(.serialized) struct `XFlash over USB/IP` {
  private func withAgent<Result: Sendable>(
    quirks: [String] = [], knobs: [(key: String, value: String)] = [],
    _ body: (XFlashAgent) async throws -> Result
  ) async throws -> Result {
    let files = try FixtureFiles()
    var options = MediaTekOptions()
    options.preloader = files.write(
      FixturePreloader.bytes(platform: "MT6765", layout: MediaTekDevice.mt6765.layout), to: "preloader.bin")
    // Whatever else this machine does meanwhile, the device waits.
    let settings = [("speed-switch-ms", "50"), ("watchdog-ms", "0")] + knobs
    return try await ServedDevices.with(.init(model: "mt6765", settings: settings, quirks: quirks)) {
      [options] served in
      let provider = served.provider()
      let link = try await provider.open(waitLimit: .seconds(60))
      let connection = Connection(
        link: link, provider: provider, timeout: .seconds(60), familyOptions: [options])
      let target = try #require(try await MediaTekFamily().connect(connection) as? MediaTekTarget)
      let handover = try await target.driver.startAgent(from: try BootROMRig.agents(for: .mt6765))
      let agent = try await XFlashAgent(starting: handover)
      return try await XFlashRig.using(agent, body)
    }
  }

  @Test(
    "what is written is read back, however the device says it",
    arguments: [
      "", "split-ack-only", "log-frames", "dribble", "zlp", "odd-chunks", "changing-chunks", "merged-frames",
      "short-status",
    ])
  func roundTrip(quirk: String) async throws {
    let bytes = XFlashRig.pattern(2 << 20 | 700, seed: 3)
    try await withAgent(quirks: quirk.isEmpty ? [] : [quirk]) { agent in
      try await agent.write(bytes, at: 0, of: "boot1")
      let back = try await agent.bytes(StorageRange(section: "boot1", bytes: 0..<3 << 20))
      #expect(back.count == 3 << 20 && Array(back.prefix(bytes.count)) == bytes)
      let named = try await agent.bytes(partition: "PGPT")
      #expect(named.count == 0x8000 && named.dropFirst(512).starts(with: "EFI PART".utf8))
    }
  }

  @Test("chunks of any length are read", arguments: ["512", "1000", "200K"])
  func packets(length: String) async throws {
    let bytes = XFlashRig.pattern(300_000)
    let back = try await withAgent(knobs: [("read-packet", length)]) { agent in
      try await agent.write(bytes, at: 0, of: "boot1")
      return try await agent.bytes(StorageRange(section: "boot1", bytes: 0..<300_032))
    }
    #expect(Array(back.prefix(300_000)) == bytes)
  }

  @Test func `all that devices do differently at once changes nothing`() async throws {
    let quirks = ["split-ack-only", "log-frames", "dribble", "zlp", "changing-chunks", "merged-frames"]
    let bytes = XFlashRig.pattern(700_000, seed: 5)
    let back = try await withAgent(quirks: quirks) { agent in
      try await agent.write(bytes, at: 0, of: "boot1")
      return try await agent.bytes(StorageRange(section: "boot1", bytes: 0..<700_416))
    }
    #expect(Array(back.prefix(bytes.count)) == bytes)
  }

  @Test func `a short device, whose last chunks are smaller, is read to its end`() async throws {
    let bytes = XFlashRig.pattern(66_048)
    let back = try await withAgent(knobs: [("read-packet", "64K")]) { agent in
      try await agent.write(bytes, at: 0, of: "boot1")
      return try await agent.bytes(StorageRange(section: "boot1", bytes: 0..<66_048))
    }
    #expect(back == bytes)
  }

  @Test func `an error while reading is told with its place, and the next command works`() async throws {
    try await withAgent(quirks: ["read-error-at:3"]) { agent in
      await #expect(throws: XFlashError.refused(.storageError, during: "READ_DATA", place: "user/0x0+0x100000")) {
        try await agent.bytes(StorageRange(section: "user", bytes: 0..<1 << 20))
      }
      let again = try await agent.bytes(StorageRange(section: "user", bytes: 0..<0x8000))
      #expect(again.count == 0x8000)
    }
  }

  @Test func `a full disk ends the read between two chunks, and the next command works`() async throws {
    try await withAgent { agent in
      let full = ImageError.system(operation: "write", path: "file", errno: 28)
      await #expect(throws: XFlashError.output(full)) {
        try await agent.read(StorageRange(section: "user", bytes: 0..<16 << 20), into: FullDisk(room: 300_000))
      }
      let table = try await agent.bytes(StorageRange(section: "user", bytes: 512..<1024))
      #expect(table.starts(with: "EFI PART".utf8))
    }
  }

  @Test func `a cancelled read ends between two chunks, and the next command works`() async throws {
    final class Counter: StreamConsumer {
      let running = Mutex<Task<Void, any Error>?>(nil)
      func consume(_ bytes: RawSpan) throws(ImageError) { running.withLock { $0?.cancel() } }
    }
    try await withAgent { agent in
      let counter = Counter()
      let work = Task { try await agent.read(StorageRange(section: "user", bytes: 0..<512 << 20), into: counter) }
      counter.running.withLock { $0 = work }
      await #expect(throws: XFlashError.cancelled) { try await work.value }
      let table = try await agent.bytes(StorageRange(section: "user", bytes: 512..<1024))
      #expect(table.starts(with: "EFI PART".utf8))
    }
  }

  @Test func `a device that leaves in the middle of a read is told`() async throws {
    await #expect(throws: XFlashError.transfer(.disconnected, during: "READ_DATA")) {
      try await withAgent(quirks: ["unplug-at:120"]) { agent in
        _ = try await agent.bytes(StorageRange(section: "user", bytes: 0..<16 << 20))
      }
    }
  }
}
