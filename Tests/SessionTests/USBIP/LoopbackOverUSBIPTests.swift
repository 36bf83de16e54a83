import DeviceSimulator
import FlashCore
import FlashImages
import Testing
import USBTransport
import USBWire
import WireFormat

@Suite("A loopback device behind a USB/IP server")
struct LoopbackOverUSBIPTests {
  static let loopback = ServedDevices.Device(model: "loopback", settings: [("verify", "yes")])
  static let limit = Duration.seconds(10)

  static func counters(_ link: any Link) async throws -> LoopbackCounters {
    let length = UInt16(LoopbackCounters.byteCount)
    let bytes = try await link.control(LoopbackRequest.counters.setup(length: length), data: [], timeout: limit)
    return try LoopbackCounters(parsing: bytes.rawSpan)
  }

  /// Sends a message and returns what comes back.
  static func echo(
    _ bytes: [UInt8], over link: any Link, _ output: EndpointAddress = .output(2), _ input: EndpointAddress = .input(2)
  ) async throws -> ReceivedTransfer {
    try await link.send(bytes, to: output, terminated: true, timeout: limit)
    return try await link.receive(atMost: 4096, from: input, timeout: limit)
  }

  @Test("streams in both directions with several transfers in flight", arguments: [1, 4, 16])
  func streams(_ depth: Int) async throws {
    try await ServedDevices.with(Self.loopback) { served in
      let link = try await served.loopback(depth: depth, claiming: 0)
      let received = Collector()
      // Whole packets: the source never ends.
      let count = 1 << 20
      #expect(
        try await link.receiveStream(
          byteCount: UInt64(count), from: .input(1), transferSize: 16 << 10, idleLimit: Self.limit, into: received)
          == UInt64(count))
      #expect(received.bytes.count == count)
      try await link.sendStream(
        ImageStream(MemoryImage(bytes: received.bytes)), byteCount: UInt64(count), to: .output(1),
        transferSize: 16 << 10, idleLimit: Self.limit)
      let counters = try await Self.counters(link)
      #expect(counters.bytesSunk == UInt64(count) && counters.firstWrongByte == nil)
      await link.close()
    }
  }

  @Test("passes messages on with their ends", arguments: [1, 511, 512, 513, 1024, 4000])
  func messages(_ count: Int) async throws {
    try await ServedDevices.with(Self.loopback) { served in
      let link = try await served.loopback(claiming: 1)
      let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      for _ in 1...3 { #expect(try await Self.echo(message, over: link).bytes == message) }
      await link.close()
    }
  }

  @Test func `stalls until its halts are cleared`() async throws {
    try await ServedDevices.with(Self.loopback) { served in
      let link = try await served.loopback(claiming: 2)
      await #expect(throws: LinkError.stalled(endpoint: .output(3))) {
        try await link.send(Array("STALL".utf8), to: .output(3), terminated: false, timeout: Self.limit)
      }
      await #expect(throws: LinkError.stalled(endpoint: .input(3))) {
        try await link.receive(atMost: 512, from: .input(3), timeout: Self.limit)
      }
      await #expect(throws: LinkError.stalled(endpoint: .output(3))) {
        try await link.send([1], to: .output(3), terminated: false, timeout: Self.limit)
      }
      try await link.clearHalt(.input(3))
      try await link.clearHalt(.output(3))
      #expect(try await Self.echo([1, 2, 3], over: link, .output(3), .input(3)).bytes == [1, 2, 3])
      await link.close()
    }
  }

  @Test func `is as usable after a cancelled transfer, and after one that timed out`() async throws {
    try await ServedDevices.with(Self.loopback) { served in
      let link = try await served.loopback(claiming: 1)
      let task = Task { try await link.receive(atMost: 512, from: .input(2), timeout: .seconds(600)) }
      task.cancel()
      await #expect(throws: LinkError.cancelled) { try await task.value }
      await #expect(throws: LinkError.timedOut(after: .milliseconds(20))) {
        try await link.receive(atMost: 512, from: .input(2), timeout: .milliseconds(20))
      }
      #expect(try await Self.echo([4, 5], over: link).bytes == [4, 5])
      await link.close()
    }
  }

  @Test func `interrupts with a count`() async throws {
    try await ServedDevices.with(.init(model: "loopback", settings: [("interrupt-interval-ms", "5")])) { served in
      let link = try await served.loopback(claiming: 3)
      for _ in 1...3 {
        #expect(try await link.receive(atMost: 8, from: .input(4), timeout: Self.limit).bytes.count == 4)
      }
      await link.close()
    }
  }

  @Test func `stores and loads with control requests`() async throws {
    try await ServedDevices.with(Self.loopback) { served in
      let link = try await served.loopback()
      let bytes = (0..<4096).map { UInt8(truncatingIfNeeded: $0 >> 3) }
      _ = try await link.control(LoopbackRequest.store.setup(), data: bytes, timeout: Self.limit)
      let back = try await link.control(LoopbackRequest.load.setup(length: 4096), data: [], timeout: Self.limit)
      #expect(back == bytes)
      await link.close()
    }
  }

  @Test func `is busy for a second client, until the first has closed`() async throws {
    try await ServedDevices.with(Self.loopback) { served in
      let link = try await served.loopback()
      let second = served.provider()
      await #expect(throws: OpenError.busy(path: second.name, holders: [])) {
        _ = try await second.open(waitLimit: nil)
      }
      await link.close()
      await (try second.open(waitLimit: Self.limit)).close()
    }
  }

  @Test func `is one of several, chosen by bus id`() async throws {
    let first = ServedDevices.Device(model: "loopback", serialNumber: "A")
    let second = ServedDevices.Device(model: "loopback", settings: [("speed", "super")], serialNumber: "B")
    try await ServedDevices.with(first, second) { served in
      let exports = try await USBIPExports(server: served.address).devices()
      #expect(exports.map(\.selector.description) == ["1-1", "1-2"].map { "usbip:\(served.address)/\($0)" })
      #expect(exports.map(\.device.speed) == [480, 5000])
      let links = [try await served.loopback("1-1", claiming: 1), try await served.loopback("1-2", claiming: 1)]
      for (link, serial) in zip(links, ["A", "B"]) {
        guard case .usb(let device) = link.kind else { throw LinkError.disconnected }
        #expect(device.serialNumber == serial && device.product == "Loopback")
        #expect(try await Self.echo(Array(serial.utf8), over: link).bytes == Array(serial.utf8))
      }
      for link in links { await link.close() }
      let unknown = served.provider("1-3")
      await #expect(
        throws: OpenError.notFound(
          selector: unknown.name, seen: exports.map { "\($0.selector) \($0.device.identifier)" })
      ) {
        _ = try await unknown.open(waitLimit: nil)
      }
    }
  }

  @Test func `is followed when it returns as another product`() async throws {
    try await ServedDevices.with(Self.loopback) { served in
      let provider = served.provider()
      let link = try await provider.open(waitLimit: nil)
      _ = try? await link.control(
        LoopbackRequest.leave.setup(value: 150, index: 0x0002), data: [], timeout: Self.limit)
      await link.close()
      let back = try await provider.awaitReturn(within: .seconds(20)) { $0.productID == 2 }
      #expect(back.productID == 2)
      let next = try await provider.open(waitLimit: nil)
      #expect(next.kind == .usb(back))
      await next.close()
    }
  }

  @Test func `ends every transfer when it leaves`() async throws {
    try await ServedDevices.with(Self.loopback) { served in
      let link = try await served.loopback(claiming: 1)
      let task = Task { try await link.receive(atMost: 512, from: .input(2), timeout: .seconds(600)) }
      _ = try? await link.control(LoopbackRequest.leave.setup(value: 50), data: [], timeout: Self.limit)
      await #expect(throws: LinkError.disconnected) { try await task.value }
      await link.close()
    }
  }
}

/// An image in memory.
struct MemoryImage: ImageSource {
  var bytes: [UInt8]
  var byteCount: UInt64? { UInt64(bytes.count) }
  func open() throws(ImageError) -> any ImageReader { Reader(bytes) }

  private final class Reader: ImageReader, @unchecked Sendable {
    /// Used by one task at a time, as every reader.
    private var left: ArraySlice<UInt8>
    private var isBegun = false

    init(_ bytes: [UInt8]) { left = bytes[...] }

    func next() throws(ImageError) -> ImageExtent? {
      defer { isBegun = true }
      return isBegun || left.isEmpty ? nil : .data(length: UInt64(left.count))
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
      buffer.copyBytes(from: left.prefix(buffer.count))
      left = left.dropFirst(buffer.count)
    }
  }
}
