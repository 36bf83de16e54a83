import FlashCore
import MkII
import Testing
import USBWire

@Suite("Items and reboot (7, 8)")
struct ItemAndRebootTests {
  private static let getX = ScriptedLink.Step.host(hex("1B 00 10 88 00 06 00 00 07 01 2F 78"))

  @Test func `GET returns the value, as text or as bytes`() async throws {
    let (target, link) = try await connect(
      [
        Self.getX, .device(hex("1B 10 00 88 00 08 00 00 07 21 00 41 42 00")),
        .host(hex("1B 00 10 88 00 06 00 00 08 01 2F 78")), .device(hex("1B 10 00 88 00 07 00 00 08 21 00 FF 0A")),
      ])
    #expect(try await target.get("/x") == "AB")
    #expect(try await target.getBytes("/x") == [0xFF, 0x0A])
    #expect(link.problems == [])
  }

  @Test func `an item that the device does not have is a refusal with its code`() async throws {
    let (target, _) = try await connect([Self.getX, .device(hex("1B 10 00 88 00 05 00 00 07 21 02"))])
    await #expect(throws: MkIIError.refused(request: "GET", code: MkIIStatusCode(rawValue: 2))) {
      _ = try await target.get("/x")
    }
  }

  @Test func `TELL sends name, NUL and value without a final NUL`() async throws {
    let (target, link) = try await connect(
      [.host(hex("1B 00 10 88 00 09 00 00 07 02 2F 78 00 31 32")), .device(hex("1B 10 00 88 00 05 00 00 07 22 00"))])
    try await target.tell("/x", "12")
    #expect(link.problems == [])
  }

  @Test("refuses to send item names that are no printable ASCII", arguments: ["", "a\0b", "ä", "\n"])
  func invalidItem(name: String) async throws {
    let (target, link) = try await connect()
    await #expect(throws: MkIIError.invalidItem(name)) { _ = try await target.get(name) }
    await #expect(throws: MkIIError.invalidItem(name)) { try await target.tell(name, "1") }
    #expect(link.problems == [])
  }

  @Test func `refuses to send an item that does not fit into a message`() async throws {
    let (target, _) = try await connect()
    let name = String(repeating: "a", count: 65532)
    await #expect(throws: MkIIError.invalidItem(name)) { _ = try await target.get(name) }
    await #expect(throws: MkIIError.invalidItem("/x")) { try await target.tell("/x", String(name.dropFirst(3))) }
  }

  @Test("reboot sends 13.17 and returns with the acknowledgement")
  func reboot() async throws {
    let (target, link) = try await connect(
      [
        .host(hex("1B 00 10 88 00 0B 00 00 07 0C 72 65 62 6F 6F 74 00")),
        .device(hex("1B 10 00 88 00 05 00 00 07 2C 00")),
        .host(hex("1B 00 10 88 00 12 00 00 08 0C 72 65 62 6F 6F 74 3D 75 70 64 61 74 65 00")),
        .device(hex("1B 10 00 88 00 05 00 00 08 2C 00")),
      ])
    try await target.reboot(to: .system)
    try await target.reboot(to: .update)
    #expect(link.problems == [])
  }

  private static let rebootSent = ScriptedLink.Step.host(hex("1B 00 10 88 00 0B 00 00 07 0C 72 65 62 6F 6F 74 00"))

  @Test(
    "a reboot's reply that is lost to the disconnect counts",
    arguments: [.disconnected, .stalled(endpoint: .input(1))] as [LinkError])
  func lostReply(error: LinkError) async throws {
    let log = EventLog()
    let (target, _) = try await connect([Self.rebootSent, .fails(error)], observer: log.observer)
    try await target.reboot(to: .system)
    #expect(log.notices == ["mkii.reboot-reply-lost"])
  }

  @Test func `a reboot that could not be written, was refused or got no reply is a failure`() async throws {
    var (target, _) = try await connect([.fails(.disconnected)])
    await #expect(throws: MkIIError.transfer(.disconnected, during: "REBOOT")) { try await target.reboot(to: .system) }
    (target, _) = try await connect([Self.rebootSent, .device(hex("1B 10 00 88 00 05 00 00 07 2C 03"))])
    await #expect(throws: MkIIError.refused(request: "REBOOT", code: .wrongState)) {
      try await target.reboot(to: .system)
    }
    (target, _) = try await connect([Self.rebootSent, .silence])
    await #expect(throws: MkIIError.noReply(request: "REBOOT", after: .seconds(5))) {
      try await target.reboot(to: .system)
    }
  }

  @Test("other reboot modes do not exist in Mk II", arguments: [.edl, .fastboot, .meta, .off] as [RebootMode])
  func unsupportedMode(mode: RebootMode) async throws {
    let (target, _) = try await connect()
    await #expect(throws: UnsupportedOperation(protocolName: "Mk II", capability: .reboot, detail: mode.rawValue)) {
      try await target.reboot(to: mode)
    }
  }

  @Test func `reading back, partitions, erasing and verifying do not exist in Mk II`() async throws {
    let (target, _) = try await connect()
    await #expect(throws: UnsupportedOperation(protocolName: "Mk II", capability: .partitions)) {
      _ = try await target.partitions()
    }
    await #expect(throws: UnsupportedOperation(protocolName: "Mk II", capability: .erase)) {
      try await target.erase(FlashPlan.Erase(name: "mmc", extent: PlanExtent(section: "mmc")))
    }
  }
}
