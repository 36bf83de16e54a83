import DeviceSimulator
import FlashCore
import FlashImages
import USBTransport
import USBWire
import WireFormat

/// Transfers to and from `flashctl simulate loopback --attach --set verify=yes`: docs/simulated-devices.md has its
/// endpoints and requests.
enum SimulatedCases {
  static let all = [
    Case("a stream with four transfers in flight arrives in order, byte for byte", stream),
    Case("the source's pattern, in transfers of several sizes", source),
    Case("messages of whole packets with their zero-length packet, out and in", wholePackets),
    Case("a halted pair stalls until the halt is cleared", stall),
    Case("interrupts", interrupts),
    Case("control requests with data both ways", control),
    Case("cdc_acm makes way for a claim, and comes back", driver),
    Case("a device that comes back under another product id is followed by its port path", reenumeration),
  ]

  private static let selector = "usb:1209:0001"
  private static let limit = Duration.seconds(30)

  /// Opens the device, claims interfaces, and closes link and provider whatever `body` does.
  private static func withDevice(
    claiming interfaces: [UInt8], _ body: (any Link, USBLinkProvider) async throws -> Void
  ) async throws {
    let provider = try makeProvider(selector)
    let link = try await provider.open(waitLimit: .seconds(60))
    let result: Result<Void, any Error>
    do {
      for interface in interfaces { try await link.claim(interface: interface) }
      result = .success(try await body(link, provider))
    } catch { result = .failure(error) }
    await link.close()
    await provider.close()
    try result.get()
  }

  private static func counters(_ link: any Link) async throws -> LoopbackCounters {
    let bytes = try await link.control(
      LoopbackRequest.counters.setup(length: UInt16(LoopbackCounters.byteCount)), data: [], timeout: limit)
    return try LoopbackCounters(parsing: bytes.rawSpan)
  }

  @Sendable static func stream() async throws {
    try await withDevice(claiming: [0]) { link, _ in
      _ = try await link.control(LoopbackRequest.restart.setup(), data: [], timeout: limit)
      // An odd size, so that the last transfer is short and no transfer's content is like another's.
      let count: UInt64 = 16 << 20 + 4097
      let start = ContinuousClock.now
      try await link.sendStream(
        ImageStream(Pattern(count: count)), byteCount: count, to: .output(1), transferSize: 1 << 17, idleLimit: limit)
      say("# \(count) bytes: \(seconds(since: start))")
      let counters = try await counters(link)
      try check(counters.bytesSunk == count, "sunk: \(counters.bytesSunk)")
      try check(counters.firstWrongByte == nil, "wrong from byte \(counters.firstWrongByte ?? 0)")
    }
  }

  @Sendable static func source() async throws {
    try await withDevice(claiming: [0]) { link, _ in
      _ = try await link.control(LoopbackRequest.restart.setup(), data: [], timeout: limit)
      var pattern = LoopbackPattern()
      for size in [1024, 16384, 1 << 20, 10240] {
        let received = try await link.receive(atMost: size, from: .input(1), timeout: limit)
        try check(
          received.bytes.count == size && received.end == .bufferFull, "\(received.bytes.count) \(received.end)")
        try check(pattern.check(received.bytes.rawSpan) == nil, "wrong data in \(size) bytes")
      }
    }
  }

  /// 512 and 1024 bytes fill packets at high and at super speed.
  @Sendable static func wholePackets() async throws {
    try await withDevice(claiming: [1]) { link, _ in
      for count in [512, 1024, 0, 513] {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 3) }
        try await link.send(bytes, to: .output(2), terminated: true, timeout: limit)
        // Room for more: only the zero-length packet can end this.
        let received = try await link.receive(atMost: 4096, from: .input(2), timeout: limit)
        try check(received.bytes == bytes && received.end != .timedOut, "\(count): \(received.end)")
      }
      try await link.send(zeros(1024), to: .output(2), terminated: true, timeout: limit)
      let exact = try await link.receive(atMost: 1024, from: .input(2), timeout: limit)
      let rest = try await link.receive(atMost: 1024, from: .input(2), timeout: limit)
      try check(exact.end == .bufferFull && rest.end == .zeroLengthPacket, "\(exact.end) \(rest.end)")
    }
  }

  @Sendable static func stall() async throws {
    try await withDevice(claiming: [2]) { link, _ in
      try await expect(LinkError.stalled(endpoint: .output(3))) {
        try await link.send(Array("STALL".utf8), to: .output(3), terminated: true, timeout: limit)
      }
      try await expect(LinkError.stalled(endpoint: .output(3))) {
        try await link.send([1], to: .output(3), terminated: true, timeout: limit)
      }
      try await expect(LinkError.stalled(endpoint: .input(3))) {
        _ = try await link.receive(atMost: 1024, from: .input(3), timeout: limit)
      }
      try await link.clearHalt(.output(3))
      try await link.clearHalt(.input(3))
      try await link.send([1, 2, 3], to: .output(3), terminated: true, timeout: limit)
      let received = try await link.receive(atMost: 1024, from: .input(3), timeout: limit)
      try check(received.bytes == [1, 2, 3], "\(received)")
    }
  }

  @Sendable static func interrupts() async throws {
    try await withDevice(claiming: [3]) { link, _ in
      var last: UInt32 = 0
      for _ in 0..<3 {
        let received = try await link.receive(atMost: 8, from: .input(4), timeout: limit)
        let count = try received.bytes.rawSpan.load(littleEndian: UInt32.self, at: 0)
        try check(received.bytes.count == 4 && count > last, "\(received), after \(last)")
        last = count
      }
    }
  }

  @Sendable static func control() async throws {
    try await withDevice(claiming: []) { link, _ in
      let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0) }
      _ = try await link.control(LoopbackRequest.store.setup(length: 300), data: bytes, timeout: limit)
      let kept = try await link.control(LoopbackRequest.load.setup(length: 4096), data: [], timeout: limit)
      try check(kept == bytes, "\(kept.count) bytes came back")
      try await expect(LinkError.stalled(endpoint: .zero)) {
        _ = try await link.control(LoopbackRequest.halt.setup(index: 0x8F), data: [], timeout: limit)
      }
    }
  }

  @Sendable static func driver() async throws {
    func drivers(_ device: USBDeviceInfo) -> [String?] { USBDiscovery().interfaces(of: device).map(\.driver) }
    let provider = try makeProvider(selector)
    let link = try await provider.open(waitLimit: .seconds(60))
    guard case .usb(let device) = link.kind else { throw Failure(description: "\(link.kind)") }
    let bound: [String?] = [nil, nil, nil, nil, "cdc_acm", "cdc_acm"]
    try check(drivers(device) == bound, "before: \(drivers(device))")
    try await link.claim(interface: 5)
    try await link.claim(interface: 4)
    try check(drivers(device)[4...] != bound[4...], "claimed: \(drivers(device))")
    try await link.send([1, 2, 3], to: .output(5), terminated: true, timeout: limit)
    let received = try await link.receive(atMost: 1024, from: .input(5), timeout: limit)
    try check(received.bytes == [1, 2, 3], "\(received)")
    await link.close()
    await provider.close()
    try check(drivers(device) == bound, "given back: \(drivers(device))")
  }

  @Sendable static func reenumeration() async throws {
    try await withDevice(claiming: [1]) { link, provider in
      guard case .usb(let before) = link.kind else { throw Failure(description: "\(link.kind)") }
      _ = try? await link.control(LoopbackRequest.leave.setup(value: 200, index: 2), data: [], timeout: limit)
      await link.close()
      let after = try await provider.awaitReturn(within: .seconds(60)) { $0.productID == 2 }
      try check(after.portPath == before.portPath, "\(before.portPath), then \(after.portPath)")
      let again = try await provider.open(waitLimit: .seconds(60))
      try await again.claim(interface: 1)
      try await again.send([7], to: .output(2), terminated: true, timeout: limit)
      try check(try await again.receive(atMost: 64, from: .input(2), timeout: limit).bytes == [7], "no echo")
      // And back under its own, for whoever comes next.
      _ = try? await again.control(LoopbackRequest.leave.setup(value: 200, index: 1), data: [], timeout: limit)
      await again.close()
      _ = try await provider.awaitReturn(within: .seconds(60)) { $0.productID == 1 }
    }
  }
}

/// `count` bytes of the loopback device's pattern.
private struct Pattern: ImageSource {
  var count: UInt64
  var byteCount: UInt64? { count }
  func open() throws(ImageError) -> any ImageReader { Reader(count) }

  /// Used by one stream at a time.
  final class Reader: ImageReader, @unchecked Sendable {
    private var left: UInt64?
    private var pattern = LoopbackPattern()
    init(_ count: UInt64) { left = count }

    func next() throws(ImageError) -> ImageExtent? {
      defer { left = nil }
      return left.map { .data(length: $0) }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
      var offset = 0
      while offset < buffer.count {
        let piece = pattern.next(buffer.count - offset)
        piece.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: buffer[offset...]).copyMemory(from: $0) }
        offset += piece.count
      }
    }
  }
}
