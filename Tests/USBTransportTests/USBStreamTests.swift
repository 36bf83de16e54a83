import CUSBShim
import FlashCore
import FlashImages
import Testing
import USBWire

@testable import USBTransport

@Suite("A stream of image data over USB")
struct USBStreamTests {
  let bus = FakeBus()

  func send(
    _ source: ArraySource, byteCount: Int? = nil, transferSize: Int = 1024, over device: FakeDevice,
    clock: any LinkClock = PatientClock()
  ) async throws {
    let link = try await bus.openLink(to: device, clock: clock)
    try await link.sendStream(
      try ImageStream(source), byteCount: UInt64(byteCount ?? source.bytes.count), to: .output(2),
      transferSize: transferSize, idleLimit: .seconds(10))
  }

  @Test(
    "sends every byte once and in order, in whole transfers and a rest, without zero-length packets",
    arguments: [1, 511, 512, 1024, 1025, 4096, 10_000, 65_536])
  func order(_ count: Int) async throws {
    let device = FakeDevice()
    let source = ArraySource.counting(count)
    try await send(source, over: device)
    #expect(device.submissions.flatMap(\.bytes) == source.bytes)
    #expect(device.submissions.dropLast().allSatisfy { $0.count == 1024 })
    #expect(device.submissions.allSatisfy { $0.flags == 0 && $0.timeout == 0 && $0.endpoint == 0x02 })
    #expect(device.inFlight == 0)
  }

  @Test func `sends nothing for no bytes`() async throws {
    let device = FakeDevice()
    try await send(.counting(0), over: device)
    #expect(device.submissions.isEmpty)
  }

  @Test func `rounds transfers down to whole packets`() async throws {
    let device = FakeDevice()
    try await send(.counting(2000), transferSize: 1000, over: device)
    #expect(device.submissions.map(\.count) == [512, 512, 512, 464])
  }

  @Test func `keeps four transfers in flight and no more`() async throws {
    let device = FakeDevice { index, _ in index < 4 ? .hang() : .complete() }
    let task = Task { try await send(.counting(20_000), over: device) }
    await device.submitted(4)
    #expect(device.inFlight == 4)
    #expect(device.submissions.count == 4)
    task.cancel()
    _ = await task.result
    #expect(device.mostInFlight == 4)
  }

  @Test func `uses four buffers whatever the length`() async throws {
    let device = FakeDevice()
    try await send(.counting(100_000), over: device)
    #expect(device.allocations == 4)
  }

  @Test func `counts what was accepted in order when a transfer fails in the middle`() async throws {
    let device = FakeDevice { index, _ in
      index == 3 ? .complete(status: LIBUSB_TRANSFER_STALL, count: 512) : index < 3 ? .complete() : .hang()
    }
    await #expect(throws: StreamError.link(.stalled(endpoint: .output(2)), accepted: 3 * 1024 + 512)) {
      try await send(.counting(20_000), over: device)
    }
    #expect(device.inFlight == 0)
  }

  @Test func `reports a disconnection with what had been accepted`() async throws {
    let device = FakeDevice { index, _ in
      index < 5 ? .complete() : .complete(status: LIBUSB_TRANSFER_NO_DEVICE, count: 0)
    }
    await #expect(throws: StreamError.link(.disconnected, accepted: 5 * 1024)) {
      try await send(.counting(20_000), over: device)
    }
  }

  @Test func `cancels the newest transfer first and awaits all`() async throws {
    let device = FakeDevice { index, _ in index < 2 ? .complete() : .hang(moved: index == 2 ? 100 : 0) }
    let source = ArraySource(bytes: (0..<20).flatMap { [UInt8](repeating: UInt8($0), count: 1024) })
    let task = Task { try await send(source, over: device) }
    await device.submitted(6)
    task.cancel()
    await #expect(throws: StreamError.link(.cancelled, accepted: 2 * 1024 + 100)) { try await task.value }
    #expect(device.inFlight == 0)
    #expect(device.cancelled == [[5], [4], [3], [2]])
  }

  @Test func `begins nothing in a task that is cancelled already`() async throws {
    let device = FakeDevice()
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await send(.counting(5000), over: device)
    }
    await #expect(throws: StreamError.link(.cancelled, accepted: 0)) { try await task.value }
    #expect(device.submissions.isEmpty)
  }

  @Test func `gives up when nothing completes for the idle limit`() async throws {
    let device = FakeDevice { _, _ in .hang() }
    await #expect(throws: StreamError.link(.timedOut(after: .seconds(10)), accepted: 0)) {
      try await send(.counting(20_000), over: device, clock: VirtualClock())
    }
    #expect(device.inFlight == 0)
  }

  @Test func `ends with the image's error when the image cannot be read`() async throws {
    let device = FakeDevice()
    var source = ArraySource.counting(20_000)
    source.failing = 5000
    await #expect(throws: StreamError.image(.shortRead(path: "image", offset: 4096, expected: 1024))) {
      try await send(source, over: device)
    }
    #expect(device.submissions.count == 4)
    #expect(device.inFlight == 0)
  }

  @Test func `refuses an image that ends before the announced length`() async throws {
    let device = FakeDevice()
    await #expect(throws: StreamError.image(.shortRead(path: "", offset: 1500, expected: 4024))) {
      try await send(.counting(1500), byteCount: 4024, over: device)
    }
  }

  @Test func `refuses an endpoint that the device lacks`() async throws {
    bus.plug(.init(port: "1-4", address: 9, descriptors: Array(FakeBus.updateMode.prefix(18 + 9))))
    let info = try #require(bus.discovery.device(at: "1-4"))
    let device = FakeDevice()
    let link = USBLink(
      name: info.selector, device: info, calls: device.calls,
      presence: DevicePresence(of: info, discovery: bus.discovery), clock: PatientClock())
    await #expect(throws: StreamError.link(.unsupported(feature: "EP 02"), accepted: 0)) {
      try await link.sendStream(
        try ImageStream(ArraySource.counting(9)), byteCount: 9, to: .output(2), transferSize: 512,
        idleLimit: .seconds(1))
    }
  }
}
