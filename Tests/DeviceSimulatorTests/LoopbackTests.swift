import DeviceSimulator
import FlashCore
import Testing
import USBWire
import WireFormat

/// docs/simulated-devices.md, "The loopback device".
@Suite struct `The loopback device` {
  func counters(_ host: inout TestHost) throws -> LoopbackCounters {
    guard case .data(let bytes) = host.control(LoopbackRequest.counters.setup(length: 64)) else {
      Issue.record("no counters")
      return LoopbackCounters()
    }
    return try LoopbackCounters(parsing: bytes.rawSpan)
  }

  @Test func `has the descriptors of the documentation`() throws {
    let identity = try #require(try TestHost.loopback().port.identity)
    #expect(identity.device.vendorID == 0x1209)
    #expect(identity.device.productID == 0x0001)
    let info = identity.info(portPath: "0-1", bus: 0, address: 1)
    #expect(info.product == "Loopback")
    #expect(info.serialNumber == "LOOPBACK")
    let configuration = try #require(info.configuration)
    #expect(configuration.interfaceCount == 6)
    let endpoints = configuration.settings.map { $0.endpoints.map(\.address.rawValue) }
    #expect(endpoints == [[0x81, 0x01], [0x02, 0x82], [0x03, 0x83], [0x84], [0x86], [0x05, 0x85]])
    #expect(configuration.settings.flatMap(\.endpoints).allSatisfy { $0.superSpeedCompanion == nil })
    #expect(configuration.settings[4].interfaceClass == 2 && configuration.settings[4].interfaceSubclass == 2)
  }

  @Test func `the serial number is the one asked for`() throws {
    let configuration = try SimulatorConfiguration(model: "loopback", serialNumber: "X1")
    let port = try SimulatorRegistry.makePort(for: configuration, serving: .usb)
    #expect(port.identity?.info(portPath: "0-1", bus: 0, address: 1).serialNumber == "X1")
  }

  // MARK: Source and sink

  @Test(arguments: [512, 1024, 16384, 65536, 1 << 20, 3 << 20, 40960])
  func `the source sends the pattern whatever the size of the reads`(size: Int) throws {
    var host = try TestHost.loopback()
    var pattern = LoopbackPattern()
    for _ in 0..<5 {
      guard case .data(let bytes, isEnd: false) = host.receive(atMost: size, from: .input(1)) else {
        Issue.record("no data")
        return
      }
      #expect(bytes.count == size)
      #expect(pattern.check(bytes.rawSpan) == nil)
    }
  }

  @Test func `the pattern counts 16-bit words`() {
    var pattern = LoopbackPattern()
    #expect(pattern.next(6) == [0, 0, 1, 0, 2, 0])
    #expect(pattern.next(65528).suffix(2) == [0xFE, 0x7F])
    #expect(pattern.next(4) == [0xFF, 0x7F, 0, 0])
    var other = LoopbackPattern()
    let wrong = other.next(1000).map { $0 } + [0xEE]
    var check = LoopbackPattern()
    #expect(check.check(wrong.rawSpan) == 1000)
  }

  @Test func `the source has no part of a packet`() throws {
    var host = try TestHost.loopback()
    #expect(host.receive(atMost: 1000, from: .input(1)) == .overflow)
  }

  @Test func `the sink counts, and verifies when told to`() throws {
    var host = try TestHost.loopback([("verify", "yes")])
    var pattern = LoopbackPattern()
    var checksum = XORChecksum16()
    for count in [512, 1000, 65536] {
      let bytes = pattern.next(count)
      checksum.update(bytes.rawSpan)
      #expect(host.send(bytes, to: .output(1), terminated: false) == .taken)
    }
    var counters = try counters(&host)
    #expect(counters.bytesSunk == 67048)
    #expect(counters.transfersSunk == 1)
    #expect(counters.firstWrongByte == nil)
    #expect(counters.checksum == checksum.value)
    host.send([0xEE, 0xEE], to: .output(1))
    counters = try self.counters(&host)
    #expect(counters.firstWrongByte == 67048)
    #expect(host.control(LoopbackRequest.restart.setup()) == .data([]))
    #expect(try self.counters(&host) == LoopbackCounters())
  }

  // MARK: Loopbacks

  @Test func `what goes in comes back, each transfer with its own end`() throws {
    var host = try TestHost.loopback()
    let transfers = [[1, 2, 3], [], [UInt8](repeating: 4, count: 512), [UInt8](repeating: 5, count: 700)]
    for bytes in transfers { #expect(host.send(bytes, to: .output(2)) == .taken) }
    for bytes in transfers {
      #expect(host.receive(atMost: 4096, from: .input(2)) == .data(bytes, isEnd: true))
    }
    #expect(host.receive(atMost: 4096, from: .input(2)) == .busy)
  }

  @Test func `a transfer of whole packets without an end is open until more comes`() throws {
    var host = try TestHost.loopback()
    let bytes = [UInt8](repeating: 4, count: 512)
    host.send(bytes, to: .output(2), terminated: false)
    #expect(host.receive(atMost: 1024, from: .input(2)) == .busy)
    host.send([9], to: .output(2))
    #expect(host.receive(atMost: 1024, from: .input(2)) == .data(bytes + [9], isEnd: true))
  }

  @Test func `a full queue answers NAK until something is read`() throws {
    var host = try TestHost.loopback()
    let bytes = [UInt8](repeating: 1, count: 1_000_000)
    #expect(host.send(bytes, to: .output(2)) == .taken)
    var transfer = OutputTransfer(to: .output(2), byteCount: bytes.count, isTerminated: true)
    #expect(host.port.send(bytes.rawSpan, of: &transfer, at: host.now) == .busy(byteCount: 48128))
    let rest = bytes.rawSpan.extracting(transfer.moved..<bytes.count)
    #expect(host.port.send(rest, of: &transfer, at: host.now) == .busy(byteCount: 0))
    #expect(host.receive(atMost: 1 << 20, from: .input(2)) == .data(bytes, isEnd: true))
    #expect(host.port.send(rest, of: &transfer, at: host.now) == .taken)
    #expect(host.receive(atMost: 1 << 20, from: .input(2)) == .data(bytes, isEnd: true))
  }

  @Test func `many small transfers fill the queue as well`() throws {
    var host = try TestHost.loopback()
    var count = 0
    while count < 1000, host.send([], to: .output(2)) == .taken { count += 1 }
    #expect(count == 256)
    #expect(host.receive(atMost: 64, from: .input(2)) == .data([], isEnd: true))
    #expect(host.send([1], to: .output(2)) == .taken)
  }

  @Test func `a transfer STALL halts both ends until they are cleared`() throws {
    var host = try TestHost.loopback()
    host.send([1], to: .output(3))
    #expect(host.send(Array("STALL".utf8), to: .output(3)) == .stalled)
    #expect(host.send([2], to: .output(3)) == .stalled)
    #expect(host.receive(from: .input(3)) == .stalled)
    #expect(host.control(.clearHalt(.output(3))) == .data([]))
    #expect(host.control(.clearHalt(.input(3))) == .data([]))
    #expect(host.send([2], to: .output(3)) == .taken)
    // What was there before the halt is not lost.
    #expect(host.receive(from: .input(3)) == .data([1], isEnd: true))
    #expect(host.receive(from: .input(3)) == .data([2], isEnd: true))
  }

  @Test(arguments: [0x01, 0x81, 0x02, 0x85] as [UInt8])
  func `a vendor request halts any endpoint`(address: UInt8) throws {
    var host = try TestHost.loopback()
    let endpoint = EndpointAddress(rawValue: address)
    #expect(host.control(LoopbackRequest.halt.setup(index: UInt16(address))) == .data([]))
    let status = SetupPacket(requestType: 0x82, request: 0, value: 0, index: UInt16(address), length: 2)
    #expect(host.control(status) == .data([1, 0]))
    if endpoint.isInput {
      #expect(host.receive(atMost: 512, from: endpoint) == .stalled)
    } else {
      #expect(host.send([1], to: endpoint) == .stalled)
    }
    #expect(host.control(.clearHalt(endpoint)) == .data([]))
    #expect(host.control(status) == .data([0, 0]))
    #expect(host.control(LoopbackRequest.halt.setup(index: 0x8F)) == .stalled)
  }

  // MARK: Control requests, interrupts, re-enumeration

  @Test func `bytes are kept and given back, and nothing else is a request`() throws {
    var host = try TestHost.loopback()
    let bytes = (0..<200).map { UInt8($0) }
    #expect(host.control(LoopbackRequest.store.setup(length: 200), data: bytes) == .data([]))
    #expect(host.control(LoopbackRequest.load.setup(length: 4096)) == .data(bytes))
    #expect(host.control(LoopbackRequest.load.setup(length: 10)) == .data(Array(bytes.prefix(10))))
    let long = [UInt8](repeating: 0, count: 4097)
    #expect(host.control(LoopbackRequest.store.setup(length: 4097), data: long) == .stalled)
    #expect(host.control(SetupPacket(requestType: 0x40, request: 99, value: 0, index: 0, length: 0)) == .stalled)
    #expect(host.control(SetupPacket(requestType: 0xC0, request: 4, value: 0, index: 0, length: 0)) == .stalled)
  }

  @Test func `interrupts come once an interval, with the count of intervals`() throws {
    var host = try TestHost.loopback([("interrupt-interval-ms", "10")])
    #expect(host.receive(atMost: 8, from: .input(4)) == .busy)
    #expect(host.port.nextWake == .milliseconds(10))
    host.pass(.milliseconds(10))
    #expect(host.receive(atMost: 8, from: .input(4)) == .data([1, 0, 0, 0], isEnd: true))
    #expect(host.receive(atMost: 8, from: .input(4)) == .busy)
    host.pass(.milliseconds(35))
    // A count that waits to be read wakes nobody.
    #expect(host.port.nextWake == nil)
    #expect(host.receive(atMost: 8, from: .input(4)) == .data([4, 0, 0, 0], isEnd: true))
    #expect(host.port.nextWake == .milliseconds(50))
  }

  @Test func `leaves the bus when told to, and comes back under another product id`() throws {
    var host = try TestHost.loopback()
    host.send([1], to: .output(1))
    #expect(host.control(LoopbackRequest.leave.setup(value: 250, index: 0x0002)) == .data([]))
    #expect(host.port.takeEvents() == [.left(returnAfter: .milliseconds(250))])
    #expect(host.port.identity == nil)
    host.pass(.milliseconds(249))
    #expect(host.send([1], to: .output(1)) == .disconnected)
    host.pass(.milliseconds(1))
    #expect(host.port.takeEvents() == [.returned])
    #expect(host.port.identity?.device.productID == 0x0002)
    // A device that has just been plugged in is not configured.
    #expect(host.send([1], to: .output(1)) == .noSuchEndpoint)
    host.configure()
    #expect(try counters(&host).bytesSunk == 1)
  }

  @Test func `stays as long as presence-ms says, counted from when it was configured`() throws {
    let settings = [("presence-ms", "2000"), ("absence-ms", "500")]
    for model in ["loopback", "rx51"] {
      let configuration = try SimulatorConfiguration(model: model, settings: settings)
      var port = try SimulatorRegistry.makePort(for: configuration, serving: .usb)
      port.advance(to: .seconds(60))
      #expect(port.isAttached)
      _ = port.request(.setConfiguration(1), at: .seconds(60))
      port.advance(to: .milliseconds(61_000))
      // Configuring it again does not begin the stay anew.
      _ = port.request(.setConfiguration(1), at: .milliseconds(61_000))
      port.advance(to: .milliseconds(61_999))
      #expect(port.isAttached)
      port.advance(to: .seconds(62))
      #expect(!port.isAttached)
      port.advance(to: .milliseconds(62_500))
      #expect(port.isAttached)
      #expect(port.takeEvents() == [.left(returnAfter: .milliseconds(500)), .returned])
    }
  }
}
