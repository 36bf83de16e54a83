import FlashCore
import Foundation
import Testing

@testable import flashctl

@Suite struct `Devices of USB/IP servers on the command line` {
  /// A port of this machine that refuses connections.
  static let nobody = "127.0.0.1:1"

  @Test func `64 for a list that is to be both followed and a server's`() throws {
    #expect(try BuiltProgram.run("list", "--watch", "--usbip", Self.nobody).status == 64)
  }

  @Test("64 for a server that cannot be one", arguments: ["", ":1", "host:0", "host:x", "[::1", "a/b"])
  func servers(text: String) throws {
    #expect(try BuiltProgram.run("list", "--usbip", text).status == 64)
  }

  @Test("69 where no server answers, saying what to start", arguments: [["list", "--usbip"], ["info", "--device"]])
  func refused(command: [String]) throws {
    let target = command[0] == "list" ? Self.nobody : "usbip:\(Self.nobody)/1-1"
    let outcome = try BuiltProgram.run(command[0], command[1], target, "--json")
    #expect(outcome.status == 69)
    let error = try #require(outcome.event("error"))
    #expect(error["code"] as? String == "device.unreachable")
    #expect((error["device"] as? String)?.hasPrefix("usbip:\(Self.nobody)") == true)
    #expect((error["remedy"] as? String)?.contains("flashctl simulate") == true)
  }

  @Test func `69 after waiting in vain, with what the server would have exported`() throws {
    let outcome = try BuiltProgram.run("info", "--device", "usbip:\(Self.nobody)/1-1", "--wait-limit", "0.1")
    #expect(outcome.status == 69)
    #expect(outcome.errors.contains("no USB/IP server answers"))
    #expect(outcome.errors.contains("flashctl list --usbip \(Self.nobody)"))
  }

  @Test func `are listed, known or not, and found by what the list says`() throws {
    let simulator = try RunningSimulator("rx51", "loopback", "--usbip", "0")
    let server = try simulator.address()
    let list = try BuiltProgram.run("list", "--usbip", server)
    #expect(list.status == 0 && list.output.contains("usbip:\(server)/1-1  0421:01c8"), "\(list)")
    #expect(list.output.contains("not known"))

    let events = try BuiltProgram.run("list", "--usbip", server, "--json").events.filter {
      $0["event"] as? String == "device"
    }
    #expect(events.map { $0["device"] as? String } == ["usbip:\(server)/1-1", "usbip:\(server)/1-2"])
    #expect(events.map { $0["family"] as? String } == ["mkii", nil])
    #expect(events.map { $0["portPath"] as? String } == ["1-1", "1-2"])

    let info = try BuiltProgram.run("info", "--device", "usbip:\(server)/1-1")
    #expect(info.status == 0 && info.output.contains("RX-51"), "\(info)")
    #expect(try BuiltProgram.run("doctor", "--device", "usbip:\(server)/1-1").output.contains("ready: "))
    #expect(try BuiltProgram.run("info", "--device", "usbip:\(server)/1-2").status == 69)

    let unknown = try BuiltProgram.run("info", "--device", "usbip:\(server)/1-3")
    #expect(unknown.status == 69 && unknown.errors.contains("usbip:\(server)/1-2 1209:0001"), "\(unknown)")
  }

  @Test(
    "every way to fail names the device, the reason, a remedy and a status",
    arguments: [
      (.busy(path: "", holders: []), "another client", 75),
      (.notFound(selector: nil, seen: []), "exports nothing", 69),
      (.notFound(selector: nil, seen: ["usbip:h:1/1-2"]), "usbip:h:1/1-2", 69),
      (.system(operation: "import", code: 3, name: "device error"), "device error", 74),
      (.link(.violation(field: "version", value: 0x106), while: "import"), "version is 0x106 (import)", 76),
      (.link(.timedOut(after: .seconds(10)), while: "import"), "within 10 s (import)", 75),
      (.link(.disconnected, while: "list"), "closed the connection", 74),
    ] as [(OpenError, String, Int32)])
  func diagnostics(error: OpenError, words: String, status: Int32) {
    let diagnostic = Diagnostic(describing: error, device: "usbip:h:1/1-1")
    #expect(diagnostic.message.contains(words))
    #expect(diagnostic.message.contains("usbip:h:1/1-1"))
    #expect(
      diagnostic.remedy != nil && diagnostic.exitStatus.rawValue == status && diagnostic.device == "usbip:h:1/1-1")
  }
}
