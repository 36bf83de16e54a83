import FlashCore
import FlashImages
import Glibc
import USBTransport
import USBWire

/// flashctl's USB/IP client against the kernel's own server, which exports SourceSink: the environment's E2E_SELECTOR
/// says where.
enum USBIPCases {
  static let all = [
    Case("bulk in and out, packets of length zero, control requests", bulk),
    Case("a stall for bad data, until the halt is cleared", stall),
    Case("a stream of 8 MiB with several transfers in flight", stream),
    Case("a receive is cancelled in flight, and a device that is taken is busy", cancel),
  ]

  private static let limit = Duration.seconds(30)

  private static func makeProvider() throws -> USBIPLinkProvider {
    let text = getenv("E2E_SELECTOR").map { String(cString: $0) } ?? ""
    guard case .usbip(let host, let port, let busID) = try DeviceSelector(parsing: text) else {
      throw Failure(description: "E2E_SELECTOR is no usbip:HOST/BUSID: '\(text)'")
    }
    return USBIPLinkProvider(server: NetworkAddress(host: host, port: port), busID: busID)
  }

  private static func withDevice(_ body: (any Link, BulkPair) async throws -> Void) async throws {
    let provider = try makeProvider()
    let link = try await provider.open(waitLimit: .seconds(60))
    let result: Result<Void, any Error>
    do {
      try await link.claim(interface: 0)
      result = .success(try await body(link, BulkPair(of: link)))
    } catch { result = .failure(error) }
    await link.close()
    await provider.close()
    try result.get()
  }

  @Sendable static func bulk() async throws {
    try await withDevice { link, pair in
      for count in [4096, 16384, 1 << 20] {
        let received = try await link.receive(atMost: count, from: pair.input, timeout: limit)
        try check(
          received.bytes == zeros(count) && received.end == .bufferFull, "\(received.bytes.count) \(received.end)")
      }
      for count in [0, 1, pair.packet - 1, pair.packet, pair.packet + 1, 100_000] {
        try await link.send(zeros(count), to: pair.output, terminated: true, timeout: limit)
        try await link.send(zeros(count), to: pair.output, terminated: false, timeout: limit)
      }
      let descriptor = try await link.control(.getDescriptor(.device, index: 0, length: 255), data: [], timeout: limit)
      try check(descriptor.count == 18 && descriptor[8] == 0x25, "\(descriptor)")
      try await expect(LinkError.stalled(endpoint: .zero)) {
        _ = try await link.control(.getDescriptor(.string, index: 250, length: 255), data: [], timeout: limit)
      }
    }
  }

  @Sendable static func stall() async throws {
    try await withDevice { link, pair in
      // SourceSink halts its OUT endpoint when the data are not what it wants, some transfers later.
      try await expect(LinkError.stalled(endpoint: pair.output)) {
        try await link.send([1, 2, 3], to: pair.output, terminated: false, timeout: limit)
        for _ in 0..<64 { try await link.send(zeros(4096), to: pair.output, terminated: false, timeout: limit) }
      }
      try await link.clearHalt(pair.output)
      _ = try await link.receive(atMost: 4096, from: pair.input, timeout: limit)
    }
  }

  @Sendable static func stream() async throws {
    try await withDevice { link, pair in
      let (count, start) = (8 << 20 as UInt64, ContinuousClock.now)
      try await link.sendStream(
        ImageStream(Zeros(count: count)), byteCount: count, to: pair.output, transferSize: 1 << 17, idleLimit: limit)
      say("# \(count) bytes: \(seconds(since: start))")
    }
  }

  @Sendable static func cancel() async throws {
    try await withDevice { link, pair in
      let count: UInt64 = 8 << 30
      let task = Task {
        try await link.sendStream(
          ImageStream(Zeros(count: count)), byteCount: count, to: pair.output, transferSize: 1 << 17, idleLimit: limit)
      }
      let other = try makeProvider()
      do {
        let second = try await other.open(waitLimit: nil)
        await second.close()
        throw Failure(description: "opened twice")
      } catch let error as OpenError {
        say("# \(error)")
        // The kernel's server does not know a device any more that it has given away.
        switch error {
        case .busy, .notFound: break
        default: throw error
        }
      }
      await other.close()
      task.cancel()
      do {
        try await task.value
        throw Failure(description: "not cancelled")
      } catch let error as StreamError {
        guard case .link(.cancelled, _) = error else { throw error }
      }
      _ = try await link.receive(atMost: 4096, from: pair.input, timeout: limit)
    }
  }
}
