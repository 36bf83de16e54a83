import DeviceSimulator
import MkII
import Testing
import USBWire
import WireFormat

/// Each row of the table in `docs/protocols/mkii.md` 14.1: what a state accepts, and 03 for the rest.
@Suite struct `The state table` {
  static let image = TestImage(byteCount: 3000)

  enum Situation: String, CaseIterable {
    case ready, negotiated, session, header, receiving, block, finishing, failed

    /// A device in that state.
    func host() throws -> TestHost {
      let settings: [(key: String, value: String)] = self == .finishing ? [("finish-ms", "1000")] : []
      var host = try TestHost(settings: settings)
      if self == .ready { return host }
      try host.negotiate()
      if self == .negotiated { return host }
      #expect(try host.ask(.begin) == [0])
      if self == .session { return host }
      #expect(try host.ask(.imageHeader(image.header)).count == 9)
      if self == .header { return host }
      #expect(try host.ask(.setSource(handle: 0, transport: "usb:raw")) == [0])
      if self == .receiving { return host }
      if self == .failed {
        host.send([1, 2, 3], to: TestHost.raw, terminated: false)
        return host
      }
      #expect(try host.ask(.prepareBlock(handle: 0, byteCount: 3000)) == [0])
      if self == .block { return host }
      host.send(image.data, to: TestHost.raw, terminated: false)
      return host
    }

    /// The message types the table lists for the state.
    var accepted: Set<MkIIMessageType> {
      switch self {
      case .ready: [.ping, .get, .tell, .reboot]
      case .negotiated: [.ping, .get, .tell, .begin, .reboot]
      case .session: [.ping, .get, .tell, .begin, .imageHeader, .status, .waitCredit, .reboot]
      case .header: [.ping, .get, .tell, .begin, .imageHeader, .setSource, .status, .waitCredit, .reboot]
      case .receiving: Set(MkIIMessageType.allCases)
      case .block: [.status, .waitCredit]
      case .finishing: [.ping, .get, .tell, .status, .waitCredit, .reboot]
      // 06 answers its stored code and 08 answers 03; a BEGIN that would not end the state is refused too.
      case .failed: [.ping, .get, .tell, .status, .waitCredit, .reboot]
      }
    }
  }

  func request(_ type: MkIIMessageType) -> MkIIRequest {
    switch type {
    case .ping: .ping
    case .get: .get(item: "/device/product_code")
    case .tell: .tell(item: "/update/host_protocol_version", value: "2")
    case .begin: .begin
    case .imageHeader: .imageHeader(Self.image.header)
    case .setSource: .setSource(handle: 0, transport: "usb:raw")
    case .status: .status(handle: 0)
    case .prepareBlock: .prepareBlock(handle: 0, byteCount: 1000)
    case .waitCredit: .waitCredit(time: 0)
    case .reboot: .reboot(command: "reboot")
    }
  }

  @Test(arguments: Situation.allCases, MkIIMessageType.allCases)
  func `a state accepts what the table lists and answers 03 to the rest`(
    situation: Situation, type: MkIIMessageType
  ) throws {
    var host = try situation.host()
    let data = try host.ask(request(type))
    if situation.accepted.contains(type) {
      #expect(data.first != 3, "\(situation.rawValue) refuses \(type.name)")
    } else {
      #expect(data == [3], "\(situation.rawValue) accepts \(type.name)")
    }
  }

  @Test func `a closed device has no endpoint for messages`() throws {
    var host = try TestHost(opens: false)
    #expect(host.send(MkIIRequest.ping.message(transactionID: 0).bytes) == .noSuchEndpoint)
  }

  @Test func `BEGIN needs the version exchange only when that is required`() throws {
    var host = try TestHost(settings: [("require-negotiation", "no")])
    #expect(try host.ask(.begin) == [0])
  }

  @Test func `unknown handles are refused with 04`() throws {
    var host = try TestHost()
    try host.begin(Self.image)
    #expect(try host.ask(.status(handle: 7)) == [4])
    #expect(try host.ask(.setSource(handle: 7, transport: "usb:raw")) == [4])
    #expect(try host.ask(.prepareBlock(handle: 7, byteCount: 100)) == [4])
  }

  @Test func `a block beyond the image or the credit is refused with 04`() throws {
    var host = try TestHost(settings: [("window", "2000"), ("hold-back", "2000")])
    try host.begin(Self.image)
    #expect(try host.ask(.prepareBlock(handle: 0, byteCount: 2001)) == [4])
    #expect(try host.ask(.prepareBlock(handle: 0, byteCount: 3001)) == [4])
    #expect(try host.ask(.prepareBlock(handle: 0, byteCount: 0)) == [4])
    #expect(try host.ask(.prepareBlock(handle: 0, byteCount: 2000)) == [0])
  }

  @Test func `raw data that nobody announced are swallowed and fail the device with 01`() throws {
    var host = try TestHost()
    try host.begin(Self.image)
    #expect(host.send([1, 2, 3], to: TestHost.raw, terminated: false) == .taken)
    #expect(try host.ask(.status(handle: 0)) == [1])
  }

  @Test func `data beyond the announced block fail the device`() throws {
    var host = try TestHost()
    try host.begin(Self.image)
    #expect(try host.ask(.prepareBlock(handle: 0, byteCount: 100)) == [0])
    host.send([UInt8](repeating: 0, count: 101), to: TestHost.raw, terminated: false)
    #expect(try host.ask(.status(handle: 0)) == [1])
  }

  @Test func `a failed device takes BEGIN only when it is recoverable`() throws {
    for isRecoverable in [false, true] {
      var host = try TestHost(settings: [("recoverable", isRecoverable ? "yes" : "no")])
      try host.begin(Self.image)
      host.send([1], to: TestHost.raw, terminated: false)
      #expect(try host.ask(.begin) == [isRecoverable ? 0 : 3])
      #expect(try host.ask(.status(handle: 0)).count == (isRecoverable ? 21 : 1))
    }
  }

  @Test(arguments: Situation.allCases)
  func `alternate setting 0 closes the device in every state`(situation: Situation) throws {
    var host = try situation.host()
    _ = host.port.request(.setInterface(1, alternate: 0), at: host.now)
    #expect(host.send([0x1B]) == .noSuchEndpoint)
    host.open()
    #expect(try host.ask(.begin) == [3])
    try host.negotiate()
    #expect(try host.ask(.begin) == [0])
    #expect(try host.status() == MkIIStatusReply(state: 0, total: 0))
  }

  @Test func `a bus reset aborts an image and unconfigures the device`() throws {
    var host = try Situation.block.host()
    host.port.reset(at: host.now)
    #expect(host.send([0x1B]) == .noSuchEndpoint)
    host.configure()
    host.open()
    #expect(try host.ask(.status(handle: 0)) == [3])
  }

  @Test func `a finished image makes room for the next one`() throws {
    var host = try TestHost()
    try host.flash(Self.image)
    #expect(try host.status().state == 5)
    try host.announce(TestImage("mmc", byteCount: 512))
    try host.sendAll(TestImage("mmc", byteCount: 512))
    #expect(try host.status().state == 5)
    #expect(
      host.port.takeEvents() == [
        .imageComplete(type: "kernel", byteCount: 3000), .imageComplete(type: "mmc", byteCount: 512),
      ])
  }

  @Test func `handles count where that is asked for`() throws {
    var host = try TestHost(settings: [("handles", "counted")])
    try host.flash(Self.image)
    #expect(try host.ask(.begin) == [0])
    #expect(try host.ask(.imageHeader(Self.image.header)) == [0, 0, 0, 1, 0, 0, 2, 0, 0])
    #expect(try host.ask(.setSource(handle: 0, transport: "usb:raw")) == [4])
    #expect(try host.ask(.setSource(handle: 1, transport: "usb:raw")) == [0])
  }

  @Test func `the source must be the raw endpoint`() throws {
    var host = try TestHost(quirks: ["no-raw-interface"])
    try host.negotiate()
    #expect(try host.ask(.begin) == [0])
    #expect(try host.ask(.imageHeader(Self.image.header)).count == 9)
    #expect(try host.ask(.setSource(handle: 0, transport: "tcp:raw")) == [4])
    #expect(try host.ask(.setSource(handle: 0, transport: "usb:raw")) == [1])
  }
}
