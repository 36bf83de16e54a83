import FlashCore
import FlashImages
import Glibc
import Testing
import USBWire

@testable import USBTransport

@Suite("A TCP link")
struct TCPLinkTests {
  static func connect(_ server: TestServer?, clock: any LinkClock = PatientClock()) async throws -> any Link {
    let server = try #require(server)
    return try await TCPLinkProvider(host: "127.0.0.1", port: server.port, clock: clock).open(waitLimit: nil)
  }

  static func receive(_ count: Int, from link: any Link) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      bytes += try await link.receive(atMost: count - bytes.count, from: .input(1), timeout: .seconds(60)).bytes
    }
    return bytes
  }

  @Test func `is a stream without endpoints, interfaces or control requests`() async throws {
    let server = TestServer(serve: TestServer.echo)
    let link = try await Self.connect(server)
    #expect(link.kind == .stream)
    #expect(link.name == "tcp:127.0.0.1:\(try #require(server).port)")
    await #expect(throws: LinkError.unsupported(feature: "interfaces")) { try await link.claim(interface: 0) }
    await #expect(throws: LinkError.unsupported(feature: "control requests")) {
      try await link.control(.setInterface(0, alternate: 0), data: [], timeout: .seconds(1))
    }
    await link.close()
  }

  @Test func `sends and receives`() async throws {
    let server = TestServer(serve: TestServer.echo)
    let link = try await Self.connect(server)
    let message = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
    async let sent: Void = link.send(message, to: .output(1), terminated: true, timeout: .seconds(60))
    #expect(try await Self.receive(message.count, from: link) == message)
    try await sent
    await link.close()
  }

  @Test func `receives what there is, without waiting for more`() async throws {
    let server = TestServer { connection in
      _ = write(connection, [1, 2, 3] as [UInt8], 3)
      _ = TestServer.readAll(connection)
    }
    let link = try await Self.connect(server)
    let received = try await link.receive(atMost: 4096, from: .input(1), timeout: .seconds(60))
    #expect(received == ReceivedTransfer(bytes: [1, 2, 3], end: .stream))
    await link.close()
  }

  @Test func `hands a stream on in order, and takes nothing of what follows`() async throws {
    let bytes = ArraySource.counting(100_000).bytes
    let server = TestServer { connection in
      _ = write(connection, bytes + [1, 2, 3], bytes.count + 3)
      _ = TestServer.readAll(connection)
    }
    let link = try await Self.connect(server)
    let consumer = CollectingConsumer()
    let count = try await link.receiveStream(
      byteCount: 100_000, from: .input(1), transferSize: 4096, idleLimit: .seconds(60), into: consumer)
    #expect(count == 100_000 && consumer.bytes == bytes)
    #expect(try await Self.receive(3, from: link) == [1, 2, 3])
    await link.close()
  }

  @Test func `counts what was handed on before the peer closed, and reports what the consumer refuses`() async throws {
    let server = TestServer { _ = write($0, [1, 2, 3] as [UInt8], 3) }
    let link = try await Self.connect(server)
    await #expect(throws: StreamError.link(.disconnected, accepted: 3)) {
      try await link.receiveStream(
        byteCount: 10, from: .input(1), transferSize: 4096, idleLimit: .seconds(60), into: CollectingConsumer())
    }
    let other = try await Self.connect(server)
    await #expect(throws: StreamError.image(CollectingConsumer.refusal)) {
      try await other.receiveStream(
        byteCount: 10, from: .input(1), transferSize: 4096, idleLimit: .seconds(60),
        into: CollectingConsumer(failing: 0))
    }
  }

  @Test func `is disconnected when the peer closes`() async throws {
    let server = TestServer { _ in }
    let link = try await Self.connect(server)
    await #expect(throws: LinkError.disconnected) {
      try await link.receive(atMost: 1, from: .input(1), timeout: .seconds(60))
    }
    await #expect(throws: LinkError.disconnected) {
      // The first write after the peer's close may still be taken by the system.
      while true {
        try await link.send([1], to: .output(1), terminated: false, timeout: .seconds(60))
      }
    }
  }

  @Test func `times out when the peer says nothing`() async throws {
    let server = TestServer { _ = TestServer.readAll($0) }
    let descriptor = try await TCPConnector(
      host: "127.0.0.1", port: try #require(server).port, clock: PatientClock()
    ).connect(within: .seconds(60))
    let link = ByteStreamLink(ByteStreamDescriptor(connected: descriptor), name: "tcp", clock: VirtualClock())
    await #expect(throws: LinkError.timedOut(after: .seconds(5))) {
      try await link.receive(atMost: 1, from: .input(1), timeout: .seconds(5))
    }
    await link.close()
  }

  @Test func `counts what a peer took before it stopped taking`() async throws {
    // Accepted by the system, but nobody reads.
    let server = try #require(TestServer())
    let descriptor = try await TCPConnector(host: "127.0.0.1", port: server.port, clock: PatientClock())
      .connect(within: .seconds(60))
    let link = ByteStreamLink(ByteStreamDescriptor(connected: descriptor), name: "tcp", clock: VirtualClock())
    let count = 64 << 20
    do {
      try await link.sendStream(
        try ImageStream(ArraySource(bytes: [UInt8](repeating: 1, count: count))), byteCount: UInt64(count),
        to: .output(2), transferSize: 1 << 20, idleLimit: .seconds(1))
      Issue.record("64 MiB went into a socket that nobody reads")
    } catch {
      guard case .link(.timedOut(after: .seconds(1)), let accepted)? = error as? StreamError else { throw error }
      #expect(accepted > 0 && accepted < UInt64(count))
    }
    await link.close()
  }

  @Test(
    "streams an image whole and in order",
    arguments: [(0, 512), (1, 512), (512, 512), (5000, 512), (3_000_000, 1 << 17)])
  func stream(_ count: Int, _ transferSize: Int) async throws {
    let got = Locked<[UInt8]?>(nil)
    let server = TestServer { connection in
      let all = TestServer.readAll(connection)
      got.withLock { $0 = all }
      _ = write(connection, [1] as [UInt8], 1)
    }
    let link = try await Self.connect(server)
    let source = ArraySource.counting(count)
    try await link.sendStream(
      try ImageStream(source), byteCount: UInt64(count), to: .output(2), transferSize: transferSize,
      idleLimit: .seconds(60))
    // Closing ends the server's reading; nothing of what was sent may be lost.
    await link.close()
    while got.withLock({ $0 == nil }) { await Task.yield() }
    #expect(got.withLock { $0 } == source.bytes)
  }

  @Test func `ends with the image's error when the image cannot be read`() async throws {
    let server = TestServer { _ = TestServer.readAll($0) }
    let link = try await Self.connect(server)
    var source = ArraySource.counting(5000)
    source.failing = 2000
    await #expect(throws: StreamError.image(.shortRead(path: "image", offset: 1536, expected: 512))) {
      try await link.sendStream(
        try ImageStream(source), byteCount: 5000, to: .output(2), transferSize: 512, idleLimit: .seconds(60))
    }
    await link.close()
  }

  @Test func `returns at once when the task is cancelled`() async throws {
    let server = TestServer { _ = TestServer.readAll($0) }
    let link = try await Self.connect(server)
    let task = Task { try await link.receive(atMost: 1, from: .input(1), timeout: .seconds(3600)) }
    for _ in 0..<20 { await Task.yield() }
    task.cancel()
    await #expect(throws: LinkError.cancelled) { try await task.value }
    // Still usable.
    try await link.send([1], to: .output(1), terminated: false, timeout: .seconds(60))
    await link.close()
  }

  @Test func `wakes a waiting receive when it is closed`() async throws {
    let server = TestServer { _ = TestServer.readAll($0) }
    let link = try await Self.connect(server)
    let task = Task { try await link.receive(atMost: 1, from: .input(1), timeout: .seconds(3600)) }
    for _ in 0..<20 { await Task.yield() }
    await link.close()
    await #expect(throws: LinkError.disconnected) { try await task.value }
    await #expect(throws: LinkError.disconnected) {
      try await link.send([1], to: .output(1), terminated: false, timeout: .seconds(60))
    }
  }
}
