import FlashCore
import Glibc
import Testing
import USBWire

@testable import USBTransport

/// A pseudo-terminal stands for a character device: what is written on one side is read on the other.
@Suite struct `Character devices` {
  private final class Terminal {
    let main: Int32
    let path: String

    /// Swift's view of the C library leaves these functions out.
    private typealias Call = @convention(c) (Int32) -> Int32
    private typealias NameCall = @convention(c) (Int32) -> UnsafePointer<CChar>?

    private static func call(_ name: String, _ argument: Int32) -> Int32 {
      guard let symbol = dlsym(nil, name) else { return -1 }
      return unsafeBitCast(symbol, to: Call.self)(argument)
    }

    init?() {
      main = Self.call("posix_openpt", O_RDWR | O_NOCTTY | O_CLOEXEC)
      guard main >= 0, Self.call("grantpt", main) == 0, Self.call("unlockpt", main) == 0,
        let symbol = dlsym(nil, "ptsname"), let name = unsafeBitCast(symbol, to: NameCall.self)(main)
      else { return nil }
      path = String(cString: name)
    }

    deinit { close(main) }

    func write(_ bytes: [UInt8]) { _ = Glibc.write(main, bytes, bytes.count) }

    func read(_ count: Int) -> [UInt8] {
      var bytes = [UInt8](repeating: 0, count: count)
      var filled = 0
      while filled < count {
        let result = bytes.withUnsafeMutableBytes { buffer in
          let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
          return Glibc.read(main, rest.baseAddress, rest.count)
        }
        if result <= 0 { break }
        filled += result
      }
      return Array(bytes.prefix(filled))
    }
  }

  @Test func `bytes go both ways as they are, control characters included`() async throws {
    let terminal = try #require(Terminal())
    let link = try await NodeLinkProvider(path: terminal.path).open(waitLimit: nil)
    let bytes = (0...255).map { UInt8($0) }
    try await link.send(bytes, to: .output(1), terminated: false, timeout: .seconds(5))
    #expect(terminal.read(256) == bytes)
    terminal.write(bytes)
    var received: [UInt8] = []
    while received.count < 256 {
      received += try await link.receive(atMost: 4096, from: .input(1), timeout: .seconds(5)).bytes
    }
    #expect(received == bytes)
    #expect(link.kind == .stream && link.name == "tty:" + terminal.path)
    await link.close()
    await #expect(throws: LinkError.disconnected) {
      try await link.receive(atMost: 1, from: .input(1), timeout: .seconds(5))
    }
  }

  @Test func `silence ends with the limit`() async throws {
    let terminal = try #require(Terminal())
    let link = try await NodeLinkProvider(path: terminal.path).open(waitLimit: nil)
    await #expect(throws: LinkError.timedOut(after: .milliseconds(20))) {
      try await link.receive(atMost: 1, from: .input(1), timeout: .milliseconds(20))
    }
    await link.close()
  }

  @Test func `what is missing, a folder or a file is no device`() async throws {
    await #expect(throws: OpenError.notFound(selector: "tty:/dev/none", seen: [])) {
      try await NodeLinkProvider(path: "/dev/none").open(waitLimit: nil)
    }
    await #expect(throws: OpenError.self) { try await NodeLinkProvider(path: "/tmp").open(waitLimit: nil) }
    await #expect(throws: OpenError.timedOut(waitingFor: "tty:/dev/none", after: .milliseconds(60))) {
      try await NodeLinkProvider(path: "/dev/none").open(waitLimit: .milliseconds(60))
    }
  }

  @Test func `a node that cannot come back says so`() async throws {
    await #expect(throws: OpenError.unsupported(selector: "tty:/dev/null", reason: "re-enumeration")) {
      try await NodeLinkProvider(path: "/dev/null").awaitReturn(within: .seconds(1)) { _ in true }
    }
  }
}
