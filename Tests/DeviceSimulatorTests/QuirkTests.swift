import DeviceSimulator
import MkII
import Testing
import USBWire
import WireFormat

/// Every switch of `docs/protocols/mkii.md` 14.3.
@Suite struct `Quirks of the RX-51` {
  let ping = MkIIRequest.ping.message(transactionID: 0).bytes
  let pong = "1B100088000400000020"

  @Test func `the first ping can be slow, the next ones are not`() throws {
    var host = try TestHost(quirks: ["slow-first-ping:300"])
    host.send(ping)
    #expect(host.replies() == [])
    #expect(host.port.nextWake == .milliseconds(300))
    host.pass(.milliseconds(300))
    #expect(host.replies().map { Hex.string($0) } == [pong])
    #expect(try host.ask(.ping) == [])
  }

  @Test func `the n-th reply can be lost, doubled, split, or misnumbered`() throws {
    func secondReply(_ quirk: String) throws -> [String] {
      var host = try TestHost(quirks: [quirk + ":2"])
      _ = try host.ask(.ping)
      host.send(ping)
      let replies = host.replies().map { Hex.string($0) }
      _ = try host.ask(.ping)
      return replies
    }
    #expect(try secondReply("drop-reply") == [])
    #expect(try secondReply("duplicate-reply") == [pong, pong])
    #expect(try secondReply("split-reply") == ["1B10008800", "0400000020"])
    #expect(try secondReply("wrong-transaction-id") == ["1B100088000400005520"])
  }

  @Test func `values can end with a NUL`() throws {
    var host = try TestHost(quirks: ["nul-in-values"])
    #expect(try host.ask(.get(item: "/update/protocol_version")) == [0, 0x32, 0])
  }

  @Test func `a reply of 512 bytes is ended by a zero-length packet`() throws {
    var host = try TestHost(quirks: ["reply-512"])
    host.send(MkIIRequest.get(item: "/update/supported_images").message(transactionID: 0).bytes)
    guard case .data(let bytes, let isEnd) = host.receive(atMost: 512) else {
      Issue.record("no reply")
      return
    }
    #expect(bytes.count == 512)
    #expect(!isEnd)
    #expect(host.receive(atMost: 512) == .data([], isEnd: true))
    let list = String(decoding: bytes[11...], as: UTF8.self)
    #expect(list.hasPrefix("xloader,secondary,kernel,mmc,cmt-2nd,cmt-algo,cmt-mcusw,"))
  }

  @Test func `a reply can be longer than hosts expect`() throws {
    var host = try TestHost(quirks: ["oversize-reply"])
    #expect(try host.ask(.get(item: "/update/supported_images")).count == 2990)
  }

  @Test func `credit can freeze when 32 MiB have come of a longer image`() throws {
    var host = try TestHost(quirks: ["frozen-credit"])
    let block = [UInt8](repeating: 0, count: 1 << 20)
    try host.begin(TestImage("mmc", data: [UInt8](repeating: 0, count: 33 << 20)))
    for _ in 0..<32 { try host.sendBlock(block) }
    #expect(try host.credit(after: .milliseconds(100)) == 0)
    host.pass(.seconds(3600))
    #expect(try host.credit(after: .milliseconds(100)) == 0)
    #expect(try host.status().state == 3)
  }

  @Test func `credit can be missing for a number of polls`() throws {
    var host = try TestHost(quirks: ["zero-credit:2"])
    try host.begin(TestImage())
    #expect(try host.credit(after: .milliseconds(100)) == 0)
    #expect(try host.credit(after: .milliseconds(100)) == 0)
    #expect(try host.credit() == 0x0200_0000)
  }

  @Test func `an image can fail at a byte, once`() throws {
    var host = try TestHost(quirks: ["fail-at-byte:1000"], settings: [("recoverable", "yes")])
    try host.flash(TestImage(byteCount: 3000))
    #expect(try host.ask(.status(handle: 0)) == [1])
    try host.announce(TestImage(byteCount: 3000))
    try host.sendAll(TestImage(byteCount: 3000))
    #expect(try host.status().state == 5)
  }

  @Test func `an image can be refused when it is complete`() throws {
    var host = try TestHost(quirks: ["security-failure"])
    try host.flash(TestImage())
    #expect(try host.ask(.status(handle: 0)) == [0x0A])
  }

  @Test func `the raw endpoint can stop taking data`() throws {
    var host = try TestHost(quirks: ["nak-at-byte:1000"])
    let image = TestImage(byteCount: 3000)
    try host.begin(image)
    #expect(try host.ask(.prepareBlock(handle: 0, byteCount: 3000)) == [0])
    #expect(host.send(image.data, to: TestHost.raw, terminated: false) == .busy(byteCount: 1000))
    host.pass(.seconds(60))
    #expect(host.send(Array(image.data[1000...]), to: TestHost.raw, terminated: false) == .busy(byteCount: 0))
    #expect(try host.status().state == 1)
  }

  @Test func `the device can leave in the middle of the data`() throws {
    var host = try TestHost(quirks: ["disconnect-at-byte:1000"], settings: [("next-mode", "update")])
    let image = TestImage(byteCount: 3000)
    try host.begin(image)
    #expect(try host.ask(.prepareBlock(handle: 0, byteCount: 3000)) == [0])
    host.send(image.data, to: TestHost.raw, terminated: false)
    #expect(!host.port.isAttached)
    #expect(host.receive() == .disconnected)
    host.pass(.milliseconds(100))
    #expect(host.port.isAttached)
    host.configure()
    host.open()
    try host.flash(image)
    #expect(try host.status().state == 5)
  }

  @Test func `the total can stay unknown`() throws {
    var host = try TestHost(quirks: ["total-unknown"])
    try host.flash(TestImage())
    #expect(try host.status().total == 0)
  }

  @Test func `states can have numbers nobody knows`() throws {
    var host = try TestHost(quirks: ["unknown-states"], settings: [("hold-back", "2000")])
    let image = TestImage(byteCount: 3000)
    try host.begin(image)
    #expect(try host.status().state == 1)
    try host.sendBlock(Array(image.data[..<1000]))
    #expect(try host.status().state == 7)
    try host.sendBlock(Array(image.data[1000...]))
    #expect(try host.status().state == 8)
  }

  @Test func `the second BEGIN of a connection can be refused, the header still works`() throws {
    var host = try TestHost(quirks: ["refuse-second-begin"])
    let image = TestImage()
    try host.flash(image)
    #expect(try host.ask(.begin) == [3])
    #expect(try host.ask(.imageHeader(image.header)).count == 9)
    #expect(try host.ask(.setSource(handle: 0, transport: "usb:raw")) == [0])
    try host.sendAll(image)
    #expect(try host.status().state == 5)
  }

  @Test func `a failure can outlast the connection, and ends with a reboot`() throws {
    var host = try TestHost(quirks: ["failure-sticks"])
    try host.begin(TestImage())
    #expect(try host.ask(.prepareBlock(handle: 0, byteCount: 100)) == [0])
    _ = host.port.request(.setInterface(1, alternate: 0), at: host.now)
    host.open()
    try host.negotiate()
    #expect(try host.ask(.begin) == [3])
    #expect(try host.ask(.reboot(command: "reboot=update")) == [0])
    host.pass(.milliseconds(100))
    host.configure()
    host.open()
    try host.negotiate()
    #expect(try host.ask(.begin) == [0])
  }

  @Test func `a reboot leads where the knob says`() throws {
    var host = try TestHost(settings: [("next-mode", "pc-suite"), ("reboot-delay", "5000")])
    #expect(try host.ask(.reboot(command: "reboot")) == [0])
    #expect(host.port.takeEvents() == [.left(returnAfter: .seconds(5))])
    host.pass(.seconds(5))
    #expect(host.port.takeEvents() == [.returned])
    #expect(host.port.identity?.strings[4] == "PC-Suite Configuration")
  }

  @Test func `a device leaves even if nobody reads its last reply`() throws {
    var host = try TestHost()
    host.send(MkIIRequest.reboot(command: "reboot").message(transactionID: 0).bytes)
    #expect(host.port.isAttached)
    host.pass(.milliseconds(250))
    #expect(!host.port.isAttached)
  }
}
