import Foundation
import Testing

@testable import flashctl

@Suite struct `Boot ROM on the command line` {
  private let folder: TemporaryFolder
  private static let device = "sim:mt6765,clock=virtual"

  init() throws { folder = try TemporaryFolder() }

  @Test("info tells what a chip is", arguments: [["info"], ["mtk", "brom", "info"]])
  func info(words: [String]) throws {
    let outcome = try BuiltProgram.run(words + ["--json", "--device", Self.device])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let device = try #require(outcome.event("device"))
    #expect(device["family"] as? String == "mediatek" && device["model"] as? String == "MT6765")
    #expect(device["hardwareCode"] as? String == "0x0766" && device["mode"] as? String == "boot ROM")
    #expect((device["meId"] as? String)?.count == 32 && (device["socId"] as? String)?.count == 64)
  }

  @Test func `peek reads what it says`() throws {
    let file = folder.file("memory.bin")
    let outcome = try BuiltProgram.run(
      "mtk", "brom", "peek", "0x100000", "64", "-o", file, "--json", "--device", Self.device)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try folder.bytes(of: "memory.bin") == [UInt8](repeating: 0, count: 64))
    let refused = try BuiltProgram.run("mtk", "brom", "peek", "0x80000000", "4", "--json", "--device", Self.device)
    #expect(refused.status == 76 && refused.events.last?["code"] as? String == "brom.refused")
    #expect(try BuiltProgram.run("mtk", "brom", "peek", "0", "3", "--device", Self.device).status == 64)
  }

  @Test func `poke, pmic, log and reset say what became of them`() throws {
    for words in [
      ["poke", "0x100000", "1", "0xFFFFFFFF"], ["pmic", "14"], ["pmic", "14", "3"], ["log"],
      ["log", "--uart", "--baud", "115200"], ["reset"], ["continue"],
    ] {
      let outcome = try BuiltProgram.run(["mtk", "brom"] + words + ["--json", "--device", Self.device])
      #expect(outcome.status == 0, "\(words): \(outcome.errors)")
      #expect(outcome.events.last?["status"] as? String == "done")
    }
  }

  @Test func `the fixtures that simulate writes start an agent, on locked chips too`() throws {
    for model in ["mt6765", "mt6765-secured", "mt6893-secured"] {
      let fixtures = folder.file(model)
      let written = try BuiltProgram.run("simulate", model, "--write-fixtures", fixtures)
      #expect(written.status == 0, "\(written.errors)")
      let files = try FileManager.default.contentsOfDirectory(atPath: fixtures)
      #expect(Set(files).isSuperset(of: ["DA.bin", "preloader.bin", "package"]))
      var words = ["mtk", "brom", "start", "--loader", fixtures + "/DA.bin"]
      if model.hasSuffix("secured") {
        words += ["--auth", fixtures + "/auth.bin", "--sla-signer", "'\(fixtures)/sla-signer.sh'"]
      }
      let outcome = try BuiltProgram.run(words + ["--json", "--device", "sim:\(model),clock=virtual,next-stage=raw"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.events.last?["answer"] as? String == "C0")
    }
  }

  @Test func `the fixtures' package and preloader are what their kinds say`() throws {
    for model in ["mt6765", "mt6785", "mt6893", "mt6789"] {
      let fixtures = folder.file(model + "-files")
      #expect(try BuiltProgram.run("simulate", model, "--write-fixtures", fixtures).status == 0)
      let scatter = fixtures + "/package/\(model.uppercased())_Android_scatter.txt"
      for words in [
        ["scatter", "check", scatter], ["image", "verify", fixtures + "/DA.bin"],
        ["image", "inspect", fixtures + "/preloader.bin"],
      ] {
        let outcome = try BuiltProgram.run(words)
        #expect(outcome.status == 0, "\(words): \(outcome.output)\(outcome.errors)")
      }
    }
  }

  @Test func `ids of its own do not keep a device from being chosen by a command of the family`() throws {
    let device = "sim:mt6765,clock=virtual,vendor-id=1234,product-id=5678"
    #expect(try BuiltProgram.run("mtk", "brom", "info", "--device", device).status == 0)
    #expect(try BuiltProgram.run("info", "--device", device).status == 69)
    let needy = try BuiltProgram.run("partitions", "--device", Self.device)
    #expect(needy.status == 64 && needy.errors.contains("--loader"), "\(needy.errors)")
  }

  @Test func `a locked chip names what it wants and stops`() throws {
    let fixtures = folder.file("locked")
    _ = try BuiltProgram.run("simulate", "mt6765-secured", "--write-fixtures", fixtures)
    let outcome = try BuiltProgram.run(
      "mtk", "brom", "start", "--loader", fixtures + "/DA.bin", "--json", "--device", "sim:mt6765-secured,clock=virtual"
    )
    #expect(outcome.status == 64)
    #expect(outcome.events.last?["code"] as? String == "brom.authentication-required")
    let message = try #require(outcome.events.last?["message"] as? String)
    #expect(message.contains("--auth") && message.contains("--sla-signer"))
  }

  @Test func `a signer that fails is named`() throws {
    let fixtures = folder.file("signer")
    _ = try BuiltProgram.run("simulate", "mt6765-secured", "--write-fixtures", fixtures)
    for (command, words) in [("exit 3", "ended with status 3"), ("true", "0 bytes")] {
      let outcome = try BuiltProgram.run(
        "mtk", "brom", "authenticate", "--auth", fixtures + "/auth.bin", "--sla-signer", command, "--json", "--device",
        "sim:mt6765-secured,clock=virtual")
      #expect(outcome.status == 64 && (outcome.events.last?["message"] as? String)?.contains(words) == true)
    }
  }

  @Test func `a program of one's own runs`() throws {
    let program = folder.file("u-boot.bin")
    try Data([1, 2, 3]).write(to: URL(fileURLWithPath: program))
    let outcome = try BuiltProgram.run("mtk", "brom", "run", program, "--json", "--device", Self.device)
    #expect(outcome.status == 0 && outcome.events.last?["address"] as? String == "0x201000", "\(outcome.errors)")
  }

  @Test func `modes and images are for preloaders`() throws {
    let image = folder.file("lk.img")
    try Data([1, 2, 3]).write(to: URL(fileURLWithPath: image))
    let preloader = "sim:mt6765,clock=virtual,actor=preloader"
    for words in [["mode", "fastboot"], ["boot", "lk", image], ["hold"]] {
      let outcome = try BuiltProgram.run(["mtk", "brom"] + words + ["--json", "--device", preloader])
      #expect(outcome.status == 0, "\(words): \(outcome.errors)")
    }
    let mode = try BuiltProgram.run("mtk", "brom", "mode", "fastboot", "--json", "--device", Self.device)
    #expect(mode.status == 75 && mode.events.last?["code"] as? String == "brom.not-listening")
    let boot = try BuiltProgram.run("mtk", "brom", "boot", "lk", image, "--json", "--device", Self.device)
    #expect(boot.status == 76 && boot.events.last?["code"] as? String == "brom.wrong-actor")
    let hold = try BuiltProgram.run("mtk", "brom", "hold", "--json", "--device", Self.device)
    #expect(hold.status == 76 && hold.events.last?["code"] as? String == "brom.wrong-actor", "\(hold.errors)")
  }
}
