import DeviceSimulator
import MkII
import Testing
import WireFormat

/// The progress model of `docs/protocols/mkii.md` 14.1.
@Suite struct `Progress of an image` {
  static let mebibyte = 1 << 20

  @Test func `credit shrinks by what is buffered and grows as it is consumed`() throws {
    var host = try TestHost(settings: [("window", "4M"), ("consume-rate", "1M")])
    let image = TestImage("mmc", byteCount: 3 * Self.mebibyte)
    try host.begin(image)
    #expect(try host.credit() == 4 << 20)
    try host.sendBlock(Array(image.data[..<Self.mebibyte]))
    try host.sendBlock(Array(image.data[Self.mebibyte..<2 * Self.mebibyte]))
    #expect(try host.credit() == 2 << 20)
    host.pass(.seconds(1))
    #expect(try host.credit() == 3 << 20)
    let status = try host.status()
    #expect(status == MkIIStatusReply(state: 3, percent: 33, word8: 1 << 20, word12: 1048, total: 3 << 20))
    host.pass(.seconds(9))
    #expect(try host.credit() == 4 << 20)
  }

  @Test func `init lasts its time, with a percentage, and consumes nothing`() throws {
    var host = try TestHost(settings: [("init-ms", "1000")])
    let image = TestImage(byteCount: 4096)
    try host.begin(image)
    #expect(try host.status() == MkIIStatusReply(state: 1, total: 0))
    try host.sendBlock(Array(image.data[..<2048]))
    host.pass(.milliseconds(250))
    #expect(try host.status() == MkIIStatusReply(state: 2, percent: 25, total: 4096))
    #expect(try host.credit() == 0x0200_0000 - 2048)
    host.pass(.milliseconds(750))
    #expect(try host.status().state == 3)
    #expect(try host.credit() == 0x0200_0000)
  }

  @Test func `finishing lasts its time, and only then the image is finished`() throws {
    var host = try TestHost(settings: [("finish-ms", "1000")])
    try host.flash(TestImage(byteCount: 4096))
    #expect(try host.status() == MkIIStatusReply(state: 4, word8: 4096, total: 4096))
    host.pass(.milliseconds(750))
    #expect(try host.status().percent == 75)
    #expect(host.port.takeEvents() == [])
    host.pass(.milliseconds(250))
    #expect(try host.status() == MkIIStatusReply(state: 5, percent: 100, word8: 4096, total: 4096))
    #expect(host.port.takeEvents() == [.imageComplete(type: "kernel", byteCount: 4096)])
  }

  @Test func `consumption waits until enough is buffered, or everything`() throws {
    for (byteCount, second) in [(4096, 0x0200_0000 - 2048), (2048, 0x0200_0000)] {
      var host = try TestHost(settings: [("hold-back", "3000")])
      let image = TestImage(byteCount: byteCount)
      try host.begin(image)
      try host.sendBlock(Array(image.data[..<2048]))
      #expect(try host.credit(after: .milliseconds(100)) == second)
    }
  }

  @Test func `a poll with a full buffer is answered as soon as there is room`() throws {
    var host = try TestHost(settings: [("window", "2048"), ("consume-rate", "10240")])
    let image = TestImage(byteCount: 4096)
    try host.begin(image)
    try host.sendBlock(Array(image.data[..<2048]))
    host.send(MkIIRequest.waitCredit(time: 100).message(transactionID: 9).bytes)
    #expect(host.replies() == [])
    let wake = try #require(host.port.nextWake)
    #expect(wake < .milliseconds(10))
    host.pass(wake)
    #expect(host.replies().count == 1)
  }

  @Test func `a poll without credit is answered with none after the time it gave`() throws {
    var host = try TestHost(settings: [("window", "2048"), ("hold-back", "4096"), ("init-ms", "5000")])
    let image = TestImage(byteCount: 4096)
    try host.begin(image)
    try host.sendBlock(Array(image.data[..<2048]))
    host.send(MkIIRequest.waitCredit(time: 100).message(transactionID: 0x42).bytes)
    host.pass(.milliseconds(99))
    #expect(host.replies() == [])
    host.pass(.milliseconds(1))
    let expected = "1B100088001100004 2 2B".filter { $0 != " " } + "00000000" + "00000000" + "00000000" + "00"
    #expect(host.replies().map { Hex.string($0) } == [expected])
  }

  @Test func `after the last block polls last as long as they ask, and tell the credit`() throws {
    var host = try TestHost(settings: [("finish-ms", "1000")])
    try host.flash(TestImage(byteCount: 4096))
    host.send(MkIIRequest.waitCredit(time: 100).message(transactionID: 1).bytes)
    #expect(host.replies() == [])
    host.pass(.milliseconds(100))
    #expect(host.replies().count == 1)
    #expect(try host.credit(after: .milliseconds(100)) == 0x0200_0000)
  }

  @Test func `status polls are answered while a block is on its way`() throws {
    var host = try TestHost()
    let image = TestImage(byteCount: 4096)
    try host.begin(image)
    #expect(try host.ask(.prepareBlock(handle: 0, byteCount: 4096)) == [0])
    host.send(Array(image.data[..<1024]), to: TestHost.raw, terminated: false)
    #expect(try host.status() == MkIIStatusReply(state: 1, total: 0))
    host.send(Array(image.data[1024...]), to: TestHost.raw, terminated: false)
    #expect(try host.status().state == 5)
  }

  @Test func `a wrong checksum fails the image with 0A`() throws {
    var host = try TestHost()
    try host.flash(TestImage(byteCount: 4096, hash: 0x1234))
    #expect(try host.ask(.status(handle: 0)) == [0x0A])
    #expect(host.port.takeEvents() == [])
  }
}
