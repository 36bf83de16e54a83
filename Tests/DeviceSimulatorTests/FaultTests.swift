import DeviceSimulator
import MkII
import Synchronization
import Testing
import USBWire
import WireFormat

@Suite struct `Faults` {
  static let ping = MkIIRequest.ping.message(transactionID: 0).bytes
  static let pong = "1B100088000400000020"

  @Test func `a fault is written KIND@N or KIND@byte:X`() throws {
    func parse(_ text: String) throws -> (Fault.Kind, Fault.Trigger) {
      let fault = try Fault(parsing: text)
      return (fault.kind, fault.trigger)
    }
    #expect(try parse("drop@1") == (.drop, .transfer(1)))
    #expect(try parse("corrupt@byte:0") == (.corrupt, .byte(0)))
    #expect(try parse("delay=250@7") == (.delay(.milliseconds(250)), .transfer(7)))
    #expect(try parse("stall@byte:0x100000") == (.stall, .byte(0x10_0000)))
    #expect(try parse("disconnect@byte:1M") == (.disconnect, .byte(1 << 20)))
  }

  @Test(arguments: [
    ("drop", SimulatorError.FaultPart.trigger), ("", .trigger), ("drop@", .trigger), ("drop@0", .trigger),
    ("drop@-1", .trigger), ("drop@99999999999999999999", .trigger), ("explode@1", .kind), ("delay@1", .kind),
    ("delay=@1", .milliseconds), ("delay=x@1", .milliseconds), ("drop@byte:", .byte), ("drop@byte:x", .byte),
    ("drop@byte:99999999999G", .byte),
  ])
  func `a fault that makes no sense is refused with its text`(text: String, part: SimulatorError.FaultPart) {
    #expect(throws: SimulatorError.badFault(text: text, part: part)) { try Fault(parsing: text) }
  }

  @Test func `a dropped request never reaches the device`() throws {
    var host = try TestHost(faults: ["drop@1"])
    #expect(host.send(Self.ping) == .taken)
    #expect(host.replies() == [])
    #expect(try host.ask(.ping) == [])
  }

  @Test func `a dropped reply never reaches the host`() throws {
    var host = try TestHost(faults: ["drop@2"])
    host.send(Self.ping)
    #expect(host.replies() == [])
    #expect(host.port.takeEvents() == [.fault("drop@2")])
    #expect(try host.ask(.ping) == [])
  }

  @Test func `a corrupted reply has its middle byte inverted`() throws {
    var host = try TestHost(faults: ["corrupt@2"])
    host.send(Self.ping)
    #expect(host.replies().map { Hex.string($0) } == ["1B10008800FB00000020"])
  }

  @Test func `a corrupted request is dropped by the Phonet layer`() throws {
    var host = try TestHost(faults: ["corrupt@byte:0"])
    host.send(Self.ping)
    #expect(host.replies() == [])
  }

  @Test func `a corrupted byte of the data fails the checksum`() throws {
    for data in [[UInt8](repeating: 0, count: 3000), TestImage().data] {
      var host = try TestHost(faults: ["corrupt@byte:1000"])
      try host.flash(TestImage("kernel", data: data))
      #expect(try host.ask(.status(handle: 0)) == [0x0A])
    }
  }

  @Test func `bytes are counted over both directions`() throws {
    // Ten bytes of the first request, ten of its reply, then the second request.
    var host = try TestHost(faults: ["corrupt@byte:19", "drop@byte:20"])
    host.send(Self.ping)
    #expect(host.replies().map { Hex.string($0) } == ["1B1000880004000000DF"])
    host.send(Self.ping)
    #expect(host.replies() == [])
    #expect(host.port.transferCount == 3)
  }

  @Test func `a delayed transfer goes on after its time`() throws {
    var host = try TestHost(faults: ["delay=50@1", "delay=30@2"])
    var transfer = OutputTransfer(to: TestHost.messageOut, byteCount: 10, isTerminated: true)
    #expect(host.port.send(Self.ping.rawSpan, of: &transfer, at: host.now) == .busy(byteCount: 0))
    #expect(host.port.nextWake == .milliseconds(50))
    host.pass(.milliseconds(50))
    #expect(host.port.send(Self.ping.rawSpan, of: &transfer, at: host.now) == .taken)
    #expect(transfer.isComplete)
    #expect(host.receive() == .busy)
    #expect(host.port.nextWake == .milliseconds(80))
    host.pass(.milliseconds(30))
    #expect(host.replies().map { Hex.string($0) } == [Self.pong])
  }

  @Test func `a delayed last reply arrives before the device leaves`() throws {
    var host = try TestHost(faults: ["delay=1000@2"])
    host.send(MkIIRequest.reboot(command: "reboot").message(transactionID: 0).bytes)
    #expect(host.receive() == .busy)
    host.pass(.seconds(1))
    #expect(host.replies().count == 1)
    #expect(!host.port.isAttached)
  }

  @Test func `a stall lasts until it is cleared, and loses no reply`() throws {
    var host = try TestHost(faults: ["stall@1", "stall@3"])
    #expect(host.send(Self.ping) == .stalled)
    #expect(host.send(Self.ping) == .stalled)
    _ = host.port.request(.clearHalt(TestHost.messageOut), at: host.now)
    #expect(host.send(Self.ping) == .taken)
    #expect(host.receive() == .stalled)
    #expect(host.receive() == .stalled)
    _ = host.port.request(.clearHalt(TestHost.messageIn), at: host.now)
    #expect(host.replies().map { Hex.string($0) } == [Self.pong])
  }

  @Test func `a pulled cable is back after a second, and the image it carried is gone`() throws {
    var host = try TestHost(faults: ["disconnect@byte:300"])
    let image = TestImage()
    try host.begin(image)
    #expect(try host.ask(.prepareBlock(handle: 0, byteCount: 3000)) == [0])
    #expect(host.send(image.data, to: TestHost.raw, terminated: false) == .disconnected)
    #expect(host.receive() == .disconnected)
    #expect(host.port.takeEvents() == [.fault("disconnect@byte:300"), .left(returnAfter: .seconds(1))])
    host.pass(.seconds(1))
    host.configure()
    host.open()
    #expect(try host.ask(.status(handle: 0)) == [3])
    try host.flash(image)
    #expect(try host.status().state == 5)
  }

  @Test func `every transfer of a session can be struck by every fault without a trap`() throws {
    for kind in ["drop", "corrupt", "delay=10", "stall", "disconnect"] {
      for number in 1...18 {
        var host = try TestHost(faults: ["\(kind)@\(number)"])
        let image = TestImage(byteCount: 1000)
        let requests: [MkIIRequest] = [
          .ping, .tell(item: "/update/host_protocol_version", value: "2"), .begin, .imageHeader(image.header),
          .setSource(handle: 0, transport: "usb:raw"), .prepareBlock(handle: 0, byteCount: 1000),
        ]
        for (id, request) in requests.enumerated() {
          host.send(request.message(transactionID: UInt8(id)).bytes)
          host.pass(.milliseconds(1))
          _ = host.replies()
        }
        host.send(image.data, to: TestHost.raw, terminated: false)
        host.pass(.seconds(2))
        #expect(host.port.isAttached)
      }
    }
  }

  @Test func `standard requests and empty transfers are not counted`() throws {
    var host = try TestHost(faults: ["drop@1"])
    _ = host.port.request(.getDescriptor(.device, index: 0, length: 18), at: host.now)
    host.send([], terminated: false)
    #expect(host.port.transferCount == 0)
    host.send(Self.ping)
    #expect(host.replies() == [])
    #expect(host.port.transferCount == 1)
  }

  @Test func `the recorder sees every transfer with its fault`() throws {
    let records = Recorder()
    var host = try TestHost(faults: ["stall@2"])
    host.port.recorder = { records.add($0) }
    host.send(Self.ping)
    _ = host.receive()
    _ = host.port.request(.clearHalt(TestHost.messageIn), at: host.now)
    let seen = records.all
    #expect(seen.map(\.number) == [1, 2, nil])
    #expect(seen.map(\.endpoint) == [TestHost.messageOut, TestHost.messageIn, .zero])
    #expect(seen.map(\.outcome) == [.done, .stalled, .done])
    #expect(seen.map(\.fault) == [nil, "stall@2", nil])
    #expect(seen.map(\.byteCount) == [10, 10, 0])
  }

  final class Recorder: Sendable {
    private let records = Mutex<[TransferRecord]>([])
    var all: [TransferRecord] { records.withLock { $0 } }
    func add(_ record: TransferRecord) { records.withLock { $0.append(record) } }
  }
}
