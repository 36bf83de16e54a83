import FlashCore
import FlashImages
import Qualcomm
import Testing

@testable import DeviceSimulator

@Suite struct `Sahara: asking a simulated device` {
  private func identity(_ rig: SaharaRig) async throws -> DeviceIdentity {
    try await rig.withTarget { try await $0.identify() }
  }

  @Test func `info works twice in a row and leaves HELLO for the next`() async throws {
    let rig = try SaharaRig()
    for _ in 1...2 {
      let identity = try await identity(rig)
      #expect(
        identity.mode == "EDL" && identity["chip"] == .text("unknown (0x008050e1)")
          && identity.serialNumber == "d64990b3")
      #expect(identity["hardware id"] == .text("0x008050e10017bf01"))
      #expect(identity["OEM id"] == .text("0x0017") && identity["model id"] == .text("0xbf01"))
      #expect(identity["protocol version"] == .number(2))
      #expect(
        identity["public key hash"] == .text((1...32).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()))
    }
    #expect(!rig.log.notices.contains("sahara.silent"))
  }

  @Test func `a device of version 3 is asked for its chip id`() async throws {
    var settings = SaharaRig.settings
    settings.version = 3
    settings.answers[.hardwareID] = nil
    var chip = [UInt8](repeating: 0, count: 36)
    chip += [0xE1, 0x20, 0x18, 0x00, 0, 0, 1, 0, 0x72, 0]
    settings.answers[.chipID] = chip
    let identity = try await identity(try SaharaRig(settings: settings))
    #expect(identity["chip"] == .text("unknown (0x001820e1)"))
    #expect(identity["OEM id"] == .text("0x0072") && identity["model id"] == .text("0x0001"))
  }

  @Test func `what is refused is left out, and the device is usable afterwards`() async throws {
    var settings = SaharaRig.settings
    settings.answers[.hardwareID] = nil
    settings.refusals[.keyHash] = .commandFailed
    let rig = try SaharaRig(settings: settings)
    for _ in 1...2 {
      let identity = try await identity(rig)
      #expect(identity.serialNumber == "d64990b3")
      #expect(identity["hardware id"] == .unknown && identity["public key hash"] == .unknown)
    }
    #expect(rig.log.notices.filter { $0 == "sahara.question-refused" }.count == 4)
  }

  @Test func `without RESET_STATE_MACHINE the questions end at the first refusal`() async throws {
    var settings = SaharaRig.settings
    settings.answers[.hardwareID] = nil
    settings.knowsStateMachineReset = false
    let rig = try SaharaRig(settings: settings)
    let identity = try await identity(rig)
    #expect(identity.serialNumber == "d64990b3" && identity["public key hash"] == .unknown)
    #expect(rig.log.notices.contains("sahara.stuck"))
  }

  @Test func `a device without command mode tells what USB tells`() async throws {
    var settings = SaharaRig.settings
    settings.hasCommandMode = false
    let rig = try SaharaRig(settings: settings)
    for _ in 1...2 {
      let identity = try await identity(rig)
      #expect(identity.serialNumber == "3EB3EBC4" && identity["chip"] == .unknown)
    }
    #expect(rig.log.notices.contains("sahara.no-command-mode"))
  }

  @Test func `a HELLO that somebody else has read does not matter`() async throws {
    var quirks = SaharaQuirks()
    quirks.swallowsHello = true
    let rig = try SaharaRig(quirks: quirks)
    #expect(try await identity(rig).serialNumber == "d64990b3")
    #expect(rig.log.notices.contains("sahara.silent"))
  }

  @Test func `no HELLO after SWITCH_MODE is overcome by the next session`() async throws {
    var quirks = SaharaQuirks()
    quirks.ignoresSwitchMode = true
    let rig = try SaharaRig(quirks: quirks)
    for _ in 1...2 { #expect(try await identity(rig).serialNumber == "d64990b3") }
  }

  @Test func `more questions are asked when they are wanted`() async throws {
    let rig = try SaharaRig()
    let answers = try await rig.withTarget { try await $0.information(asking: [.softwareVersion, .debugData]).answers }
    #expect(answers.softwareVersion == 7)
    #expect(answers.data[.debugData] == Array("ROM log".utf8))
  }

  @Test func `a programmer that runs already is said to, and is not reset`() async throws {
    var quirks = SaharaQuirks()
    quirks.isProgrammerRunning = true
    let rig = try SaharaRig(quirks: quirks)
    for _ in 1...2 { #expect(try await identity(rig).mode == "Firehose") }
    // It is restarted by its own protocol.
    #expect(await rig.outcome { try await rig.withTarget { try await $0.reboot(to: .system) } } == .done)
  }

  @Test func `reboot is acknowledged, works twice, and knows the modes of a programmer`() async throws {
    let rig = try SaharaRig()
    for _ in 1...2 {
      #expect(await rig.outcome { try await rig.withTarget { try await $0.reboot(to: .system) } } == .done)
    }
    let outcome = await rig.outcome { try await rig.withTarget { try await $0.reboot(to: .fastboot) } }
    #expect(
      outcome
        == .strange(
          "UnsupportedOperation: \(UnsupportedOperation(protocolName: "Firehose", capability: .reboot, detail: "fastboot"))"
        ))
  }

  @Test func `a device deaf in its error state is recovered`() async throws {
    var settings = SaharaRig.settings
    settings.images = []
    var quirks = SaharaQuirks()
    quirks.isDeafInError = true
    let rig = try SaharaRig(settings: settings, quirks: quirks)
    let folder = try LoaderFolder()
    let outcome = await rig.outcome {
      try await rig.withTarget { try await $0.load(LoaderSet([folder.file("prog.elf")])) }
    }
    #expect(outcome == .failed(.imageRefused(id: 0, status: .invalidCommand)))
    #expect(try await rig.withTarget { try await $0.recover() }.version == 2)
    #expect(try await identity(rig).serialNumber == "d64990b3")
    #expect(rig.log.notices.isEmpty)
  }

  @Test func `a device is sent to another protocol`() async throws {
    let rig = try SaharaRig()
    #expect(
      await rig.outcome { try await rig.withTarget { try await $0.leave(by: .switchToStreamingDownload) } } == .done)
    let other = try SaharaRig()
    #expect(
      await other.outcome { try await other.withTarget { try await $0.leave(by: .switchToDownload) } }
        == .failed(.refused(.commandNotSupported, during: "CMD_EXEC")))
  }

  @Test(arguments: ["disconnect", "stall", "drop", "corrupt"])
  func `a fault at every transfer of info ends, and the next info works`(kind: String) async throws {
    let clean = try SaharaRig()
    _ = try await identity(clean)
    for number in 1...clean.log.traces.count {
      let rig = try SaharaRig(faults: ["\(kind)@\(number)"])
      let outcome = await rig.outcome { try await identity(rig) }
      if case .strange(let text) = outcome { Issue.record("\(kind)@\(number): \(text)") }
      #expect(await rig.outcome { try await identity(rig) } == .done, "after \(kind)@\(number)")
      #expect(try await identity(rig).serialNumber == "d64990b3", "after \(kind)@\(number)")
    }
  }
}
