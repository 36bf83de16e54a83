import USBWire
import WireFormat

@testable import DeviceSimulator

/// A device that does what vendor requests tell it, for tests of what lies between a host and a device.
///
/// EP 01 takes data into a buffer of limited size, EP 81 sends messages, EP 82 (interrupt) sends one byte.
struct BenchDevice: SimulatedDevice {
  static let output = EndpointAddress.output(1)
  static let input = EndpointAddress.input(1)
  static let interrupt = EndpointAddress.input(2)

  /// bRequest of the vendor requests.
  enum Order: UInt8 {
    /// Makes room for wValue bytes.
    case consume = 1
    /// Sends wValue bytes on EP 81; wIndex 1: terminated.
    case send = 2
    /// Halts EP 01 and EP 81 at their next transfer.
    case stall = 3
    /// Leaves the bus and is back, as another product, after wValue milliseconds; 0: for good.
    case leave = 4
    /// Sends wValue on EP 82.
    case notify = 5
    /// Returns wIndex bytes, whatever wLength says.
    case tell = 6
  }

  var identity: SimulatedIdentity
  /// Bytes that may still be taken on EP 01.
  var room: Int
  /// The transfers taken on EP 01; the last one may be incomplete.
  var received: [[UInt8]] = [[]]
  var outbox: [(bytes: [UInt8], isTerminated: Bool)] = []
  var notices: [UInt8] = []
  var stalls: Set<EndpointAddress> = []
  var events: [DeviceEvent] = []
  var resets = 0

  init(room: Int = .max, speed: Double = 480) {
    self.room = room
    var device = DeviceDescriptor(vendorID: 0x1209, productID: 0x0001)
    device.productIndex = 1
    let packetSize: UInt16 = speed >= 5000 ? 1024 : 512
    identity = SimulatedIdentity(
      device: device,
      configurations: [
        ConfigurationDescriptor(
          value: 1, stringIndex: 0, attributes: 0x80, maximumPower: 50,
          settings: [
            InterfaceDescriptor(
              number: 0, class: 0xFF, subclass: 1, protocol: 2,
              endpoints: [
                EndpointDescriptor(address: Self.output, type: .bulk, maximumPacketSize: packetSize),
                EndpointDescriptor(address: Self.input, type: .bulk, maximumPacketSize: packetSize),
                EndpointDescriptor(address: Self.interrupt, type: .interrupt, maximumPacketSize: 8, interval: 4),
              ])
          ])
      ], strings: [1: "bench"], speed: speed)
  }

  static func order(_ order: Order, value: Int = 0, index: Int = 0, length: Int = 0) -> SetupPacket {
    SetupPacket(
      requestType: length > 0 ? 0xC0 : 0x40, request: order.rawValue, value: UInt16(value), index: UInt16(index),
      length: UInt16(length))
  }

  static func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) } }

  var nextWake: Duration? { nil }
  mutating func advance(to now: Duration) {}
  mutating func takeEvents() -> [DeviceEvent] {
    defer { events = [] }
    return events
  }
  mutating func busReset(at now: Duration) {
    resets += 1
    outbox = []
    stalls = []
    received = [[]]
  }
  mutating func select(alternate: UInt8, of interface: UInt8, at now: Duration) {}

  mutating func control(_ setup: SetupPacket, data: RawSpan, at now: Duration) -> ControlAnswer {
    guard setup.requestType & 0x60 == 0x40, let order = Order(rawValue: setup.request) else { return .stall }
    let value = Int(setup.value)
    switch order {
    case .consume: room += value
    case .send: outbox.append((Self.pattern(value), setup.index == 1))
    case .stall: stalls = [Self.output, Self.input]
    case .leave:
      identity.device.productID += 1
      events.append(.leaves(returnAfter: value == 0 ? nil : .milliseconds(value)))
    case .notify: notices.append(UInt8(truncatingIfNeeded: value))
    case .tell: return .data(Self.pattern(Int(setup.index)))
    }
    return .data([])
  }

  mutating func receive(
    _ bytes: RawSpan, on endpoint: EndpointAddress, endsTransfer: Bool, at now: Duration
  ) -> ReceiveAnswer {
    if stalls.remove(endpoint) != nil { return .stall }
    let count = min(room, bytes.byteCount)
    room -= count
    received[received.count - 1] += (try? bytes.copy(count, at: 0)) ?? []
    guard count == bytes.byteCount else { return .busy(byteCount: count) }
    if endsTransfer { received.append([]) }
    return .accepted
  }

  mutating func transmit(on endpoint: EndpointAddress, atMost count: Int, at now: Duration) -> TransmitAnswer {
    if stalls.remove(endpoint) != nil { return .stall }
    if endpoint == Self.interrupt {
      return notices.isEmpty ? .nothing : .transfer([notices.removeFirst()], isTerminated: true)
    }
    guard !outbox.isEmpty else { return .nothing }
    let message = outbox.removeFirst()
    return .transfer(message.bytes, isTerminated: message.isTerminated)
  }
}
