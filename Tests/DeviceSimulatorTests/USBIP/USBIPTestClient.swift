import SystemPackage
import Testing
import USBWire
import WireFormat

/// A blocking USB/IP client for tests, to be used from a thread of its own.
final class USBIPTestClient {
  let stream: TCPClient
  private(set) var deviceID: UInt32
  private var sequence: UInt32 = 0
  /// Transfers whose data come back, by number.
  private var inputs: Set<UInt32> = []

  struct Reply: Equatable {
    var status: USBIPStatus
    var byteCount: Int
    var data: [UInt8]
  }

  /// A reply with what it answers.
  struct Answer: Equatable {
    var sequence: UInt32
    var reply: Reply
    var isUnlink: Bool
  }

  /// A device in a server's list.
  struct Listed {
    var record: USBIPDeviceRecord
    var interfaces: [USBIPDeviceRecord.Interface]
  }

  /// The answer to an import.
  struct Imported {
    var status: USBIPOperation.Status
    var record: USBIPDeviceRecord?
  }

  /// A connection whose import has been agreed upon.
  init(_ stream: TCPClient, deviceID: UInt32) {
    self.stream = stream
    self.deviceID = deviceID
  }

  /// Imports a device from a server.
  convenience init(port: UInt16, busID: String = "1-1") throws {
    let stream = try TCPClient(port: port)
    let answer = try Self.requestImport(busID, on: stream)
    let found = try #require(answer.record, "import of \(busID): \(answer.status)")
    self.init(stream, deviceID: found.deviceID)
  }

  static func requestImport(
    _ busID: String, on stream: TCPClient
  ) throws -> Imported {
    var bytes: [UInt8] = []
    USBIPOperation(.requestImport).serialize(into: &bytes)
    USBIPBusID(busID).serialize(into: &bytes)
    try stream.send(bytes)
    let head = try stream.receive(USBIPOperation.byteCount)
    let reply = try USBIPOperation(parsing: head.rawSpan)
    #expect(reply.code == .replyImport)
    guard reply.status == .done else { return Imported(status: reply.status) }
    let record = try stream.receive(USBIPDeviceRecord.byteCount)
    return Imported(status: .done, record: try USBIPDeviceRecord(parsing: record.rawSpan))
  }

  static func list(port: UInt16) throws -> [Listed] {
    let stream = try TCPClient(port: port)
    var bytes: [UInt8] = []
    USBIPOperation(.requestDeviceList).serialize(into: &bytes)
    try stream.send(bytes)
    let head = try stream.receive(USBIPOperation.byteCount + 4)
    #expect(try USBIPOperation(parsing: head.rawSpan) == USBIPOperation(.replyDeviceList))
    let count = Int(try head.rawSpan.load(bigEndian: UInt32.self, at: 8))
    var devices: [Listed] = []
    for _ in 0..<count {
      let bytes = try stream.receive(USBIPDeviceRecord.byteCount)
      let record = try USBIPDeviceRecord(parsing: bytes.rawSpan)
      let interfaces = try (0..<record.interfaceCount).map { _ in
        let bytes = try stream.receive(USBIPDeviceRecord.interfaceByteCount)
        return try USBIPDeviceRecord.Interface(parsing: bytes.rawSpan)
      }
      devices.append(Listed(record: record, interfaces: interfaces))
    }
    #expect(try stream.receive(1) == [], "the server closes after a list")
    return devices
  }

  // MARK: Commands

  /// Says that transfers made behind this client's back have data in their replies.
  func expectInputs(_ sequences: ClosedRange<UInt32>) { inputs.formUnion(sequences) }

  @discardableResult
  func submit(
    _ endpoint: EndpointAddress, _ byteCount: Int, data: [UInt8] = [], flags: USBIPTransferFlags = [],
    setup: SetupPacket? = nil
  ) throws -> UInt32 {
    sequence += 1
    var request = USBIPSubmit(
      sequence: sequence, deviceID: deviceID, endpoint: endpoint, byteCount: byteCount, flags: flags)
    if let setup { request.setup = setup }
    if endpoint.isInput { inputs.insert(sequence) }
    var bytes: [UInt8] = []
    request.serialize(into: &bytes)
    try stream.send(bytes + data)
    return sequence
  }

  @discardableResult
  func output(_ data: [UInt8], to endpoint: EndpointAddress, flags: USBIPTransferFlags = []) throws -> UInt32 {
    try submit(endpoint, data.count, data: data, flags: flags)
  }

  @discardableResult
  func unlink(_ target: UInt32) throws -> UInt32 {
    sequence += 1
    var bytes: [UInt8] = []
    USBIPUnlink(sequence: sequence, deviceID: deviceID, target: target).serialize(into: &bytes)
    try stream.send(bytes)
    return sequence
  }

  /// The next reply with the data behind it; `nil` when the server has closed.
  func next() throws -> Answer? {
    let head = try stream.receive(USBIPReply.byteCount)
    guard head.count == USBIPReply.byteCount else { return nil }
    switch try USBIPReply(parsing: head.rawSpan) {
    case .submit(let sequence, let status, let byteCount):
      let data = inputs.remove(sequence) != nil ? try stream.receive(byteCount) : []
      return Answer(sequence: sequence, reply: Reply(status: status, byteCount: byteCount, data: data), isUnlink: false)
    case .unlink(let sequence, let status):
      return Answer(sequence: sequence, reply: Reply(status: status, byteCount: 0, data: []), isUnlink: true)
    }
  }

  /// The reply to one command, which has to be the next.
  @discardableResult
  func reply(to expected: UInt32) throws -> Reply {
    let answer = try #require(try next())
    #expect(answer.sequence == expected)
    return answer.reply
  }

  /// Makes a control request and returns its reply.
  @discardableResult
  func control(_ setup: SetupPacket, data: [UInt8] = []) throws -> Reply {
    let endpoint = setup.isInput ? EndpointAddress.input(0) : .output(0)
    return try reply(to: try submit(endpoint, Int(setup.length), data: data, setup: setup))
  }

  @discardableResult
  func order(_ order: BenchDevice.Order, value: Int = 0, index: Int = 0) throws -> Reply {
    try control(BenchDevice.order(order, value: value, index: index))
  }
}
