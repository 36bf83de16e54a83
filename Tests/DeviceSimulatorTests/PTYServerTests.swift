import DeviceSimulator
import Dispatch
import Glibc
import Testing

/// A client of a terminal, blocking, with a limit on every read; to be used from a thread of its own.
final class TerminalClient {
  private let descriptor: Int32

  init(_ path: String) throws {
    descriptor = open(path, O_RDWR | O_NOCTTY)
    try #require(descriptor >= 0)
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) { #expect(write(descriptor, bytes, bytes.count) == bytes.count) }

  /// So many bytes, or what there is after two minutes: the machine may be busy.
  func receive(_ count: Int) -> [UInt8] {
    var result: [UInt8] = []
    while result.count < count {
      var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&ready, 1, 120_000) == 1 else { return result }
      var bytes = [UInt8](repeating: 0, count: count - result.count)
      let read = Glibc.read(descriptor, &bytes, bytes.count)
      guard read > 0 else { return result }
      result += bytes[..<read]
    }
    return result
  }

  /// Whether something waits to be read now.
  var hasInput: Bool {
    var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&ready, 1, 0) == 1
  }

  /// Echo and line editing, as a shell's terminal has them.
  func cook() {
    var settings = termios()
    tcgetattr(descriptor, &settings)
    settings.c_lflag |= UInt32(ECHO | ICANON)
    tcsetattr(descriptor, TCSANOW, &settings)
  }
}

@Suite struct `The server on a pseudo-terminal` {
  func serve(
    _ settings: [(key: String, value: String)] = [], faults: [String] = [],
    observer: @escaping @Sendable (SimulatorServerEvent) -> Void = { _ in },
    _ body: @escaping @Sendable (String) throws -> Void
  ) async throws {
    let configuration = try SimulatorConfiguration(model: "loopback", settings: settings, faults: faults)
    let server = try SimulatorPTYServer(configuration: configuration, observer: observer)
    let path = server.path
    try await whileServing {
      await server.run()
    } _: {
      try body(path)
    }
  }

  @Test func `the serial port of the loopback device sends back every byte as it is`() async throws {
    try await serve { path in
      let client = try TerminalClient(path)
      let bytes = (0...255).map { UInt8($0) }
      client.send(bytes)
      #expect(client.receive(256) == bytes)
      // As long as a packet, which ends no USB transfer by itself.
      let packet = [UInt8](repeating: 0x0A, count: 512)
      client.send(packet)
      #expect(client.receive(512) == packet)
    }
  }

  @Test func `a client that closes and opens again finds a raw terminal, whatever it was left like`() async throws {
    let ends = DispatchSemaphore(value: 0)
    try await serve(observer: { if $0 == .disconnected { ends.signal() } }) { path in
      for round in 1...3 {
        do {
          let client = try TerminalClient(path)
          client.send([UInt8(round)])
          #expect(client.receive(1) == [UInt8(round)])
          client.cook()
        }
        // Until this is told, a client that opens the terminal is the same one to the server.
        #expect(ends.wait(timeout: .now() + 120) == .success)
      }
    }
  }

  @Test func `what a client wrote before it closed is not the next one's`() async throws {
    try await serve { path in
      for round in 1...20 {
        var client: TerminalClient? = try TerminalClient(path)
        client?.send([UInt8](repeating: 0xEE, count: 100))
        client = nil
        let next = try TerminalClient(path)
        next.send([UInt8(round)])
        var answer = next.receive(1)
        // Both openings may count as one where the terminal was never seen closed.
        while answer == [0xEE] { answer = next.receive(1) }
        #expect(answer == [UInt8(round)])
        #expect(!next.hasInput)
      }
    }
  }

  @Test func `more than the terminal holds goes through when the client reads`() async throws {
    try await serve { path in
      let client = try TerminalClient(path)
      let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0) }
      let group = DispatchGroup()
      nonisolated(unsafe) let sender = client
      DispatchQueue.global().async(group: group) { @Sendable in
        for start in stride(from: 0, to: bytes.count, by: 1000) { sender.send(Array(bytes[start..<start + 1000])) }
      }
      #expect(client.receive(bytes.count) == bytes)
      group.wait()
    }
  }

  @Test func `a device that was away serves the client that waited`() async throws {
    let connections = DispatchSemaphore(value: 0)
    try await serve(faults: ["disconnect@3"], observer: { if $0 == .connected { connections.signal() } }) { path in
      let client = try TerminalClient(path)
      client.send([1])
      #expect(client.receive(1) == [1])
      // Pulled out before a byte of this has moved; a second later it is back.
      client.send([2])
      for _ in 1...2 { #expect(connections.wait(timeout: .now() + 120) == .success) }
      client.send([3])
      #expect(client.receive(1) == [3])
    }
  }

  @Test func `a model without a serial port is not served, nor is virtual time`() throws {
    #expect(throws: SimulatorError.notServed(model: "rx51", way: .pty)) {
      try SimulatorPTYServer(configuration: try SimulatorConfiguration(model: "rx51"))
    }
    #expect(throws: SimulatorError.badValue(knob: "clock", value: "virtual", allowed: ["real"])) {
      try SimulatorPTYServer(
        configuration: try SimulatorConfiguration(model: "loopback", settings: [("clock", "virtual")]))
    }
  }
}
