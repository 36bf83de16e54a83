import FlashCore
import FlashImages
import USBTransport
import USBWire

/// The simulator's loopback device behind its server: EP 01 takes everything, EP 81 sends without end.
struct LoopbackDevice {
  let server: NetworkAddress
  let busID: String

  private static let source = EndpointAddress.input(1)
  private static let sink = EndpointAddress.output(1)

  private func opened<Value>(depth: Int = 4, _ body: (any Link) async throws -> Value) async throws -> Value {
    let provider = USBIPLinkProvider(server: server, busID: busID, streamDepth: depth)
    let link = try await provider.open(waitLimit: .seconds(5))
    try await link.claim(interface: 0)
    let value = try await body(link)
    await link.close()
    return value
  }

  func stream(_ direction: Direction, depth: Int) async throws -> Duration {
    try await opened(depth: depth) { link in
      let begin = ContinuousClock.now
      switch direction {
      case .out:
        try await link.sendStream(
          ImageStream(NoSource()), byteCount: UInt64(LinkBenchmarks.byteCount), to: Self.sink,
          transferSize: LinkBenchmarks.blockSize, idleLimit: .seconds(10))
      case .input:
        _ = try await link.receiveStream(
          byteCount: UInt64(LinkBenchmarks.byteCount), from: Self.source, transferSize: LinkBenchmarks.blockSize,
          idleLimit: .seconds(10), into: NoConsumer())
      }
      return ContinuousClock.now - begin
    }
  }

  func roundTrips(_ direction: Direction, count: Int) async throws -> Duration {
    let message = [UInt8](repeating: 7, count: 64)
    return try await opened { link in
      let begin = ContinuousClock.now
      for _ in 0..<count {
        switch direction {
        case .out: try await link.send(message, to: Self.sink, terminated: false, timeout: .seconds(5))
        case .input: _ = try await link.receive(atMost: 512, from: Self.source, timeout: .seconds(5))
        }
      }
      return ContinuousClock.now - begin
    }
  }

  func requests(_ count: Int) async throws -> Duration {
    try await opened { link in
      let begin = ContinuousClock.now
      for _ in 0..<count {
        _ = try await link.control(.getDescriptor(.device, index: 0, length: 18), data: [], timeout: .seconds(5))
      }
      return ContinuousClock.now - begin
    }
  }
}

/// An image whose bytes are whatever the buffer holds: reading it costs nothing.
private struct NoSource: ImageSource {
  var byteCount: UInt64? { UInt64(LinkBenchmarks.byteCount) }
  func open() throws(ImageError) -> any ImageReader { Reader() }

  private final class Reader: ImageReader {
    func next() throws(ImageError) -> ImageExtent? { .data(length: UInt64(LinkBenchmarks.byteCount)) }
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {}
  }
}

/// Looks at nothing.
private struct NoConsumer: StreamConsumer {
  func consume(_ bytes: RawSpan) throws(ImageError) {}
}
