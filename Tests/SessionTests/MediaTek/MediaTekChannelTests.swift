import FlashCore
import FlashImages
import Synchronization
import Testing
import USBWire
import WireFormat

@testable import DeviceSimulator
@testable import MediaTek

/// A device with a MediaTek port that says what it was given, one transfer after the other.
private struct TalkingDevice: SimulatedDevice {
  let identity: SimulatedIdentity
  var transfers: [[UInt8]]

  init(_ transfers: [[UInt8]], layout: DescriptorLayoutValue = .classic) {
    identity = MediaTekIdentity(layout: layout).identity
    self.transfers = transfers
  }

  var nextWake: Duration? { nil }
  mutating func advance(to now: Duration) {}
  mutating func takeEvents() -> [DeviceEvent] { [] }
  mutating func busReset(at now: Duration) {}
  mutating func select(alternate: UInt8, of interface: UInt8, at now: Duration) {}
  mutating func receive(
    _ bytes: RawSpan, on endpoint: EndpointAddress, endsTransfer: Bool, at now: Duration
  ) -> ReceiveAnswer { .accepted }
  mutating func transmit(on endpoint: EndpointAddress, atMost count: Int, at now: Duration) -> TransmitAnswer {
    transfers.isEmpty ? .nothing : .transfer(transfers.removeFirst(), isTerminated: false)
  }
}

private final class Collected: StreamConsumer {
  private let bytes = Mutex<[UInt8]>([])
  func consume(_ piece: RawSpan) throws(ImageError) {
    let copy = unsafe piece.withUnsafeBytes { unsafe [UInt8]($0) }
    bytes.withLock { $0 += copy }
  }
  var all: [UInt8] { bytes.withLock { $0 } }
}

@Suite struct `MediaTek channel` {
  private func channel(
    _ transfers: [[UInt8]], layout: DescriptorLayoutValue = .classic
  ) async throws -> MediaTekChannel {
    let provider = try TestDeviceProvider(TalkingDevice(transfers, layout: layout))
    return try await MediaTekChannel.open(try await provider.open(waitLimit: .seconds(1)))
  }

  @Test func `fields that come in one transfer are read one by one`() async throws {
    let channel = try await channel([[1, 2, 3, 4, 5, 6]])
    #expect(try await channel.read(1, limit: .seconds(1)) == [1])
    #expect(try await channel.read(2, limit: .seconds(1)) == [2, 3])
    #expect(try await channel.read(3, limit: .seconds(1)) == [4, 5, 6])
  }

  @Test func `a field that comes in several transfers, with empty ones between, is read whole`() async throws {
    let channel = try await channel([[1], [], [2, 3], [], [], [4]])
    #expect(try await channel.read(4, limit: .seconds(1)) == [1, 2, 3, 4])
  }

  @Test func `what came before the limit is not lost`() async throws {
    let channel = try await channel([[1, 2]])
    #expect(try await channel.read(4, limit: .seconds(1)) == nil)
    #expect(await channel.available == 2)
    await channel.unread([0])
    #expect(try await channel.readSome(atMost: 10, limit: .seconds(1)) == [0, 1, 2])
  }

  @Test func `a device that sends nothing but empty transfers is silent`() async throws {
    let channel = try await channel([[UInt8]](repeating: [], count: 1000))
    #expect(try await channel.read(1, limit: .seconds(60)) == nil)
  }

  @Test("a stream takes what is its own and leaves the rest", arguments: [1, 511, 512, 513, 1024, 5000])
  func streams(count: Int) async throws {
    let data = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    // A header before, a header behind, both in transfers with data.
    let channel = try await channel([[9, 9, 9] + data + [7, 7]])
    #expect(try await channel.read(3, limit: .seconds(1)) == [9, 9, 9])
    let collected = Collected()
    try await channel.read(
      UInt64(count), transferByteCount: 1024, idleLimit: .seconds(1), into: collected)
    #expect(collected.all == data)
    #expect(try await channel.read(2, limit: .seconds(1)) == [7, 7])
  }

  @Test func `a stream in odd pieces is read to its end`() async throws {
    let channel = try await channel([[1, 2, 3], [4], [], [5, 6], [7, 8, 9, 10], [0xEE]])
    let collected = Collected()
    try await channel.read(10, transferByteCount: 512, idleLimit: .seconds(1), into: collected)
    #expect(collected.all == Array(1...10))
    #expect(try await channel.read(1, limit: .seconds(1)) == [0xEE])
  }

  @Test func `a stream that ends early is no success`() async throws {
    let channel = try await channel([[1, 2, 3]])
    let collected = Collected()
    await #expect(throws: StreamError.self) {
      try await channel.read(10, transferByteCount: 512, idleLimit: .seconds(1), into: collected)
    }
    #expect(collected.all == [1, 2, 3])
  }

  @Test func `a device that is never quiet is not listened to for ever`() async throws {
    let channel = try await channel([[UInt8]](repeating: BootROMToken.ready, count: 100_000))
    let bytes = try await channel.drain(quiet: .milliseconds(20), byteLimit: 1 << 20)
    #expect(bytes.count < 5000)
  }
}

@Suite struct `MediaTek serial line` {
  private func bytes(_ setup: SetupPacket) -> [UInt8] {
    var bytes: [UInt8] = []
    setup.serialize(into: &bytes)
    return bytes
  }

  @Test func `the host's requests are those of the specification`() {
    #expect(bytes(SerialLine.setCoding) == Hex.bytes("21 20 00 00 00 00 07 00"))
    #expect(SerialLine.coding == Hex.bytes("00 10 0E 00 00 00 08"))
    #expect(bytes(SerialLine.setControlLines(2)) == Hex.bytes("21 22 02 00 00 00 00 00"))
  }

  @Test func `a simulated device answers as the specification says, and stalls what it does not know`() throws {
    var device = SimulatedMediaTek(
      settings: BootROMSettings(), quirks: BootROMQuirks(), serialNumber: nil, makeAgent: { SimulatedRawProgram() })
    func answer(_ text: String, _ data: [UInt8] = []) throws -> ControlAnswer {
      let bytes = try #require(Hex.bytes(text))
      let setup = try SetupPacket(parsing: bytes.rawSpan)
      return device.control(setup, data: data.rawSpan, at: .zero)
    }
    let coding = try answer("A1 21 00 00 00 00 07 00")
    #expect(coding == .data([0x00, 0x10, 0x0E, 0x00, 0x00, 0x00, 0x08]))
    for accepted in [
      "21 20 00 00 01 00 07 00", "01 20 00 00 00 00 00 00", "21 22 03 00 00 00 00 00", "21 23 64 00 00 00 00 00",
    ] {
      let result = try answer(accepted)
      #expect(result == .data([]))
    }
    for refused in ["21 02 00 00 00 00 00 00", "40 01 00 00 00 00 00 00", "C0 01 00 00 00 00 01 00"] {
      let result = try answer(refused)
      #expect(result == .stall)
    }
  }

  @Test func `a preloader says READY every 20 ms once a host has set the line, until A0`() {
    var settings = BootROMSettings()
    settings.actor = .preloader
    var device = BootROMSimulation(settings: settings, quirks: BootROMQuirks(), packetByteCount: 512)
    device.start(at: .zero)
    device.advance(to: .milliseconds(100))
    #expect(device.transmit() == nil)
    device.noticeTool(at: .milliseconds(100))
    for time in [120, 140, 160] {
      device.advance(to: .milliseconds(time))
      #expect(device.transmit() == .transfer(Array("READY".utf8), isTerminated: false))
      #expect(device.transmit() == nil)
    }
    let first: [UInt8] = [0xA0]
    device.receive(first.rawSpan, at: .milliseconds(165))
    device.advance(to: .milliseconds(300))
    #expect(device.transmit() == nil)
  }
}
