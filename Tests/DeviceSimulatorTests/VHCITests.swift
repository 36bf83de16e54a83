import Glibc
import Synchronization
import Testing
import USBWire

@testable import DeviceSimulator

@Suite(.timeLimit(.minutes(5))) struct `Attaching to this machine's vhci_hcd` {
  /// A device whose connections are opened and closed by the test.
  final class Device: Sendable {
    struct State {
      var record: USBIPDeviceRecord?
      var connections: [StreamSocket] = []
      var refusals: [USBIPOperation.Status] = []
    }

    let state = Mutex(State())
    private let events = AsyncStream.makeStream(of: AttachableDevice.Event.self)

    init(speed: USBIPDeviceRecord.Speed = .high) { appear(deviceNumber: 2, speed: speed) }

    func appear(deviceNumber: UInt32, speed: USBIPDeviceRecord.Speed = .high) {
      state.withLock { state in
        state.record = USBIPDeviceRecord(
          path: "", busID: "1-1", busNumber: 1, deviceNumber: deviceNumber, speed: speed,
          device: DeviceDescriptor(vendorID: 0x1209, productID: 1), configurationValue: 0, interfaceCount: 1)
      }
      events.continuation.yield(.returned)
    }

    func leave(isForGood: Bool) {
      state.withLock { state in
        state.record = nil
        state.connections = []
      }
      events.continuation.yield(.ended(.deviceLeft(isForGood: isForGood)))
    }

    func end(_ ending: AttachableDevice.Ending) { events.continuation.yield(.ended(ending)) }

    var attachable: AttachableDevice {
      AttachableDevice(
        record: { self.state.withLock { $0.record } },
        serve: { socket in
          self.state.withLock { state in
            if let refusal = state.refusals.popLast() { return refusal }
            state.connections.append(socket)
            return .done
          }
        },
        events: events.stream)
    }
  }

  /// An attachment on its way, and what it tells.
  struct Run {
    let task: Task<Result<SimulatorAttachmentEnd, VHCIError>, Never>
    var events: AsyncStream<SimulatorAttachmentEvent>.Iterator

    init(_ device: Device, on kernel: FakeKernel) throws {
      let stream = AsyncStream.makeStream(of: SimulatorAttachmentEvent.self)
      let attachment = VHCIAttachment(
        controller: try VHCIController(files: SystemFiles(root: kernel.root)), device: device.attachable, clock: kernel,
        observer: { stream.continuation.yield($0) })
      events = stream.stream.makeAsyncIterator()
      task = Task {
        defer { stream.continuation.finish() }
        do throws(VHCIError) { return .success(try await attachment.run()) } catch { return .failure(error) }
      }
    }
  }

  static let place = EnumeratedDevice(portPath: "3-1", vendorID: 0x1209, productID: 1)

  @Test func `says ready once the node is there, and detaches when it is cancelled`() async throws {
    let (kernel, device) = (try FakeKernel(), Device())
    try kernel.load()
    var run = try Run(device, on: kernel)
    #expect(await run.events.next() == .ready(Self.place))
    #expect(kernel.history == [.init(port: 0, deviceID: 0x0001_0002, speed: 3)])
    run.task.cancel()
    #expect(await run.task.value == .success(.cancelled))
    #expect(kernel.detached == [0])
  }

  @Test func `a super-speed device gets a super-speed port, and taken ports are passed over`() async throws {
    let (kernel, device) = (try FakeKernel(), Device(speed: .super))
    try kernel.load()
    kernel.occupy([0, 2])
    var run = try Run(device, on: kernel)
    #expect(await run.events.next() == .ready(EnumeratedDevice(portPath: "3-4", vendorID: 0x1209, productID: 1)))
    #expect(kernel.history == [.init(port: 3, deviceID: 0x0001_0002, speed: 5)])
    run.task.cancel()
    _ = await run.task.value
  }

  @Test func `a device that comes back is attached at the same port, once that is free`() async throws {
    let (kernel, device) = (try FakeKernel(), Device())
    try kernel.load()
    kernel.occupy([0])
    var run = try Run(device, on: kernel)
    _ = await run.events.next()
    kernel.occupy([])
    device.leave(isForGood: false)
    kernel.unplug()
    device.appear(deviceNumber: 3)
    _ = await run.events.next()
    #expect(kernel.history.map(\.port) == [1, 1])
    #expect(kernel.history.map(\.deviceID) == [0x0001_0002, 0x0001_0003])
    run.task.cancel()
    _ = await run.task.value
  }

  @Test func `a thread that is still busy with the connection before is asked again`() async throws {
    let (kernel, device) = (try FakeKernel(), Device())
    try kernel.load()
    device.state.withLock { $0.refusals = [.busy, .busy] }
    var run = try Run(device, on: kernel)
    #expect(await run.events.next() == .ready(Self.place))
    run.task.cancel()
    _ = await run.task.value
  }

  @Test func `ends when the device leaves for good`() async throws {
    let (kernel, device) = (try FakeKernel(), Device())
    try kernel.load()
    var run = try Run(device, on: kernel)
    _ = await run.events.next()
    device.leave(isForGood: true)
    #expect(await run.task.value == .success(.deviceLeft))
  }

  @Test func `ends when somebody else detaches the device`() async throws {
    let (kernel, device) = (try FakeKernel(), Device())
    try kernel.load()
    var run = try Run(device, on: kernel)
    _ = await run.events.next()
    kernel.unplug()
    device.end(.closed)
    #expect(await run.task.value == .success(.detached))
    #expect(kernel.detached == [])
  }

  @Test(arguments: zip([0, 1, 2, 3], [.address, .descriptors, .configuration, .node] as [VHCIError.EnumerationStep]))
  func `says how far the kernel did not get`(steps: Int, missing: VHCIError.EnumerationStep) async throws {
    let (kernel, device) = (try FakeKernel(), Device())
    try kernel.load()
    kernel.stop(afterSteps: steps)
    let run = try Run(device, on: kernel)
    #expect(
      await run.task.value
        == .failure(.notEnumerated(port: 0, missing: missing, after: VHCIAttachment.limit)))
    // It was plugged in again once.
    #expect(kernel.detached == [0, 0])
  }

  @Test func `a device that the kernel missed is plugged in again, and stays until somebody detaches it`() async throws
  {
    let (kernel, device) = (try FakeKernel(), Device())
    try kernel.load()
    kernel.stop(afterSteps: 0, untilDetached: true)
    var run = try Run(device, on: kernel)
    #expect(await run.events.next() == .ready(Self.place))
    #expect(kernel.history.map(\.port) == [0, 0])
    // The end of the first connection is told late, and is not the end.
    device.end(.closed)
    kernel.unplug()
    device.end(.closed)
    #expect(await run.task.value == .success(.detached))
    #expect(kernel.detached == [0])
  }

  @Test func `says so when all ports are taken`() async throws {
    let (kernel, device) = (try FakeKernel(), Device())
    try kernel.load()
    kernel.occupy([0, 1])
    #expect(try await Run(device, on: kernel).task.value == .failure(.noFreePort(isSuperSpeed: false, count: 2)))
  }

  @Test func `says so when the module is not loaded`() throws {
    let kernel = try FakeKernel()
    #expect(throws: VHCIError.notLoaded(path: "/sys/devices/platform/vhci_hcd.0")) {
      try VHCIController(files: SystemFiles(root: kernel.root))
    }
  }

  @Test(.enabled(if: getuid() != 0, "root may write everywhere"))
  func `says so when only root may attach`() throws {
    let kernel = try FakeKernel()
    try kernel.load()
    chmod(kernel.root + FakeKernel.folder + "/attach", 0o400)
    #expect(throws: VHCIError.notPermitted(path: "/sys/devices/platform/vhci_hcd.0/attach")) {
      try VHCIController(files: SystemFiles(root: kernel.root))
    }
  }

  @Test func `a status file is read as the kernel writes it, and anything else is passed over`() {
    let text = """
      hub port sta spd dev      sockfd local_busid
      hs  0000 006 003 00010002 000003 3-1
      hs  0001 004 000 00000000 000000 0-0
      hs  000x 004 000 00000000 000000 0-0
      xs  0002 004 000 00000000 000000 0-0
      ss  0008 005 005 00010003 000004 0-0
      ss  0009 099 000 00000000 000000 0-0
      ss  0010
      """
    #expect(
      VHCIStatus(parsing: text).ports == [
        .init(hub: .highSpeed, number: 0, state: .used, portPath: "3-1"),
        .init(hub: .highSpeed, number: 1, state: .free, portPath: nil),
        .init(hub: .superSpeed, number: 8, state: .notAssigned, portPath: nil),
      ])
  }

  @Test func `further controllers have status files of their own`() throws {
    let kernel = try FakeKernel()
    try kernel.load()
    kernel.write("ss  0040 004 000 00000000 000000 0-0\n", to: FakeKernel.folder + "/status.1")
    let controller = try VHCIController(files: SystemFiles(root: kernel.root))
    #expect(try controller.freePorts(of: .superSpeed) == [2, 3, 40])
  }

  @Test(arguments: ConnectedPair.Kind.allCases)
  func `the two ends are connected`(kind: ConnectedPair.Kind) throws {
    let pair = try ConnectedPair(kind)
    #expect(pair.kernel.send([1, 2, 3]) == .moved(3))
    var bytes = [UInt8](repeating: 0, count: 8)
    var ready = pollfd(fd: pair.device.descriptor, events: Int16(POLLIN), revents: 0)
    #expect(poll(&ready, 1, 10_000) == 1)
    #expect(bytes.withUnsafeMutableBytes { pair.device.receive(into: $0) } == .moved(3))
    #expect(bytes.prefix(3) == [1, 2, 3])
  }
}
