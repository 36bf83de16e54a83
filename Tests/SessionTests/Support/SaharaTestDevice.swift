import FlashCore
import Qualcomm
import Synchronization
import USBWire
import WireFormat

@testable import DeviceSimulator

/// A device that starts in Sahara and wants images: the simulator's Sahara with descriptors around it, and behind it a
/// programmer that answers everything with a log and a NAK, as a real one does with what it cannot read.
struct SaharaTestDevice: SimulatedDevice {
  let identity = SaharaIdentity().identity
  private var sahara: SaharaSimulation
  private var programmerOutbox: [[UInt8]] = []
  private var events: [DeviceEvent] = []
  private var leavesAfterAnswer = false
  private(set) var isProgrammerRunning = false
  private let received: ReceivedImages

  init(settings: SaharaSettings, quirks: SaharaQuirks, received: ReceivedImages) {
    var settings = settings
    settings.keptByteCount = 1 << 20
    sahara = SaharaSimulation(settings: settings, quirks: quirks)
    self.received = received
    settle()
  }

  var nextWake: Duration? { nil }
  mutating func advance(to now: Duration) {}
  mutating func takeEvents() -> [DeviceEvent] {
    defer { events = [] }
    return events
  }
  mutating func busReset(at now: Duration) { sahara.busReset() }
  mutating func select(alternate: UInt8, of interface: UInt8, at now: Duration) {}

  mutating func receive(
    _ bytes: RawSpan, on endpoint: EndpointAddress, endsTransfer: Bool, at now: Duration
  ) -> ReceiveAnswer {
    if isProgrammerRunning {
      answer(bytes)
    } else {
      sahara.receive(bytes, endsTransfer: endsTransfer)
      settle()
    }
    return .accepted
  }

  mutating func transmit(on endpoint: EndpointAddress, atMost count: Int, at now: Duration) -> TransmitAnswer {
    if let answer = sahara.transmit(atMost: count) {
      settle()
      return answer
    }
    guard !programmerOutbox.isEmpty else { return .nothing }
    return .transfer(programmerOutbox.removeFirst(), isTerminated: true)
  }

  private mutating func answer(_ bytes: RawSpan) {
    let text = unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    let value = ["<nop", "<configure", "<power"].contains(where: text.contains) ? "ACK" : "NAK"
    for element in ["<log value=\"INFO: heard\" />", "<response value=\"\(value)\" rawmode=\"false\" />"] {
      programmerOutbox.append(Array("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<data>\n\(element)</data>".utf8))
    }
  }

  private mutating func settle() {
    received.set(sahara.keptPieces)
    switch sahara.takeOutcome() {
    case .imagesComplete: isProgrammerRunning = true
    case .switched: events.append(.leaves(returnAfter: nil))
    case .unplugged: events.append(.leaves(returnAfter: .seconds(1)))
    case .reset: leavesAfterAnswer = true
    case nil: break
    }
    guard leavesAfterAnswer, sahara.isOutboxEmpty else { return }
    leavesAfterAnswer = false
    // It comes back in EDL, as one does whose storage is empty.
    sahara.start()
    events.append(.leaves(returnAfter: .seconds(2)))
  }
}

/// What a test device has received.
final class ReceivedImages: Sendable {
  private let pieces = Mutex<[SaharaSimulation.KeptPiece]>([])

  func set(_ all: [SaharaSimulation.KeptPiece]) { pieces.withLock { $0 = all } }

  /// The bytes of an image by their offsets, pieces that came twice included once.
  func image(_ id: UInt64, byteCount: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: byteCount)
    for piece in pieces.withLock({ $0 }) where piece.imageID == id {
      for (index, byte) in piece.bytes.enumerated() where Int(piece.offset) + index < byteCount {
        bytes[Int(piece.offset) + index] = byte
      }
    }
    return bytes
  }

  var ids: Set<UInt64> { Set(pieces.withLock { $0.map(\.imageID) }) }
  /// Bytes behind `offset`, as they were sent.
  func tail(_ id: UInt64, from offset: UInt64) -> [UInt8] {
    pieces.withLock { $0.filter { $0.imageID == id && $0.offset >= offset }.flatMap(\.bytes) }
  }
}

/// Opens one device of the test's own, on virtual time.
final class TestDeviceProvider: LinkProvider {
  let name = "sim:test"
  let canReenumerate = true
  private let bus: SimulatedBus
  private let lastOpened = Mutex(0)
  var clock: any LinkClock { bus.clock }

  init(
    _ device: any SimulatedDevice, faults: [String] = [], observer: @escaping @Sendable (PortEvent) -> Void = { _ in }
  )
    throws
  {
    let port = SimulatedPort(hosting: device, faults: try faults.map { try Fault(parsing: $0) })
    bus = SimulatedBus(port: port, clock: .virtual, observer: observer)
  }

  func open(waitLimit: Duration?) async throws(OpenError) -> any Link {
    let found: (info: USBDeviceInfo, attachment: Int)
    do throws(SimulatedBus.Interruption) {
      found = try await bus.poll(until: clock.now + (waitLimit ?? .zero)) { port, now in
        guard let info = port.identity?.info(portPath: "0-1", bus: 0, address: port.attachments) else { return nil }
        if port.configurationValue == 0 {
          _ = port.request(SetupPacket(requestType: 0, request: 9, value: 1, index: 0, length: 0), at: now)
        }
        return (info, port.attachments)
      }
    } catch { throw .timedOut(waitingFor: name, after: waitLimit ?? .zero) }
    guard bus.takeOpening() else { throw .busy(path: name, holders: []) }
    lastOpened.withLock { $0 = found.attachment }
    return SimulatedLink(name: name, info: found.info, bus: bus, attachment: found.attachment)
  }

  func awaitReturn(
    within limit: Duration, where isExpected: @escaping @Sendable (USBDeviceInfo) -> Bool
  ) async throws(OpenError) -> USBDeviceInfo {
    let last = lastOpened.withLock { $0 }
    do throws(SimulatedBus.Interruption) {
      return try await bus.poll(until: clock.now + limit) { port, _ in
        guard port.attachments != last else { return nil }
        return port.identity?.info(portPath: "0-1", bus: 0, address: port.attachments)
      }
    } catch { throw .timedOut(waitingFor: name, after: limit) }
  }
}
