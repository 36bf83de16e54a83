import DeviceSimulator
import MkII
import Testing
import WireFormat

/// The device's side of `docs/protocols/mkii.md` 13, byte for byte.
@Suite struct `Test vectors of Mk II` {
  static let header = """
    1B 00 10 88 00 74 00 00 08 04 2E 19 01 01 00 BE EF 6D 6D 63 00 00 00 00 00 00 00 00 00 0F 9F 2C
    00 00 00 00 00 32 10 52 58 2D 35 31 00 00 00 00 00 00 00 00 00 00 00 31 22 52 58 2D 35 31 5F 32
    30 30 39 53 45 5F 31 30 2E 32 30 31 30 2E 31 33 2D 32 2E 56 41 4E 49 4C 4C 41 00 33 1C 6D 6D 63
    20 7B 0A 09 6E 61 6D 65 20 3D 20 22 69 6E 74 65 72 6E 61 6C 22 3B 0A 7D 0A 00
    """
  static let ping = "1B 00 10 88 00 04 00 00 00 00"
  static let version = """
    1B 00 10 88 00 1C 00 00 01 01 2F 75 70 64 61 74 65 2F 70 72 6F 74 6F 63 6F 6C 5F 76 65 72 73 69 6F 6E
    """
  static let tellVersion = """
    1B 00 10 88 00 23 00 00 02 02 2F 75 70 64 61 74 65 2F 68 6F 73 74 5F 70 72 6F 74 6F 63 6F 6C 5F
    76 65 72 73 69 6F 6E 00 32
    """
  static let begin = "1B 00 10 88 00 04 00 00 07 03"
  static let setSource = "1B 00 10 88 00 0F 00 00 09 05 00 00 00 00 75 73 62 3A 72 61 77"
  static let reboot = "1B 00 10 88 00 0B 00 00 10 0C 72 65 62 6F 6F 74 00"

  /// Requests and replies of 13.1–13.8.
  static let identification: [(request: String, reply: String)] = [
    (ping, "1B 10 00 88 00 04 00 00 00 20"),
    (version, "1B 10 00 88 00 06 00 00 01 21 00 32"),
    (tellVersion, "1B 10 00 88 00 05 00 00 02 22 00"),
    (
      "1B 00 10 88 00 18 00 00 03 01 2F 64 65 76 69 63 65 2F 70 72 6F 64 75 63 74 5F 63 6F 64 65",
      "1B 10 00 88 00 0A 00 00 03 21 00 52 58 2D 35 31"
    ),
    (
      "1B 00 10 88 00 14 00 00 04 01 2F 64 65 76 69 63 65 2F 68 77 5F 62 75 69 6C 64",
      "1B 10 00 88 00 09 00 00 04 21 00 32 31 30 31"
    ),
    (
      """
      1B 00 10 88 00 1C 00 00 05 01 2F 75 70 64 61 74 65 2F 73 75 70 70 6F 72 74 65 64 5F 69 6D 61 67 65 73
      """,
      "1B 10 00 88 00 3C 00 00 05 21 00 78 6C 6F 61 64 65 72 2C 73 65 63 6F 6E 64 61 72 79 2C 6B 65 72 "
        + "6E 65 6C 2C 6D 6D 63 2C 63 6D 74 2D 32 6E 64 2C 63 6D 74 2D 61 6C 67 6F 2C 63 6D 74 2D 6D 63 75 73 77"
    ),
    (
      "1B 00 10 88 00 17 00 00 06 01 2F 76 65 72 73 69 6F 6E 2F 73 77 5F 72 65 6C 65 61 73 65",
      "1B 10 00 88 00 25 00 00 06 21 00 52 58 2D 35 31 5F 32 30 30 39 53 45 5F 32 31 2E 32 30 31 31 2E "
        + "33 38 2D 31 5F 50 52 5F 4D 52 30"
    ),
    (begin, "1B 10 00 88 00 05 00 00 07 23 00"),
  ]

  @Test func `the session start is answered as published`() throws {
    var host = try TestHost()
    for (request, reply) in Self.identification {
      #expect(try host.exchange(hex: request) == [reply])
    }
  }

  @Test func `a server of version 1-8 says so`() throws {
    var host = try TestHost(settings: [("protocol-version", "1.8")])
    #expect(try host.exchange(hex: Self.version) == ["1B 10 00 88 00 08 00 00 01 21 00 31 2E 38"])
    #expect(try host.ask(.get(item: "/version/sw_release")) == [2])
  }

  /// 13.9–13.16 with the capture profile, in both layouts.
  @Test(arguments: [MkIIReplyLayout.l0, .l1])
  func `the captured image transfer is answered as captured`(layout: MkIIReplyLayout) throws {
    var host = try TestHost(settings: [("profile", "capture"), ("layout", layout.rawValue)])
    for (request, _) in Self.identification { _ = try host.exchange(hex: request) }
    let block = [UInt8](repeating: 0x5A, count: 1 << 20)
    let isL0 = layout == .l0

    #expect(try host.exchange(hex: Self.header) == ["1B 10 00 88 00 0D 00 00 08 24 00 00 00 00 00 00 02 00 00"])
    #expect(try host.exchange(hex: Self.setSource) == ["1B 10 00 88 00 05 00 00 09 25 00"])
    #expect(
      try host.exchange(hex: "1B 00 10 88 00 08 00 00 0A 06 00 00 00 00") == [
        isL0
          ? "1B 10 00 88 00 19 00 00 0A 26 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
          : "1B 10 00 88 00 19 00 00 0A 26 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"
      ])
    #expect(
      try host.exchange(hex: "1B 00 10 88 00 08 00 00 0B 0B 00 00 00 64") == [
        isL0
          ? "1B 10 00 88 00 11 00 00 0B 2B 00 00 00 01 00 00 00 00 02 00 00 00 00"
          : "1B 10 00 88 00 11 00 00 0B 2B 00 00 00 00 01 00 00 00 00 02 00 00 00"
      ])
    #expect(
      try host.exchange(hex: "1B 00 10 88 00 0C 00 00 0C 08 00 00 00 00 00 10 00 00") == [
        "1B 10 00 88 00 05 00 00 0C 28 00"
      ])
    #expect(host.send(block, to: TestHost.raw, terminated: false) == .taken)
    #expect(
      try host.exchange(hex: "1B 00 10 88 00 08 00 00 0D 06 00 00 00 00") == [
        isL0
          ? "1B 10 00 88 00 19 00 00 0D 26 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00 00 0F 9F 2C 00 00"
          : "1B 10 00 88 00 19 00 00 0D 26 00 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00 00 0F 9F 2C 00"
      ])
    #expect(
      try host.exchange(hex: "1B 00 10 88 00 08 00 00 0E 0B 00 00 00 64") == [
        isL0
          ? "1B 10 00 88 00 11 00 00 0E 2B 00 00 00 01 00 00 00 00 01 F0 00 00 00"
          : "1B 10 00 88 00 11 00 00 0E 2B 00 00 00 00 01 00 00 00 00 01 F0 00 00"
      ])
    #expect(
      try host.exchange(hex: "1B 00 10 88 00 0C 00 00 0F 08 00 00 00 00 00 10 00 00") == [
        "1B 10 00 88 00 05 00 00 0F 28 00"
      ])
  }

  @Test func `a reboot is acknowledged before the device leaves`() throws {
    var host = try TestHost()
    #expect(try host.exchange(hex: Self.reboot) == ["1B 10 00 88 00 05 00 00 10 2C 00"])
    #expect(!host.port.isAttached)
    #expect(host.port.returnsAt == nil)
  }

  @Test func `a reboot into update mode brings the device back after its delay`() throws {
    var host = try TestHost()
    let request = "1B 00 10 88 00 12 00 00 10 0C 72 65 62 6F 6F 74 3D 75 70 64 61 74 65 00"
    #expect(try host.exchange(hex: request) == ["1B 10 00 88 00 05 00 00 10 2C 00"])
    host.pass(.milliseconds(99))
    #expect(!host.port.isAttached)
    host.pass(.milliseconds(1))
    #expect(host.port.isAttached)
    #expect(host.port.attachments == 2)
    host.configure()
    host.open()
    #expect(try host.exchange(hex: Self.ping) == ["1B 10 00 88 00 04 00 00 00 20"])
  }

  @Test func `failures are one status byte`() throws {
    var host = try TestHost(quirks: ["fail-at-byte:0"])
    try host.begin(TestImage())
    _ = try host.ask(.prepareBlock(handle: 0, byteCount: 3000))
    host.send([UInt8](repeating: 1, count: 3000), to: TestHost.raw, terminated: false)
    #expect(
      try host.exchange(hex: "1B 00 10 88 00 08 00 00 0D 06 00 00 00 00") == ["1B 10 00 88 00 05 00 00 0D 26 01"])
    #expect(
      try host.exchange(hex: "1B 00 10 88 00 0C 00 00 0F 08 00 00 00 00 00 10 00 00") == [
        "1B 10 00 88 00 05 00 00 0F 28 03"
      ])
  }

  @Test func `a ping before the service runs is answered by the Phonet layer`() throws {
    var host = try TestHost(quirks: ["service-late:500"])
    let unreachable = "1B 10 00 88 00 0A 00 00 00 F0 14 00 00 00 00 00"
    #expect(try host.exchange(hex: Self.ping) == [unreachable, "1B 10 00 10 00 06 00 00 00 10 00 00"])
    host.pass(.milliseconds(500))
    #expect(try host.exchange(hex: Self.ping) == ["1B 10 00 88 00 04 00 00 00 20"])
  }
}
