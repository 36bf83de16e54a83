import DeviceSimulator
import FlashImages
import MkII
import Testing
import USBWire
import WireFormat

/// Datagrams, items and headers as the device sees them.
@Suite struct `Requests to the update service` {
  @Test(arguments: [
    "1B", "1B 00 10 88 00 04 00", "1B 00 10 88 00 01 00 00 00 00", "1B 00 10 88 00 09 00 00 00 01 2F 61",
    "1A 00 10 88 00 04 00 00 00 00", "1B 00 10 88 00 02 00 00",
  ])
  func `ill-formed datagrams are dropped without a reply`(hex: String) throws {
    var host = try TestHost()
    #expect(try host.exchange(hex: hex) == [])
    #expect(try host.ask(.ping) == [])
  }

  @Test func `bytes after the advertised length are ignored`() throws {
    var host = try TestHost()
    #expect(try host.exchange(hex: `Test vectors of Mk II`.ping + "FF FF") == ["1B 10 00 88 00 04 00 00 00 20"])
  }

  @Test func `another resource is answered by the Phonet layer`() throws {
    var host = try TestHost()
    #expect(
      try host.exchange(hex: "1B 00 10 15 00 04 00 00 09 33") == [
        "1B 10 00 15 00 0A 00 00 09 F0 14 33 00 00 00 00", "1B 10 00 10 00 06 00 00 00 10 00 00",
      ])
  }

  @Test func `an unknown type is answered as the knob says`() throws {
    let request = "1B 00 10 88 00 04 00 00 05 09"
    var host = try TestHost()
    #expect(try host.exchange(hex: request) == ["1B 10 00 88 00 05 00 00 05 29 01"])
    host = try TestHost(settings: [("unknown-type", "phonet")])
    #expect(try host.exchange(hex: request).first == "1B 10 00 88 00 0A 00 00 05 F0 14 09 00 00 00 00")
    host = try TestHost(settings: [("unknown-type", "silence")])
    #expect(try host.exchange(hex: request) == [])
  }

  @Test func `items that do not exist are answered with 02`() throws {
    var host = try TestHost()
    #expect(try host.ask(.get(item: "/device/colour")) == [2])
    #expect(try host.ask(.get(item: "")) == [2])
    #expect(try host.ask(.tell(item: "/device/product_code", value: "RX-99")) == [2])
    #expect(try host.ask(.get(item: "/update/host_protocol_version")) == [2])
  }

  @Test func `extra items can be read and told`() throws {
    var host = try TestHost(settings: [("extra-items", "/a/b=1+/c=")])
    #expect(try host.ask(.get(item: "/a/b")) == [0, 0x31])
    #expect(try host.ask(.get(item: "/c")) == [0])
    #expect(try host.ask(.tell(item: "/a/b", value: "23")) == [0])
    #expect(try host.ask(.get(item: "/a/b")) == [0, 0x32, 0x33])
  }

  @Test func `malformed requests are answered with 04`() throws {
    var host = try TestHost()
    // TELL without a NUL, REBOOT without a NUL, WAIT_CREDIT of three bytes.
    #expect(try host.exchange(hex: "1B 00 10 88 00 06 00 00 00 02 2F 61") == ["1B 10 00 88 00 05 00 00 00 22 04"])
    #expect(
      try host.exchange(hex: "1B 00 10 88 00 0A 00 00 00 0C 72 65 62 6F 6F 74") == ["1B 10 00 88 00 05 00 00 00 2C 04"])
    #expect(try host.ask(.reboot(command: "reboot=nolo")) == [4])
    try host.negotiate()
    #expect(try host.ask(.begin) == [0])
    #expect(try host.exchange(hex: "1B 00 10 88 00 07 00 00 00 0B 00 00 64") == ["1B 10 00 88 00 05 00 00 00 2B 04"])
    #expect(try host.exchange(hex: "1B 00 10 88 00 06 00 00 00 06 00 00") == ["1B 10 00 88 00 05 00 00 00 26 04"])
  }

  @Test func `all three forms of an image header are accepted`() throws {
    let image = TestImage(more: [.version("1.0")])
    for header in [image.header, image.headerBlocks, image.headerOfFile] {
      var host = try TestHost()
      try host.negotiate()
      #expect(try host.ask(.begin) == [0])
      #expect(try host.ask(.imageHeader(header)) == [0, 0, 0, 0, 0, 0, 2, 0, 0])
    }
  }

  @Test func `a damaged image header is refused with 04`() throws {
    let image = TestImage()
    var wrongChecksum = image.headerOfFile
    wrongChecksum[wrongChecksum.count - 1] ^= 1
    var wrongCount = image.headerOfFile
    wrongCount[1] = 2
    wrongCount[wrongCount.count - 1] = 0
    let headers = [
      [], [0], [0x54], [0x54, 1, 0], Array(image.headerBlocks.dropLast()), wrongChecksum, wrongCount,
      TestImage("kernel", data: []).header, [0x31, 2, 0x31, 0, 0],
    ]
    for header in headers {
      var host = try TestHost()
      try host.negotiate()
      #expect(try host.ask(.begin) == [0])
      #expect(try host.ask(.imageHeader(header)) == [4], "\(Hex.string(header))")
    }
  }

  @Test func `an image type that is not listed is refused with 05`() throws {
    var host = try TestHost()
    try host.negotiate()
    #expect(try host.ask(.begin) == [0])
    for type in ["rootfs", "../../etc/x", "", "mmc\0mmc"] where type != "mmc\0mmc" {
      #expect(try host.ask(.imageHeader(TestImage(type).header)) == [5])
    }
  }

  @Test func `an image for another device or revision is refused with 0A`() throws {
    func answer(_ entries: [(String, [String])]) throws -> UInt8? {
      var host = try TestHost()
      try host.negotiate()
      _ = try host.ask(.begin)
      let image = TestImage(more: entries.map { .device(.init(device: $0.0, revisions: $0.1)) })
      return try host.ask(.imageHeader(image.header)).first
    }
    #expect(try answer([]) == 0)
    #expect(try answer([("RX-51", [])]) == 0)
    #expect(try answer([("RX-51", ["2101", "2204"])]) == 0)
    #expect(try answer([("RX-51", ["2204"])]) == 0x0A)
    #expect(try answer([("RX-44", ["2101"])]) == 0x0A)
    #expect(try answer([("RX-44", []), ("RX-51", ["2101"])]) == 0)
  }

  @Test func `more messages than the device queues wait at the endpoint`() throws {
    var host = try TestHost(quirks: ["slow-first-ping:1000"])
    let ping = MkIIRequest.ping.message(transactionID: 0).bytes
    for _ in 0..<9 { #expect(host.send(ping) == .taken) }
    #expect(host.send(ping) == .busy(byteCount: 0))
    #expect(host.replies() == [])
    host.pass(.seconds(1))
    #expect(host.replies().count == 9)
  }

  @Test func `a message of whole packets ends only with a zero-length packet`() throws {
    var host = try TestHost()
    let item = "/" + String(repeating: "x", count: 501)
    let request = MkIIRequest.get(item: item).message(transactionID: 3).bytes
    #expect(request.count == 512)
    host.send(request, terminated: false)
    #expect(host.replies() == [])
    host.send([], terminated: false)
    #expect(host.replies().map { Hex.string($0) } == ["1B100088000500000321" + "02"])
  }
}
