import FlashCore
import FlashImages
import MediaTek
import Synchronization
import Testing

@testable import DeviceSimulator

@Suite struct `Boot ROM: asking a simulated device` {
  @Test func `info works twice in a row on a boot ROM`() async throws {
    let rig = try BootROMRig()
    for _ in 1...2 {
      let identity = try await rig.identity()
      #expect(identity.mode == "boot ROM" && identity.model == "MT6765" && identity.family == "mediatek")
      #expect(identity["hardware code"] == .text("0x0766") && identity["hardware version"] == .text("0xca00"))
      #expect(identity["boot ROM version"] == .number(5) && identity["security"] == .list([]))
      #expect(identity["agent generation"] == .text("V5") && identity.serialNumber?.utf8.count == 32)
    }
    #expect(rig.log.notices.isEmpty)
  }

  @Test("info works on every model, plain and secured", arguments: MediaTekDevice.all.map(\.name))
  func models(name: String) async throws {
    let identity = try await BootROMRig(name).identity()
    #expect(identity["ME id"] != nil && identity["SOC id"] != nil)
    let isPreloader = name.hasPrefix("mt6789")
    #expect(identity.mode == (isPreloader ? "preloader" : "boot ROM"))
    guard name.hasSuffix("-secured"), case .list(let words)? = identity["security"] else { return }
    #expect(words.count == (isPreloader ? 3 : 6))
  }

  @Test func `a preloader tells what it can do, and its ids from version 3 on`() async throws {
    for version in 1...3 {
      let rig = try BootROMRig("mt6765", [("actor", "preloader"), ("preloader-version", "\(version)")])
      let identity = try await rig.identity()
      #expect(identity["preloader version"] == .number(UInt64(version)))
      #expect((identity["ME id"] != nil) == (version > 2))
      #expect((identity["preloader capabilities"] != nil) == (version > 1))
    }
  }

  @Test(
    "no quirk keeps info from its answers",
    arguments: [
      "ready-noise", "swallow-first-a0", "late-a0-silent", "late-a0-plus1", "merge-fields", "split-bytes",
      "zlp-after-block", "unknown-silent", "stall-control", "bad-checksum", "auth-not-needed", "synchronised",
    ], ["brom", "preloader"])
  func quirks(quirk: String, actor: String) async throws {
    let rig = try BootROMRig("mt6765", [("actor", actor)], quirks: [quirk])
    for _ in 1...2 {
      let identity = try await rig.identity()
      #expect(identity.model == "MT6765" && identity.serialNumber != nil)
    }
  }

  @Test("every order of descriptors is found", arguments: ["classic", "newer", "odd", "brom"])
  func layouts(layout: String) async throws {
    let identity = try await BootROMRig("mt6765", [("descriptors", layout)]).identity()
    #expect(identity.model == "MT6765")
  }

  @Test func `old chips are recognised by their version registers`() async throws {
    let rig = try BootROMRig(
      "mt6765", [("hardware-code", "6261"), ("hardware-version", "cb01")], quirks: ["old-chip"])
    let identity = try await rig.identity()
    #expect(identity.model == "MT6261" && identity["hardware version"] == .text("0xcb01"))
    #expect(rig.log.notices.contains("brom.old-chip"))
  }

  @Test func `a chip that nobody has described is told so, and its watchdog left alone`() async throws {
    let rig = try BootROMRig("mt6765", [("hardware-code", "4711")])
    let identity = try await rig.identity()
    #expect(identity.model == nil && identity["chip"] == .unknown)
    #expect(rig.log.notices == ["brom.unknown-chip"])
  }

  @Test func `a watchdog that cannot be stopped is said`() async throws {
    let rig = try BootROMRig(quirks: ["refuse-watchdog"])
    _ = try await rig.identity()
    #expect(rig.log.notices == ["brom.watchdog-refused"])
  }

  @Test func `the watchdog that was stopped leaves the device alone`() async throws {
    let rig = try BootROMRig("mt6765", [("watchdog-ms", "3000")])
    try await rig.withTarget { target in
      _ = try await target.identify()
      try? await target.clock.sleep(for: .seconds(20))
      _ = try await target.perform(.hardwareCode())
    }
  }

  @Test func `a phone's COM port is no boot ROM`() async throws {
    let rig = try BootROMRig("mt6765", [("descriptors", "com-port")])
    let outcome = await rig.outcome { try await rig.identity() }
    guard case .failed(.transfer(.timedOut, during: "handshake")) = outcome else {
      return #expect(outcome == .failed(.notResponding(attempts: 100)))
    }
  }
}

@Suite struct `Boot ROM: a preloader's window` {
  @Test("a window of 300 ms is enough", arguments: 1...10)
  func shortWindow(attempt: Int) async throws {
    let rig = try BootROMRig("mt6765", [("actor", "preloader")], quirks: ["short-window"])
    #expect(try await rig.identity().mode == "preloader")
  }

  @Test func `in command state the window is over`() async throws {
    let rig = try BootROMRig("mt6765", [("actor", "preloader"), ("watchdog-ms", "0")])
    try await rig.withTarget { target in
      try? await target.clock.sleep(for: .seconds(30))
      _ = try await target.perform(.versions())
    }
  }

  @Test func `a device that leaves in the handshake is said to have left`() async throws {
    let rig = try BootROMRig("mt6765", [("actor", "preloader"), ("window-ms", "1"), ("off-ms", "5000")])
    let outcome = await rig.outcome { try await rig.identity() }
    switch outcome {
    case .failed(.leftDuringHandshake), .failed(.transfer(.disconnected, during: "open")): break
    default: Issue.record("\(outcome)")
    }
  }

  @Test("it can vanish at any moment, and every session ends", arguments: Array(stride(from: 1, through: 60, by: 4)))
  func vanishing(milliseconds: Int) async throws {
    let rig = try BootROMRig("mt6765", quirks: ["vanish-after:\(milliseconds)"])
    let outcome = await rig.outcome { try await rig.identity() }
    switch outcome {
    case .done, .failed(.leftDuringHandshake), .failed(.transfer(.disconnected, _)): break
    default: Issue.record("\(outcome)")
    }
  }
}

@Suite struct `Boot ROM: memory` {
  private final class Collected: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    func append(_ piece: [UInt8]) { bytes.withLock { $0 += piece } }
    var all: [UInt8] { bytes.withLock { $0 } }
  }

  private func read(
    _ target: MediaTekTarget, _ width: BootROMExchange.Width, _ address: UInt32, _ count: UInt32
  ) async throws -> [UInt8] {
    let bytes = Collected()
    try await target.read(width, at: address, byteCount: count) { piece throws(ImageError) in bytes.append(piece) }
    return bytes.all
  }

  @Test("what is written is read back, in the order of addresses", arguments: BootROMExchange.Width.allCases)
  func roundTrip(width: BootROMExchange.Width) async throws {
    let bytes = try await BootROMRig().withTarget { target in
      try await target.write(width, [0x1122, 0x3344], at: 0x10_0000)
      return try await read(target, width, 0x10_0000, UInt32(2 * width.byteCount))
    }
    #expect(bytes == (width == .bits16 ? [0x22, 0x11, 0x44, 0x33] : [0x22, 0x11, 0, 0, 0x44, 0x33, 0, 0]))
  }

  @Test func `long reads go in pieces`() async throws {
    let rig = try BootROMRig()
    let bytes = try await rig.withTarget { target in
      try await target.write(.bits32, [0xAABB_CCDD], at: 0x10_0BFC)
      return try await read(target, .bits32, 0x10_0000, 0xC00)
    }
    #expect(bytes.count == 0xC00 && bytes.suffix(4) == [0xDD, 0xCC, 0xBB, 0xAA])
  }

  @Test(
    "what a device does not let be read is refused in its own codes",
    arguments: [
      ("brom", 0x4000_0000, 0x1D01), ("brom", 0x8000_0000, 0x1D00), ("preloader", 0xC000_0000, 0x1000),
    ] as [(String, UInt32, UInt16)])
  func refusals(actor: String, address: UInt32, status: UInt16) async throws {
    let rig = try BootROMRig("mt6765", [("actor", actor)])
    let outcome = await rig.outcome {
      try await rig.withTarget { try await read($0, .bits32, address, 4) }
    }
    #expect(outcome == .failed(.refused(BootROMStatus(rawValue: status), during: "READ32")))
  }

  @Test func `a locked chip keeps its memory to itself`() async throws {
    let rig = try BootROMRig("mt6765-secured")
    let outcome = await rig.outcome { try await rig.withTarget { try await read($0, .bits32, 0x10_0000, 4) } }
    #expect(outcome == .failed(.refused(.invalidAddress, during: "READ32")))
  }

  @Test func `legacy writes are for boot ROMs`() async throws {
    let rig = try BootROMRig("mt6765", [("actor", "preloader")])
    let outcome = await rig.outcome {
      try await rig.withTarget { try await $0.write(.bits16, [1], at: 0x10_0000, isLegacy: true) }
    }
    #expect(outcome == .failed(.wrongActor(.bootROM, during: "legacy WRITE16")))
  }
}

@Suite struct `Boot ROM: leaving` {
  @Test func `reboot restarts the device, and it can be talked to again`() async throws {
    let rig = try BootROMRig()
    try await rig.withTarget { try await $0.reboot(to: .system) }
    let info = try await rig.provider.awaitReturn(within: .seconds(10)) { _ in true }
    #expect(info.productID == 0x0003)
    _ = try await rig.identity()
  }

  @Test func `a chip whose watchdog nobody has described cannot be restarted`() async throws {
    let rig = try BootROMRig("mt6765", [("hardware-code", "4711")])
    let outcome = await rig.outcome { try await rig.withTarget { try await $0.reboot(to: .system) } }
    #expect(outcome == .failed(.unknownWatchdog(hardwareCode: 0x4711)))
  }

  @Test("tokens send a listening preloader into its modes", arguments: BootROMToken.allCases)
  func modes(token: BootROMToken) async throws {
    var options = MediaTekOptions()
    options.beginning = .mode(token)
    let rig = try BootROMRig("mt6765", [("actor", "preloader")], options: options)
    try await rig.withTarget { _ in }
    let info = try await rig.provider.awaitReturn(within: .seconds(10)) { _ in true }
    #expect(info.vendorID == 0x18D1)
  }

  @Test func `a boot ROM does not listen for tokens`() async throws {
    var options = MediaTekOptions()
    options.beginning = .mode(.fastboot)
    let rig = try BootROMRig(options: options)
    let outcome = await rig.outcome { try await rig.withTarget { _ in } }
    #expect(outcome == .failed(.notListening(after: .seconds(8))))
  }

  @Test func `continue and hold are acknowledged`() async throws {
    let rig = try BootROMRig()
    _ = try await rig.withTarget { try await $0.perform(.jumpBootLoader()) }
    #expect(try await rig.provider.awaitReturn(within: .seconds(10)) { _ in true }.vendorID == 0x18D1)
    let preloader = try BootROMRig("mt6789")
    _ = try await preloader.withTarget { try await $0.perform(.stayStill()) }
  }

  @Test func `the log is read, in the old way where the new one is not known`() async throws {
    #expect(
      try await BootROMRig("mt6765", [("rom-log", "hello")]).withTarget { try await $0.log() } == Array("hello".utf8))
  }
}
