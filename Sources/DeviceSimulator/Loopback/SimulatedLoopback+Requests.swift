import USBWire
import WireFormat

/// The vendor requests of the loopback device, the class requests of its serial port, and its stream.
extension SimulatedLoopback {
  private static let storeLimit = 4096

  mutating func control(_ setup: SetupPacket, data: RawSpan, at now: Duration) -> ControlAnswer {
    advance(to: now)
    if setup.requestType & 0x7F == 0x21, setup.index == UInt16(LoopbackIdentity.serialInterface) {
      return serial.control(setup, data: data)
    }
    guard let request = LoopbackRequest(rawValue: setup.request),
      setup.requestType == request.setup().requestType
    else { return .stall }
    switch request {
    case .halt: return halt(EndpointAddress(rawValue: UInt8(truncatingIfNeeded: setup.index)))
    case .leave: return leave(for: setup.value, productID: setup.index)
    case .counters: return .data(countersBytes)
    case .restart: restart()
    case .store:
      guard data.byteCount <= Self.storeLimit, let bytes = try? data.copy(data.byteCount, at: 0) else { return .stall }
      stored = bytes
    case .load: return .data(stored)
    }
    return .data([])
  }

  private mutating func halt(_ endpoint: EndpointAddress) -> ControlAnswer {
    let exists = identity.configurations.contains { configuration in
      configuration.settings.contains { $0.endpoints.contains { $0.address == endpoint } }
    }
    guard exists else { return .stall }
    events.append(.halts(endpoint))
    return .data([])
  }

  private mutating func leave(for milliseconds: UInt16, productID: UInt16) -> ControlAnswer {
    if productID != 0 {
      identity = LoopbackIdentity.make(speed: settings.speed, productID: productID, serialNumber: serialNumber)
    }
    events.append(.leaves(returnAfter: .milliseconds(Int64(milliseconds))))
    return .data([])
  }

  private var countersBytes: [UInt8] {
    var bytes: [UInt8] = []
    counters.serialize(into: &bytes)
    return bytes
  }

  private mutating func restart() {
    counters = LoopbackCounters()
    sourcePattern = LoopbackPattern()
    sinkPattern = LoopbackPattern()
    sinkChecksum = XORChecksum16()
    emptyQueues()
  }

  // MARK: The serial port as a stream

  var stream: StreamBinding? {
    StreamBinding(
      setup: [.setConfiguration(1), SerialFunction.setControlLines(0b11)],
      teardown: [SerialFunction.setControlLines(0)], input: LoopbackIdentity.serial.input)
  }

  /// Whatever is there is one transfer, of a size that fits the queue.
  func streamRoute(for bytes: RawSpan) -> StreamRoute {
    .message(byteCount: min(bytes.byteCount, 4096), endpoint: LoopbackIdentity.serial.output)
  }
}
