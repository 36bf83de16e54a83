import Dispatch
import Testing
import USBWire
import WireFormat

@testable import DeviceSimulator

@Suite struct `A hostile USB/IP client` {
  /// Sends `bytes`, expects to be turned out for `violation`, and that the next client is served.
  private func expectEnd(_ violation: USBIPViolation, of send: @escaping @Sendable (USBIPTestClient) throws -> Void)
    async throws
  {
    try await DeviceHostRig(room: 0).run { rig in
      let client = try rig.connect()
      // The server may close while this is still sending.
      try? send(client)
      try rig.wait(for: .disconnected(.violation(violation)))
      while try client.next() != nil {}
      let next = try rig.connect()
      #expect(try next.control(.getDescriptor(.device, index: 0, length: 18)).data.count == 18)
    }
  }

  private static func header(length: UInt32, endpoint: UInt32 = 1, direction: UInt32 = 0) -> [UInt8] {
    var bytes: [UInt8] = []
    for field in [1, 900, 0x10001, direction, endpoint, 0, length, 0, 0xFFFF_FFFF, 0, 0, 0] as [UInt32] {
      bytes.append(bigEndian: field)
    }
    return bytes
  }

  @Test func `that sends garbage is turned out`() async throws {
    try await expectEnd(.malformed(.invalid(field: "command", at: 0, value: 0x5555_5555))) {
      try $0.stream.send([UInt8](repeating: 0x55, count: 100_000))
    }
  }

  @Test func `that claims 2 GiB is turned out`() async throws {
    try await expectEnd(.malformed(.invalid(field: "transfer_buffer_length", at: 0x18, value: 1 << 31))) {
      try $0.stream.send(Self.header(length: 1 << 31))
    }
    let limit = USBIPLimits.transferByteCount
    try await expectEnd(.transferTooLong(byteCount: Int(Int32.max), limit: limit)) {
      try $0.stream.send(Self.header(length: UInt32(Int32.max)))
    }
    try await expectEnd(.transferTooLong(byteCount: Int(Int32.max), limit: limit)) {
      try $0.stream.send(Self.header(length: UInt32(Int32.max), direction: 1))
    }
  }

  @Test func `that names another device is turned out`() async throws {
    try await expectEnd(.wrongDevice(id: 0x10009, expected: 0x10001)) { client in
      var bytes = Self.header(length: 0)
      bytes[11] = 9
      try client.stream.send(bytes)
    }
  }

  @Test func `that repeats a number is turned out`() async throws {
    try await expectEnd(.repeatedSequence(900)) { client in
      try client.stream.send(Self.header(length: 8, direction: 1) + Self.header(length: 8, direction: 1))
    }
  }

  @Test func `that wants isochronous transfers is turned out`() async throws {
    try await expectEnd(.isochronous) { client in
      var bytes = Self.header(length: 8, direction: 1)
      bytes.replaceSubrange(0x20..<0x24, with: [0, 0, 0, 4])
      try client.stream.send(bytes)
    }
  }

  @Test func `that queues transfers without end is turned out`() async throws {
    try await expectEnd(.tooManyTransfers(limit: USBIPLimits.transferCount)) { client in
      for _ in 0...USBIPLimits.transferCount { try client.submit(BenchDevice.input, 512) }
    }
  }

  @Test(.timeLimit(.minutes(1))) func `that queues data without end is turned out`() async throws {
    try await expectEnd(.tooMuchData(limit: USBIPLimits.heldByteCount)) { client in
      let block = [UInt8](repeating: 0, count: 32 << 20)
      for _ in 0..<10 { try client.output(block, to: BenchDevice.output) }
    }
  }

  @Test func `that unlinks thousands of transfers, real and unknown and again, gets every answer`() async throws {
    try await DeviceHostRig(room: 0).run { rig in
      let client = try rig.connect()
      for round in 0..<20 {
        let numbers = try (0..<100).map { _ in try client.submit(BenchDevice.input, 512) }
        for number in numbers.reversed() { #expect(try client.reply(to: client.unlink(number)).status == .unlinked) }
        for number in numbers { #expect(try client.reply(to: client.unlink(number)).status == .done) }
        #expect(try client.reply(to: client.unlink(UInt32.max - UInt32(round))).status == .done)
      }
      #expect(try client.control(.getDescriptor(.device, index: 0, length: 18)).status == .done)
    }
  }

  @Test func `that reads nothing is not answered without bounds, and gets all its answers in the end`() async throws {
    try await DeviceHostRig().run { rig in
      let client = try rig.connect()
      // More answers than the sockets hold; sent from another thread, read afterwards.
      let count = 40_000
      let sender = HostileSender(client)
      let done = sender.start(count)
      for _ in 0..<count {
        let reply = try #require(try client.next())
        #expect(reply.reply.data.count == 18)
      }
      done.wait()
    }
  }

  @Test func `that dies in the middle of a transfer, again and again, leaves nothing open`() async throws {
    try await DeviceHostRig().run { rig in
      var sockets: [Watched] = []
      for round in 0..<50 {
        let (client, socket) = try rig.connectWhenFree()
        sockets.append(socket)
        try client.submit(BenchDevice.input, 512)
        try client.stream.send(Self.header(length: 100_000) + BenchDevice.pattern(round * 997))
      }
      #expect(try rig.connectWhenFree().client.control(.getDescriptor(.device, index: 0, length: 18)).status == .done)
      #expect(sockets.allSatisfy { $0.socket == nil })
    }
  }
}
