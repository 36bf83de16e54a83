import Dispatch
import Testing
import USBWire
import WireFormat

@testable import DeviceSimulator

@Suite struct `The loopback device over USB/IP` {
  private static let source = EndpointAddress.input(1)
  private static let sink = EndpointAddress.output(1)

  /// Runs `body` on a thread of its own with a configured device.
  private func serve(
    speed: String = "high", faults: [String] = [], wire: WireModel = .unlimited,
    _ body: @escaping @Sendable (USBIPTestClient) throws -> Void
  ) async throws {
    let configuration = try SimulatorConfiguration(
      model: "loopback", settings: [("speed", speed), ("verify", "yes")], faults: faults)
    let server = try SimulatorUSBIPServer(host: "127.0.0.1", port: 0, devices: [configuration], wire: wire)
    let port = server.port
    try await whileServing {
      await server.run()
    } _: {
      try Self.use(port, body)
    }
  }

  private static func use(_ port: UInt16, _ body: (USBIPTestClient) throws -> Void) throws {
    let client = try USBIPTestClient(port: port)
    try client.control(.setConfiguration(1))
    try body(client)
  }

  private static func counters(of client: USBIPTestClient) throws -> LoopbackCounters {
    let setup = LoopbackRequest.counters.setup(length: UInt16(LoopbackCounters.byteCount))
    // In a variable of its own: the compiler (6.3.1) crashes on a span of a temporary.
    let bytes = try client.control(setup).data
    return try LoopbackCounters(parsing: bytes.rawSpan)
  }

  @Test func `sixteen reads in flight bring the source's pattern without a gap`() async throws {
    try await serve { client in
      let numbers = try (0..<16).map { _ in try client.submit(Self.source, 100 << 10) }
      var pattern = LoopbackPattern()
      for number in numbers {
        let reply = try client.reply(to: number)
        #expect(reply.data == pattern.next(100 << 10))
      }
    }
  }

  @Test(arguments: [WireModel.unlimited, .highSpeed])
  func `sixteen writes in flight arrive whole and in order`(wire: WireModel) async throws {
    try await serve(wire: wire) { client in
      var pattern = LoopbackPattern()
      var numbers: [UInt32] = []
      for _ in 0..<16 { numbers.append(try client.output(pattern.next(20_000), to: Self.sink)) }
      for number in numbers { #expect(try client.reply(to: number).byteCount == 20_000) }
      let counters = try Self.counters(of: client)
      #expect(counters.bytesSunk == 320_000)
      #expect(counters.firstWrongByte == nil)
    }
  }

  @Test func `a message of a whole packet comes back with its zero-length packet`() async throws {
    try await serve { client in
      let message = [UInt8](repeating: 0xA5, count: 512)
      try client.reply(to: try client.output(message, to: .output(2), flags: .zeroPacket))
      // Room for exactly the packet: its end is a transfer of its own.
      #expect(try client.reply(to: try client.submit(.input(2), 512)).data == message)
      #expect(try client.reply(to: try client.submit(.input(2), 512)) == .init(status: .done, byteCount: 0, data: []))
      // Room for more: the zero-length packet ends the transfer.
      try client.reply(to: try client.output(message, to: .output(2), flags: .zeroPacket))
      #expect(try client.reply(to: try client.submit(.input(2), 1024)).data == message)
    }
  }

  @Test func `a pair whose queue is full takes the rest when it is read`() async throws {
    try await serve { client in
      let big = BenchDevice.pattern(3 << 20)
      let write = try client.output(big, to: .output(2))
      var read: [UInt8] = []
      var isWritten = false
      while read.count < big.count || !isWritten {
        if read.count < big.count { try client.submit(.input(2), 1 << 20) }
        let answer = try #require(try client.next())
        if answer.sequence == write { isWritten = true } else { read += answer.reply.data }
      }
      #expect(read == big)
    }
  }

  @Test func `a halted endpoint works again after clear halt, with several transfers in flight`() async throws {
    try await serve { client in
      try client.control(LoopbackRequest.halt.setup(index: 0x03))
      let numbers = try (0..<4).map { _ in try client.output([1, 2, 3], to: .output(3)) }
      for number in numbers { #expect(try client.reply(to: number).status == .stalled) }
      #expect(try client.control(.clearHalt(.output(3))).status == .done)
      #expect(try client.reply(to: try client.output([1, 2, 3], to: .output(3))).status == .done)
      #expect(try client.reply(to: try client.submit(.input(3), 512)).data == [1, 2, 3])
    }
  }

  @Test func `at super speed says so in its record`() throws {
    let configuration = try SimulatorConfiguration(model: "loopback", settings: [("speed", "super")])
    let server = try SimulatorUSBIPServer(host: "127.0.0.1", port: 0, devices: [configuration])
    #expect(server.exports.first?.record.speed == USBIPDeviceRecord.Speed.super)
  }
}
