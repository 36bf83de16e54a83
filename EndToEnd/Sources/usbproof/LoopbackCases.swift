import FlashCore
import USBTransport
import USBWire

/// Transfers through Loopback: what goes in at OUT comes back at IN, packet boundaries included.
enum LoopbackCases {
  static let all = [
    Case("what goes out comes back, zero-length packets in both directions", echo),
    Case("a timeout on an endpoint without data", timeout),
    Case("a receive is cancelled in flight", cancel),
    Case("a transfer cut by its time limit hands out what came", partial),
    Case("more than was asked for is an overflow", overflow),
  ]

  @Sendable static func echo() async throws {
    try await withClaimed(Gadget.loop) { link, pair in
      for count in [1, pair.packet - 1, pair.packet, pair.packet + 1, 2 * pair.packet, 4095] {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) }
        try await link.send(bytes, to: pair.output, terminated: true, timeout: .seconds(20))
        let received = try await link.receive(atMost: 8192, from: pair.input, timeout: .seconds(20))
        try check(received.bytes == bytes, "\(count): \(received.bytes.count) \(received.end)")
        // A message of whole packets came back with its zero-length packet, but the transfer's length cannot tell; so
        // ask for exactly that many, then once more.
        guard count % pair.packet == 0 else {
          try check(received.end == .shortPacket, "\(count): \(received.end)")
          continue
        }
        try await link.send(bytes, to: pair.output, terminated: true, timeout: .seconds(20))
        let exact = try await link.receive(atMost: count, from: pair.input, timeout: .seconds(20))
        let rest = try await link.receive(atMost: pair.packet, from: pair.input, timeout: .seconds(20))
        try check(exact.end == .bufferFull && rest.end == .zeroLengthPacket, "\(count): \(exact.end) \(rest.end)")
      }
      try await link.send([], to: pair.output, terminated: true, timeout: .seconds(20))
      let empty = try await link.receive(atMost: pair.packet, from: pair.input, timeout: .seconds(20))
      try check(empty.end == .zeroLengthPacket, "\(empty.end)")
      // Exactly one empty packet was sent: nothing else comes.
      try await expect(LinkError.timedOut(after: .seconds(1))) {
        _ = try await link.receive(atMost: pair.packet, from: pair.input, timeout: .seconds(1))
      }
    }
  }

  @Sendable static func timeout() async throws {
    try await withClaimed(Gadget.loop) { link, pair in
      // Not ended by a short packet, so the gadget goes on waiting for more.
      try await link.send(zeros(pair.packet), to: pair.output, terminated: false, timeout: .seconds(20))
      let start = ContinuousClock.now
      try await expect(LinkError.timedOut(after: .milliseconds(500))) {
        _ = try await link.receive(atMost: 512, from: pair.input, timeout: .milliseconds(500))
      }
      say("# timed out after \(seconds(since: start))")
      try await link.send([9], to: pair.output, terminated: true, timeout: .seconds(20))
      let received = try await link.receive(atMost: 4096, from: pair.input, timeout: .seconds(20))
      try check(received.bytes.count == pair.packet + 1, "\(received.bytes.count)")
    }
  }

  @Sendable static func cancel() async throws {
    try await withClaimed(Gadget.loop) { link, pair in
      let task = Task { try await link.receive(atMost: 4096, from: pair.input, timeout: .seconds(600)) }
      try await Task.sleep(for: .milliseconds(300))
      let start = ContinuousClock.now
      task.cancel()
      try await expect(LinkError.cancelled) { _ = try await task.value }
      say("# cancelled within \(seconds(since: start))")
      try await link.send([7], to: pair.output, terminated: true, timeout: .seconds(20))
      let received = try await link.receive(atMost: 4096, from: pair.input, timeout: .seconds(20))
      try check(received.bytes == [7], "\(received)")
    }
  }

  @Sendable static func partial() async throws {
    try await withClaimed(Gadget.loop) { link, pair in
      // 4096 bytes fill the gadget's buffer: they come back without a zero-length packet.
      try await link.send(zeros(4096), to: pair.output, terminated: false, timeout: .seconds(20))
      let received = try await link.receive(atMost: 8192, from: pair.input, timeout: .seconds(1))
      try check(received.bytes.count == 4096 && received.end == .timedOut, "\(received.bytes.count) \(received.end)")
    }
  }

  @Sendable static func overflow() async throws {
    try await withClaimed(Gadget.loop) { link, pair in
      try await link.send([1, 2, 3, 4, 5], to: pair.output, terminated: true, timeout: .seconds(20))
      try await expect(LinkError.overflow(endpoint: pair.input)) {
        _ = try await link.receive(atMost: 3, from: pair.input, timeout: .seconds(20))
      }
    }
  }
}
