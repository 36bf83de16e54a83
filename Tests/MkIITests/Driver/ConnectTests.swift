import FlashCore
import MkII
import Testing
import USBWire

@Suite("Opening a session (2.5, 6)")
struct ConnectTests {
  @Test func `the transcript of 13.1–13.7 gives the facts of an N900, in order`() async throws {
    let (target, link) = try await connect()
    #expect(link.problems == [])
    #expect(
      target.identity.facts == [
        .init("product code", .text("RX-51")), .init("hardware revision", .text("2101")),
        .init("mode", .text("update")),
        .init("protocol version", .text("2")),
        .init(
          "supported images", .list(["xloader", "secondary", "kernel", "mmc", "cmt-2nd", "cmt-algo", "cmt-mcusw"])),
        .init("software release", .text("RX-51_2009SE_21.2011.38-1_PR_MR0")), .init("raw endpoint", .text("EP 02")),
      ])
    #expect(target.identity.model == "RX-51")
    #expect(target.identity.hardwareRevision == "2101")
    #expect(target.rebootModes == [.system, .update])
  }

  @Test func `claims interface 1, selects alternate 1, claims the raw interface, and ends messages`() async throws {
    let (target, link) = try await connect()
    #expect(link.log.prefix(4) == ["claim 1", "alternate 1 of 1", "claim 2", "EP 01 terminated"])
    await target.close()
    #expect(link.log.suffix(2) == ["alternate 0 of 1", "close"])
  }

  @Test func `over TCP nothing is claimed, and the mode is tcp`() async throws {
    let (target, link) = try await connect(kind: .stream)
    #expect(target.identity["mode"] == .text("tcp"))
    #expect(target.identity["raw endpoint"] == .text("tcp:raw"))
    #expect(link.log.allSatisfy { $0 == "EP 01" })
    await target.close()
    #expect(link.log.last == "close")
    #expect(!link.log.contains { $0.hasPrefix("alternate") })
  }

  @Test func `a device without interface 1, alternate 1, is refused and given back`() async throws {
    var device = USBDeviceInfo.rx51
    device.configuration?.settings.removeAll { $0.alternate == 1 }
    let link = ScriptedLink([], kind: .usb(device))
    await #expect(throws: MkIIError.noMessageInterface) {
      _ = try await MkIIFamily().connect(Connection(link: link, provider: IdleProvider()))
    }
    #expect(link.log == ["close"])
  }

  @Test func `a failing start selects alternate 0 and closes the link`() async throws {
    let link = ScriptedLink([.fails(.disconnected)])
    await #expect(throws: MkIIError.transfer(.disconnected, during: "PING")) {
      _ = try await MkIIFamily().connect(Connection(link: link, provider: IdleProvider()))
    }
    #expect(link.log.suffix(2) == ["alternate 0 of 1", "close"])
  }

  @Test func `ten attempts of PING take 33.75 s and end as silence`() async throws {
    var steps: [ScriptedLink.Step] = []
    for id in 0..<10 as Range<UInt8> { steps += [.host([0x1B, 0, 0x10, 0x88, 0, 4, 0, 0, id, 0]), .silence] }
    let link = ScriptedLink(steps)
    await #expect(throws: MkIIError.noReply(request: "PING", after: .seconds(5))) {
      _ = try await MkIIFamily().connect(Connection(link: link, provider: IdleProvider()))
    }
    #expect(link.problems == [])
    #expect(link.manualClock.now == .milliseconds(33750))
  }

  @Test func `a late reply to an earlier PING is skipped`() async throws {
    let steps: [ScriptedLink.Step] = [
      .host(hex("1B 00 10 88 00 04 00 00 00 00")), .silence, .host(hex("1B 00 10 88 00 04 00 00 01 00")),
      .device(hex("1B 10 00 88 00 04 00 00 00 20")), .fails(.disconnected),
    ]
    let link = ScriptedLink(steps)
    await #expect(throws: MkIIError.transfer(.disconnected, during: "PING")) {
      _ = try await MkIIFamily().connect(Connection(link: link, provider: IdleProvider()))
    }
    #expect(link.problems == [])
  }

  @Test func `half a message and then silence is a violation, not silence`() async throws {
    let (target, _) = try await connect(
      [.host(hex("1B 00 10 88 00 04 00 00 07 00")), .device(hex("1B 10 00 88 00 09 00")), .silence])
    await #expect(throws: MkIIError.violation(.truncated(received: 7, expected: 15), request: "PING")) {
      _ = try await target.ping()
    }
  }

  @Test func `endless zero-length packets are a violation`() async throws {
    let empty = Array(repeating: ScriptedLink.Step.device([]), count: 65)
    let (target, _) = try await connect([.host(hex("1B 00 10 88 00 04 00 00 07 00"))] + empty)
    await #expect(throws: MkIIError.violation(.otherTraffic(count: 65), request: "PING")) {
      _ = try await target.ping()
    }
  }

  @Test func `a product string and a product code that name two models stop the session`() async throws {
    var device = USBDeviceInfo.rx51
    device.product = "Nokia N950"
    await #expect(throws: MkIIError.modelMismatch(usbProduct: "Nokia N950", productCode: "RX-51")) {
      _ = try await connect(kind: .usb(device))
    }
  }

  @Test func `a halted endpoint is freed for the next session`() async throws {
    let (target, link) = try await connect(
      [.host(hex("1B 00 10 88 00 04 00 00 07 00")), .fails(.stalled(endpoint: .input(1)))])
    await #expect(throws: MkIIError.transfer(.stalled(endpoint: .input(1)), during: "PING")) {
      _ = try await target.ping()
    }
    #expect(link.log.last == "clear halt EP 81")
  }

  @Test func `messages are traced by the protocol's names`() async throws {
    let log = EventLog()
    _ = try await connect(observer: log.observer)
    #expect(
      log.traces.map(\.label) == [
        "PING", "PING reply", "GET", "GET reply", "TELL", "TELL reply", "GET", "GET reply", "GET", "GET reply", "GET",
        "GET reply", "GET", "GET reply",
      ])
    #expect(log.traces.first?.bytes == hex("1B 00 10 88 00 04 00 00 00 00"))
    #expect(log.waits.first == .reply(request: "PING"))
  }
}
