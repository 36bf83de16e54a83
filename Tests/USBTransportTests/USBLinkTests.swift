import CUSBShim
import FlashCore
import Testing
import USBWire
import WireFormat

@testable import USBTransport

@Suite("A USB link")
struct USBLinkTests {
  let bus = FakeBus()

  func link(_ device: FakeDevice) throws -> USBLink { try bus.link(to: device, clock: VirtualClock()) }

  func open(_ device: FakeDevice, clock: any LinkClock = VirtualClock()) async throws -> USBLink {
    try await bus.openLink(to: device, clock: clock)
  }

  @Test func `is named by its port path`() throws {
    #expect(try link(FakeDevice()).name == "usb:1-4")
  }

  @Test func `sends one bulk transfer a message`() async throws {
    let device = FakeDevice()
    try await open(device).send([1, 2, 3], to: .output(1), terminated: false, timeout: .seconds(5))
    #expect(
      device.submissions == [.init(endpoint: 0x01, type: 2, flags: 0, timeout: 5000, bytes: [1, 2, 3], count: 3)])
  }

  @Test(
    "asks for a zero-length packet only after a message that has bytes",
    arguments: [(512, LIBUSB_TRANSFER_ADD_ZERO_PACKET.rawValue), (3, LIBUSB_TRANSFER_ADD_ZERO_PACKET.rawValue), (0, 0)])
  func terminated(_ count: Int, _ flags: UInt32) async throws {
    let device = FakeDevice()
    try await open(device).send(
      [UInt8](repeating: 7, count: count), to: .output(1), terminated: true, timeout: .seconds(5))
    #expect(device.submissions.map(\.flags) == [UInt8(flags)])
  }

  @Test(
    "tells how an IN transfer ended",
    arguments: [
      (512, 512, TransferEnd.bufferFull), (1024, 512, .bufferFull), (1024, 100, .shortPacket),
      (1024, 513, .shortPacket),
      (1024, 0, .zeroLengthPacket), (100, 100, .shortPacket), (0, 0, .zeroLengthPacket),
    ])
  func ends(_ asked: Int, _ got: Int, _ end: TransferEnd) async throws {
    let bytes = [UInt8](repeating: 5, count: got)
    let device = FakeDevice { _, _ in .complete(count: got, data: bytes) }
    let received = try await open(device).receive(atMost: asked, from: .input(1), timeout: .seconds(1))
    #expect(received == ReceivedTransfer(bytes: bytes, end: end))
  }

  @Test func `receives in whole packets, and calls more than was asked for an overflow`() async throws {
    let device = FakeDevice { _, _ in .complete(data: [UInt8](repeating: 1, count: 20)) }
    let link = try await open(device)
    await #expect(throws: LinkError.overflow(endpoint: .input(1))) {
      try await link.receive(atMost: 10, from: .input(1), timeout: .seconds(1))
    }
    #expect(device.submissions.map(\.count) == [512])
  }

  @Test func `hands out what came before the limit when no short packet ended it`() async throws {
    let device = FakeDevice { _, _ in .complete(status: LIBUSB_TRANSFER_TIMED_OUT, data: [1, 2]) }
    let received = try await open(device).receive(atMost: 512, from: .input(1), timeout: .seconds(1))
    #expect(received == ReceivedTransfer(bytes: [1, 2], end: .timedOut))
  }

  @Test(
    "throws how a transfer failed",
    arguments: [
      (LIBUSB_TRANSFER_STALL, LinkError.stalled(endpoint: .input(1))),
      (LIBUSB_TRANSFER_TIMED_OUT, .timedOut(after: .seconds(1))), (LIBUSB_TRANSFER_NO_DEVICE, .disconnected),
      (LIBUSB_TRANSFER_OVERFLOW, .overflow(endpoint: .input(1))),
      (LIBUSB_TRANSFER_ERROR, .system(operation: "transfer EP 81", code: -1, name: "LIBUSB_TRANSFER_ERROR")),
    ])
  func failures(_ status: libusb_transfer_status, _ error: LinkError) async throws {
    let link = try await open(FakeDevice { _, _ in .complete(status: status, count: 0) })
    await #expect(throws: error) { try await link.receive(atMost: 512, from: .input(1), timeout: .seconds(1)) }
  }

  @Test func `calls an error on the bus a disconnection when the device leaves right after it`() async throws {
    let clock = VirtualClock()
    let link = try await open(FakeDevice { _, _ in .complete(status: LIBUSB_TRANSFER_ERROR, count: 0) }, clock: clock)
    clock.at(.milliseconds(100)) { bus.unplug("1-4") }
    await #expect(throws: LinkError.disconnected) {
      try await link.send([1], to: .output(1), terminated: false, timeout: .seconds(1))
    }
  }

  @Test func `refuses endpoints of settings that are not in use`() async throws {
    let device = FakeDevice()
    let link = try link(device)
    for step in 0..<3 {
      await #expect(throws: LinkError.unsupported(feature: "EP 01")) {
        try await link.send([1], to: .output(1), terminated: false, timeout: .seconds(1))
      }
      if step == 0 { try await link.claim(interface: 2) }
      if step == 1 { try await link.claim(interface: 1) }
    }
    try await link.setAlternate(1, of: 1)
    try await link.send([1], to: .output(1), terminated: false, timeout: .seconds(1))
    #expect(device.submissions.count == 1)
  }

  @Test func `refuses an endpoint that no descriptor names`() async throws {
    let link = try await open(FakeDevice())
    await #expect(throws: LinkError.unsupported(feature: "EP 05")) {
      try await link.send([1], to: .output(5), terminated: false, timeout: .seconds(1))
    }
  }

  @Test func `makes a control request with the setup packet before the data`() async throws {
    let device = FakeDevice()
    let setup = SetupPacket(requestType: 0x21, request: 0x22, value: 3, index: 1, length: 0)
    let reply = try await open(device).control(setup, data: [0xAA, 0xBB], timeout: .seconds(1))
    #expect(reply == [])
    #expect(device.submissions.map(\.bytes) == [[0x21, 0x22, 3, 0, 1, 0, 2, 0, 0xAA, 0xBB]])
    #expect(device.submissions.map(\.type) == [0])
  }

  @Test func `returns what a control request read`() async throws {
    let device = FakeDevice { _, _ in .complete(data: [9, 8, 7]) }
    let setup = SetupPacket.getDescriptor(.string, index: 2, length: 255)
    #expect(try await open(device).control(setup, data: [], timeout: .seconds(1)) == [9, 8, 7])
  }

  @Test func `claims an interface once, having detached its driver`() async throws {
    let device = FakeDevice()
    let link = try link(device)
    try await link.claim(interface: 1)
    try await link.claim(interface: 1)
    #expect(device.callsMade == ["detach 1", "claim 1"])
  }

  @Test func `names who has claimed an interface`() async throws {
    let device = FakeDevice(codes: ["claim 1": LIBUSB_ERROR_BUSY.rawValue])
    bus.folder.write("rival\n", to: "proc/4242/comm")
    bus.folder.link("proc/4242/fd/7", to: bus.paths.dev + "/bus/usb/001/009")
    let link = try link(device)
    await #expect(throws: LinkError.busy(interface: 1, holders: ["rival (pid 4242)"])) {
      try await link.claim(interface: 1)
    }
  }

  @Test func `refuses to set an alternate of an interface that is not claimed`() async throws {
    let link = try link(FakeDevice())
    await #expect(throws: LinkError.unsupported(feature: "interface 1 without a claim")) {
      try await link.setAlternate(1, of: 1)
    }
  }

  @Test func `says which interface a device does not have`() async throws {
    let link = try link(FakeDevice(codes: ["claim 7": LIBUSB_ERROR_NOT_FOUND.rawValue]))
    await #expect(throws: LinkError.unsupported(feature: "interface 7")) { try await link.claim(interface: 7) }
  }

  @Test func `puts alternates back, releases and closes, once`() async throws {
    let device = FakeDevice()
    let link = try link(device)
    try await link.claim(interface: 1)
    try await link.setAlternate(1, of: 1)
    try await link.claim(interface: 2)
    await link.close()
    await link.close()
    #expect(device.callsMade.dropFirst(5) == ["alternate 1 0", "release 1", "release 2", "close"])
  }

  @Test func `is disconnected for every call after it was closed`() async throws {
    let device = FakeDevice()
    let link = try link(device)
    await link.close()
    await #expect(throws: LinkError.disconnected) {
      try await link.send([1], to: .output(1), terminated: false, timeout: .seconds(1))
    }
    await #expect(throws: LinkError.disconnected) { try await link.claim(interface: 1) }
    await #expect(throws: LinkError.disconnected) { try await link.clearHalt(.input(1)) }
    #expect(device.submissions.isEmpty)
    #expect(device.callsMade == ["close"])
  }

  @Test func `ends a transfer in flight before it closes`() async throws {
    let device = FakeDevice { _, _ in .hang() }
    let link = try await open(device)
    let task = Task { try await link.receive(atMost: 512, from: .input(1), timeout: .seconds(60)) }
    await device.submitted(1)
    await link.close()
    #expect(device.inFlight == 0)
    await #expect(throws: LinkError.disconnected) { try await task.value }
  }

  @Test func `can be used for an orderly abort after a task was cancelled`() async throws {
    let device = FakeDevice { index, _ in index == 0 ? .hang() : .complete() }
    let link = try await open(device)
    let task = Task { try await link.receive(atMost: 512, from: .input(1), timeout: .seconds(60)) }
    await device.submitted(1)
    task.cancel()
    await #expect(throws: LinkError.cancelled) { try await task.value }
    try await link.send([0xAB], to: .output(1), terminated: true, timeout: .seconds(1))
    #expect(device.submissions.count == 2)
  }

  @Test func `sends while it receives`() async throws {
    let device = FakeDevice { _, submission in submission.endpoint == 0x81 ? .hang() : .complete() }
    let link = try await open(device)
    let task = Task { try await link.receive(atMost: 512, from: .input(1), timeout: .seconds(60)) }
    await device.submitted(1)
    try await link.send([1], to: .output(1), terminated: false, timeout: .seconds(1))
    device.finishHeld(LIBUSB_TRANSFER_COMPLETED)
    #expect(try await task.value.end == .zeroLengthPacket)
  }

  @Test func `uses its buffers again`() async throws {
    let device = FakeDevice { _, submission in .complete(count: submission.endpoint == 0x81 ? 0 : nil) }
    let link = try await open(device)
    for _ in 0..<10 {
      try await link.send([1, 2, 3], to: .output(1), terminated: false, timeout: .seconds(1))
      _ = try await link.receive(atMost: 2048, from: .input(1), timeout: .seconds(1))
    }
    #expect(device.allocations <= 2)
  }

  @Test func `closes the device when nobody refers to it any more`() throws {
    let device = FakeDevice()
    do { _ = try link(device) }
    #expect(device.callsMade == ["close"])
  }
}
