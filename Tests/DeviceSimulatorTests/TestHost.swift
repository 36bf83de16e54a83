import DeviceSimulator
import MkII
import Testing
import USBWire
import WireFormat

/// A host with a device of its own and a clock in its hand: no links, no waiting.
struct TestHost {
  var port: SimulatedPort
  var now = Duration.zero
  var transaction: UInt8 = 0

  static let messageOut = EndpointAddress.output(1)
  static let messageIn = EndpointAddress.input(1)
  static let raw = EndpointAddress.output(2)

  /// The device, configured as a kernel does it. With `opens`, in alternate setting 1.
  init(
    model: String = "rx51", quirks: [String] = [], settings: [(key: String, value: String)] = [],
    faults: [String] = [], storage: String? = nil, opens: Bool = true
  ) throws {
    let configuration = try SimulatorConfiguration(
      model: model, storage: storage, quirks: quirks, settings: settings, faults: faults)
    port = try SimulatorRegistry.makePort(for: configuration, serving: .inProcess)
    configure()
    if opens { open() }
  }

  /// The loopback device, configured.
  static func loopback(
    _ settings: [(key: String, value: String)] = [], faults: [String] = []
  ) throws -> TestHost {
    try TestHost(model: "loopback", settings: settings, faults: faults, opens: false)
  }

  mutating func configure() {
    _ = port.request(SetupPacket(requestType: 0, request: 9, value: 1, index: 0, length: 0), at: now)
  }

  mutating func open() {
    _ = port.request(.setInterface(1, alternate: 1), at: now)
  }

  mutating func pass(_ duration: Duration) {
    now += duration
    port.advance(to: now)
  }

  @discardableResult
  mutating func send(
    _ bytes: [UInt8], to endpoint: EndpointAddress = messageOut, terminated: Bool = true
  ) -> OutputOutcome {
    var transfer = OutputTransfer(to: endpoint, byteCount: bytes.count, isTerminated: terminated)
    return port.send(bytes.rawSpan, of: &transfer, at: now)
  }

  mutating func receive(
    atMost count: Int = 65541 + 507, from endpoint: EndpointAddress = messageIn
  ) -> InputOutcome {
    port.receive(atMost: count, from: endpoint, at: now)
  }

  /// A control request with its data stage.
  mutating func control(_ setup: SetupPacket, data: [UInt8] = []) -> ControlOutcome {
    var transfer = ControlTransfer(setup)
    return port.control(&transfer, data: data.rawSpan, at: now)
  }

  /// All the device has to say now, transfer by transfer.
  mutating func replies() -> [[UInt8]] {
    var replies: [[UInt8]] = []
    while case .data(let bytes, _) = receive() { replies.append(bytes) }
    return replies
  }

  /// Sends a datagram given in hexadecimal and returns the replies in the same form.
  mutating func exchange(hex: String) throws -> [String] {
    send(try #require(Hex.bytes(hex)))
    return replies().map { Hex.string($0, separator: " ") }
  }

  /// Makes a request and returns the data of the one reply, having checked its address and ids.
  mutating func ask(_ request: MkIIRequest) throws -> [UInt8] {
    let id = transaction
    transaction &+= 1
    send(request.message(transactionID: id).bytes)
    let replies = replies()
    try #require(replies.count == 1, "\(request): \(replies)")
    let bytes = replies[0]
    let reply = try MkIIMessage(parsing: bytes.rawSpan, as: .reply)
    #expect(reply.transactionID == id)
    #expect(reply.messageID == request.type.replyID)
    return reply.data
  }

  mutating func status(layout: MkIIReplyLayout = .l0) throws -> MkIIStatusReply {
    let data = try ask(.status(handle: 0))
    return try MkIIStatusReply(parsing: data.rawSpan, layout: layout)
  }

  /// The credit the device gives at once, or after the time asked for.
  mutating func credit(after limit: Duration = .zero, layout: MkIIReplyLayout = .l0) throws -> UInt32 {
    send(MkIIRequest.waitCredit(time: 100).message(transactionID: transaction).bytes)
    transaction &+= 1
    pass(limit)
    let replies = replies()
    try #require(replies.count == 1)
    let bytes = replies[0]
    let data = try MkIIMessage(parsing: bytes.rawSpan, as: .reply).data
    return try MkIICreditReply(parsing: data.rawSpan, layout: layout).credit(for: 0)
  }

  // MARK: Ways into states

  mutating func negotiate() throws {
    #expect(try ask(.tell(item: "/update/host_protocol_version", value: "2")) == [0])
  }

  /// Up to a source that is set: RECEIVING.
  mutating func begin(_ image: TestImage) throws {
    try negotiate()
    try announce(image)
  }

  mutating func announce(_ image: TestImage) throws {
    #expect(try ask(.begin) == [0])
    #expect(try ask(.imageHeader(image.header)).count == 9)
    #expect(try ask(.setSource(handle: 0, transport: "usb:raw")) == [0])
  }

  /// One announced block, sent in one transfer.
  mutating func sendBlock(_ bytes: [UInt8]) throws {
    #expect(try ask(.prepareBlock(handle: 0, byteCount: UInt32(bytes.count))) == [0])
    #expect(send(bytes, to: Self.raw, terminated: false) == .taken)
  }

  /// Everything, in blocks of at most 1 MiB.
  mutating func flash(_ image: TestImage) throws {
    try begin(image)
    try sendAll(image)
  }

  mutating func sendAll(_ image: TestImage) throws {
    var offset = 0
    while offset < image.data.count {
      let end = min(image.data.count, offset + 1 << 20)
      try sendBlock(Array(image.data[offset..<end]))
      offset = end
    }
  }
}
