import USBWire
import WireFormat

@testable import DeviceSimulator

/// A host controller with a `BenchDevice` and a clock in its hand.
struct BenchHost {
  var controller: HostController
  var now = Duration.zero
  private var sequence: UInt32 = 0

  init(room: Int = .max, wire: WireModel = .unlimited, speed: Double = 480, faults: [Fault] = []) {
    controller = HostController(
      port: SimulatedPort(hosting: BenchDevice(room: room, speed: speed), faults: faults), wire: wire)
    controller.connect()
    _ = controller.port.request(.setConfiguration(1), at: now)
  }

  var device: BenchDevice? { controller.port.device as? BenchDevice }

  /// Submits a transfer and returns its number.
  mutating func output(_ bytes: [UInt8], flags: USBIPTransferFlags = []) -> UInt32 {
    submit(.init(sequence: 0, deviceID: 1, endpoint: BenchDevice.output, byteCount: bytes.count, flags: flags), bytes)
  }

  mutating func input(
    _ count: Int, from endpoint: EndpointAddress = BenchDevice.input, flags: USBIPTransferFlags = []
  ) -> UInt32 {
    submit(.init(sequence: 0, deviceID: 1, endpoint: endpoint, byteCount: count, flags: flags))
  }

  mutating func control(_ setup: SetupPacket, byteCount: Int? = nil, flags: USBIPTransferFlags = []) -> UInt32 {
    let endpoint = setup.isInput ? EndpointAddress.input(0) : .output(0)
    return submit(
      .init(
        sequence: 0, deviceID: 1, endpoint: endpoint, byteCount: byteCount ?? Int(setup.length), flags: flags,
        setup: setup))
  }

  mutating func submit(_ request: USBIPSubmit, _ bytes: [UInt8] = []) -> UInt32 {
    sequence += 1
    var request = request
    request.sequence = sequence
    var payload: URBBuffer?
    if !bytes.isEmpty {
      let buffer = controller.buffers.take(bytes.count)
      buffer.place(of: 0..<bytes.count).copyBytes(from: bytes)
      payload = buffer
    }
    _ = controller.submit(URB(request, payload: payload), at: now)
    return sequence
  }

  /// Lets `duration` pass and the device act; returns what has ended since.
  mutating func run(_ duration: Duration = .zero) -> [URBCompletion] {
    now += duration
    controller.run(at: now)
    return controller.takeCompletions(at: now)
  }

  /// Makes a vendor request and returns what has ended, without the request itself.
  mutating func order(_ order: BenchDevice.Order, value: Int = 0, index: Int = 0) -> [URBCompletion] {
    let number = control(BenchDevice.order(order, value: value, index: index))
    return run().filter { $0.sequence != number }
  }
}

extension URBCompletion {
  static func done(_ sequence: UInt32, _ byteCount: Int = 0) -> Self {
    URBCompletion(sequence: sequence, status: .done, byteCount: byteCount, data: [])
  }

  static func done(_ sequence: UInt32, data: [UInt8]) -> Self {
    URBCompletion(sequence: sequence, status: .done, byteCount: data.count, data: data)
  }

  static func failed(_ sequence: UInt32, _ status: USBIPStatus, after byteCount: Int = 0) -> Self {
    URBCompletion(sequence: sequence, status: status, byteCount: byteCount, data: [])
  }
}
