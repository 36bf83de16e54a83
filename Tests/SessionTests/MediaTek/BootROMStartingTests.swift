import FlashCore
import FlashImages
import MediaTek
import Testing

@testable import DeviceSimulator

@Suite struct `Boot ROM: starting agents` {
  private func start(_ rig: BootROMRig, _ device: MediaTekDevice) async throws -> (entry: AgentEntry, answer: [UInt8]) {
    let archive = try BootROMRig.agents(for: device)
    return try await rig.withTarget { try await $0.startAgent(from: archive, answerByteCount: 16) }
  }

  @Test(
    "the fixtures' agent starts on every model",
    arguments: [MediaTekDevice.mt6765, .mt6785, .mt6893, .mt6789].map(\.name))
  func models(name: String) async throws {
    let device = try #require(MediaTekDevice.all.first { $0.name == name })
    let started = try await start(BootROMRig(name, [("next-stage", "raw")]), device)
    let region = try #require(started.entry.stages.first).self
    #expect(started.answer == [0xC0])
    let isXML = name == "mt6893" || name == "mt6789"
    #expect(started.entry.regions[region].loadAddress == (isXML ? 0x0200_0000 : 0x0020_0000))
  }

  @Test func `a preloader takes the agent to a place of its own`() async throws {
    let started = try await start(BootROMRig("mt6765", [("actor", "preloader")]), .mt6765)
    #expect(started.answer == [0xC0])
  }

  @Test(
    "transfers merged, split or with empty packets do not matter",
    arguments: ["merge-fields", "split-bytes", "zlp-after-block"])
  func quirks(quirk: String) async throws {
    let started = try await start(BootROMRig(quirks: [quirk]), .mt6765)
    #expect(started.answer == [0xC0])
  }

  @Test func `a wrong checksum starts nothing`() async throws {
    let rig = try BootROMRig(quirks: ["bad-checksum"])
    let outcome = await rig.outcome { try await start(rig, .mt6765) }
    guard case .failed(.wrongChecksum(during: "SEND_DA", let sent, let device)) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(sent ^ device == 0x5A5A)
    // The boot ROM is where it was, with an agent that nobody started.
    #expect(try await rig.identity().mode == "boot ROM")
  }

  @Test func `an agent file without the chip is named, with what it has`() async throws {
    let rig = try BootROMRig("mt6765")
    let outcome = await rig.outcome { try await start(rig, .mt6893) }
    #expect(
      outcome == .failed(.noAgent(hardwareCode: 0x0766, path: "DA.bin", listed: [0x0950, 0x1208, 0x6893])))
  }

  @Test func `an entry can be forced, and has to be there`() async throws {
    var options = MediaTekOptions()
    options.forcedEntry = 1
    let started = try await start(BootROMRig(options: options), .mt6765)
    #expect(started.entry.hardwareCode == 0x6785)
    options.forcedEntry = 9
    let rig = try BootROMRig(options: options)
    let outcome = await rig.outcome { try await start(rig, .mt6765) }
    #expect(outcome == .failed(.noSuchEntry(path: "DA.bin", entry: 9, count: 2)))
  }

  @Test func `a program of one's own runs, 32 and 64 bits`() async throws {
    for is64Bit in [false, true] {
      let started = try await BootROMRig().withTarget {
        try await $0.run(
          [1, 2, 3], at: nil, signatureByteCount: 0, is64Bit: is64Bit, answerByteCount: 4)
      }
      #expect(started.address == 0x20_1000 && started.answer == [0xC0])
    }
  }

  @Test func `an address that a boot ROM does not take is refused`() async throws {
    let rig = try BootROMRig()
    let outcome = await rig.outcome {
      try await rig.withTarget {
        try await $0.run([1, 2], at: 0x4000_0000, signatureByteCount: 0, is64Bit: false, answerByteCount: 0)
      }
    }
    #expect(outcome == .failed(.refused(BootROMStatus(rawValue: 0x1D01), during: "SEND_DA")))
  }

  @Test func `a preloader starts images that it is sent`() async throws {
    let rig = try BootROMRig("mt6789")
    try await rig.withTarget { try await $0.boot(Array(1...10), as: "lk") }
    #expect(try await rig.provider.awaitReturn(within: .seconds(10)) { _ in true }.vendorID == 0x18D1)
    let bootROM = try BootROMRig()
    let outcome = await bootROM.outcome { try await bootROM.withTarget { try await $0.boot([1], as: "lk") } }
    #expect(outcome == .failed(.wrongActor(.preloader(version: 0), during: "SEND_IMAGE")))
  }

  @Test func `an agent that runs already is found, and left alone`() async throws {
    let rig = try BootROMRig("mt6765", [("next-stage", "raw")])
    _ = try await start(rig, .mt6765)
    // The simulated program says nothing more: nothing tells it from a device that does not answer.
    let outcome = await rig.outcome { try await rig.identity() }
    #expect(outcome == .failed(.notResponding(attempts: 100)))
  }
}

@Suite struct `Boot ROM: locked chips` {
  private let files: FixtureFiles
  private let authentication: String

  init() throws {
    files = try FixtureFiles()
    authentication = files.write(FixturePreloader.authenticationFile(), to: "auth.bin")
  }

  private func rig(_ model: String, _ knobs: [(key: String, value: String)] = [], complete: Bool = true) throws
    -> BootROMRig
  {
    var options = MediaTekOptions()
    if complete {
      options.authentication = authentication
      options.signer = FixtureSigner()
    }
    return try BootROMRig(model, knobs, options: options)
  }

  private func start(_ rig: BootROMRig, _ device: MediaTekDevice) async throws -> [UInt8] {
    let archive = try BootROMRig.agents(for: device)
    return try await rig.withTarget { try await $0.startAgent(from: archive, answerByteCount: 16).answer }
  }

  @Test(
    "what is demanded and not there is named before anything is sent", arguments: ["mt6765-secured", "mt6893-secured"])
  func missing(name: String) async throws {
    let device = try #require(MediaTekDevice.all.first { $0.name == name })
    let rig = try rig(name, complete: false)
    let outcome = await rig.outcome { try await start(rig, device) }
    #expect(outcome == .failed(.missingMaterial([.authentication, .signer])))
    #expect(!rig.log.traces.contains("SEND_DA") && !rig.log.traces.contains("SEND_AUTH"))
  }

  @Test(
    "with the user's files a locked chip starts a signed agent",
    arguments: ["mt6765-secured", "mt6785-secured", "mt6893-secured"])
  func complete(name: String) async throws {
    let device = try #require(MediaTekDevice.all.first { $0.name == name })
    #expect(try await start(rig(name, [("next-stage", "raw")]), device) == [0xC0])
  }

  @Test func `a preloader looks at the signature itself`() async throws {
    #expect(
      try await start(rig("mt6789-secured", [("next-stage", "raw")], complete: false), .mt6789.secured()) == [0xC0])
  }

  @Test func `an unsigned program is refused, by a boot ROM that stays`() async throws {
    let rig = try rig("mt6765-secured")
    let outcome = await rig.outcome {
      try await rig.withTarget {
        try await $0.run(
          [UInt8](repeating: 7, count: 600), at: nil, signatureByteCount: 256, is64Bit: false, answerByteCount: 0)
      }
    }
    #expect(outcome == .failed(.signatureRefused(.signatureFailed, during: "SEND_DA", by: .bootROM)))
    #expect(try await rig.identity().mode == "boot ROM")
  }

  @Test func `an unsigned program is refused, by a preloader that restarts`() async throws {
    let rig = try rig("mt6789-secured")
    let outcome = await rig.outcome {
      try await rig.withTarget {
        try await $0.run(
          [UInt8](repeating: 7, count: 600), at: nil, signatureByteCount: 256, is64Bit: false, answerByteCount: 0)
      }
    }
    #expect(
      outcome == .failed(.signatureRefused(.signatureFailed, during: "SEND_DA", by: .preloader(version: 3))))
    #expect(try await rig.provider.awaitReturn(within: .seconds(10)) { _ in true }.productID == 0x2000)
  }

  @Test func `a wrong authentication file is refused`() async throws {
    var options = MediaTekOptions()
    options.authentication = files.write([1, 2, 3], to: "wrong.bin")
    options.signer = FixtureSigner()
    let rig = try BootROMRig("mt6765-secured", options: options)
    let outcome = await rig.outcome { try await rig.withTarget { try await $0.authenticate() } }
    #expect(outcome == .failed(.signatureRefused(.authenticationFailed, during: "SEND_AUTH", by: .bootROM)))
    #expect(rig.log.notices.contains("brom.odd-file"))
  }

  @Test func `a wrong response is refused`() async throws {
    struct Wrong: ChallengeSigner {
      func sign(_ challenge: [UInt8]) async throws(BootROMError) -> [UInt8] { [1, 2, 3] }
    }
    var options = MediaTekOptions()
    options.authentication = authentication
    options.signer = Wrong()
    let rig = try BootROMRig("mt6765-secured", options: options)
    let outcome = await rig.outcome { try await rig.withTarget { try await $0.authenticate() } }
    #expect(outcome == .failed(.signatureRefused(.signatureFailedDAA, during: "SLA", by: .bootROM)))
  }

  @Test("a chip that asks in the middle of SEND_DA gets its response then", arguments: ["yes", "no"])
  func late(resumes: String) async throws {
    var options = MediaTekOptions()
    options.signer = FixtureSigner()
    let rig = try BootROMRig(
      "mt6765", [("sla-resume", resumes)], quirks: ["sla-required"], options: options)
    let outcome = await rig.outcome { try await start(rig, .mt6765) }
    // A chip that wants the command anew takes the data for commands; nothing is started.
    if resumes == "yes" {
      #expect(outcome == .done)
    } else {
      guard case .failed = outcome else {
        Issue.record("\(outcome)")
        return
      }
    }
    let unprepared = try BootROMRig("mt6765", quirks: ["sla-required"])
    let refusal = await unprepared.outcome { try await start(unprepared, .mt6765) }
    #expect(refusal == .failed(.missingMaterial([.signer])))
  }

  @Test func `a chip that wants a signature without having said so refuses what has none`() async throws {
    let rig = try BootROMRig("mt6765", quirks: ["daa-required"])
    #expect(try await start(rig, .mt6765) == [0xC0])
    let other = try BootROMRig("mt6765", quirks: ["daa-required"])
    let outcome = await other.outcome {
      try await other.withTarget {
        try await $0.run([1, 2, 3, 4], at: nil, signatureByteCount: 0, is64Bit: false, answerByteCount: 0)
      }
    }
    #expect(outcome == .failed(.signatureRefused(.signatureFailed, during: "SEND_DA", by: .bootROM)))
  }
}

@Suite struct `Boot ROM: faults` {
  @Test(
    "every session ends, whatever the link does",
    arguments: ["drop", "corrupt", "stall", "disconnect", "delay=3000"], Array(1...24))
  func faults(kind: String, place: Int) async throws {
    let rig = try BootROMRig("mt6765", faults: ["\(kind)@\(place)"])
    let archive = try BootROMRig.agents(for: .mt6765)
    let outcome = await rig.outcome {
      try await rig.withTarget { target in
        _ = try await target.identify()
        _ = try await target.startAgent(from: archive, answerByteCount: 1)
      }
    }
    if case .strange(let text) = outcome { Issue.record("\(text)") }
    // No false success: what was started was whole.
    if kind == "disconnect", outcome == .done { #expect(rig.log.struckFaults.isEmpty) }
  }
}
