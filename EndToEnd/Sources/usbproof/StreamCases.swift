import FlashCore
import FlashImages
import USBTransport
import USBWire

/// Transfers to and from SourceSink, which gives zeros and wants zeros.
enum StreamCases {
  static let all = [
    Case("bulk in and out, control, clear halt", bulk),
    Case("no such endpoint, interface or alternate setting; a stall for a bad request and for bad data", errors),
    Case("a stream of 64 MiB with four transfers in flight", stream),
    Case("a stream is cancelled in flight, and the link stays usable", cancel),
  ]

  @Sendable static func bulk() async throws {
    let provider = try makeProvider(Gadget.sink)
    let link = try await provider.open(waitLimit: nil)
    try await link.claim(interface: 0)
    try await link.claim(interface: 0)
    let pair = try BulkPair(of: link)
    let received = try await link.receive(atMost: 4096, from: pair.input, timeout: .seconds(20))
    try check(received.bytes == zeros(4096) && received.end == .bufferFull, "\(received.end) \(received.bytes.count)")
    for count in [0, 1, pair.packet - 1, pair.packet, pair.packet + 1, 4096, 100_000] {
      try await link.send(zeros(count), to: pair.output, terminated: true, timeout: .seconds(20))
      try await link.send(zeros(count), to: pair.output, terminated: false, timeout: .seconds(20))
    }
    let descriptor = try await link.control(
      .getDescriptor(.device, index: 0, length: 255), data: [], timeout: .seconds(20))
    try check(descriptor.count == 18 && descriptor[8] == 0x25, "\(descriptor)")
    try await link.clearHalt(pair.input)
    await link.close()
    try await expect(LinkError.disconnected) {
      _ = try await link.receive(atMost: 1, from: pair.input, timeout: .seconds(1))
    }
    await provider.close()
  }

  @Sendable static func errors() async throws {
    try await withClaimed(Gadget.sink) { link, pair in
      try await expect(LinkError.unsupported(feature: "interface 9")) { try await link.claim(interface: 9) }
      try await expect(LinkError.unsupported(feature: "interface 0 alternate 7")) {
        try await link.setAlternate(7, of: 0)
      }
      try await expect(LinkError.unsupported(feature: "EP 0F")) {
        try await link.send([1], to: .output(15), terminated: false, timeout: .seconds(1))
      }
      try await expect(LinkError.stalled(endpoint: .zero)) {
        _ = try await link.control(
          .getDescriptor(.string, index: 250, length: 255), data: [], timeout: .seconds(20))
      }
      // SourceSink halts its OUT endpoint when the data are not what it wants, some transfers later.
      try await link.send([1, 2, 3], to: pair.output, terminated: false, timeout: .seconds(20))
      try await expect(LinkError.stalled(endpoint: pair.output)) {
        for _ in 0..<64 {
          try await link.send(zeros(4096), to: pair.output, terminated: false, timeout: .seconds(5))
        }
      }
      try await link.clearHalt(pair.output)
    }
  }

  @Sendable static func stream() async throws {
    try await withClaimed(Gadget.sink) { link, pair in
      for (count, transferSize) in [(64 << 20, 1 << 20), (64 << 20, 1 << 17), (1_000_001, 5000)] as [(UInt64, Int)] {
        let start = ContinuousClock.now
        try await link.sendStream(
          ImageStream(Zeros(count: count)), byteCount: count, to: pair.output, transferSize: transferSize,
          idleLimit: .seconds(20))
        say("# \(count) bytes in transfers of \(transferSize): \(seconds(since: start))")
      }
      say("# \(mappings().count) mappings of the node: \(mappings().first ?? "-")")
    }
    try check(mappings().isEmpty, "left behind: \(mappings())")
  }

  @Sendable static func cancel() async throws {
    try await withClaimed(Gadget.sink) { link, pair in
      let count: UInt64 = 8 << 30
      let task = Task {
        try await link.sendStream(
          ImageStream(Zeros(count: count)), byteCount: count, to: pair.output, transferSize: 1 << 20,
          idleLimit: .seconds(20))
      }
      try await Task.sleep(for: .seconds(1))
      let start = ContinuousClock.now
      task.cancel()
      do {
        try await task.value
        throw Failure(description: "not cancelled")
      } catch let error as StreamError {
        guard case .link(.cancelled, let accepted) = error else { throw error }
        say("# accepted \(accepted), returned after \(seconds(since: start))")
        try check(accepted > 0, "nothing accepted")
      }
      try await link.send([0, 0], to: pair.output, terminated: true, timeout: .seconds(20))
      _ = try await link.receive(atMost: 4096, from: pair.input, timeout: .seconds(20))
    }
  }

  /// Transfer buffers in the kernel's memory, as this process has them mapped.
  static func mappings() -> [Substring] {
    text("/proc/self/maps").split(separator: "\n").filter { $0.contains("/dev/bus/usb") }
  }
}
