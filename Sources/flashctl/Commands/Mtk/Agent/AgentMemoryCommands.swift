import ArgumentParser
import FlashCore
import FlashImages
import MediaTek

/// `flashctl mtk agent memory-test`
struct AgentMemoryTestCommand: AgentCommand {
  static let configuration = CommandConfiguration(
    commandName: "memory-test", abstract: "Have an XML agent test the device's memory.",
    discussion:
      "flip turns bits of a range of DRAM over, calibrate brings what it found, sram tests the chip's own memory.")

  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case flip, calibrate, sram
  }

  @Argument(help: "flip, calibrate or sram.") var kind: Kind
  @Option(help: ArgumentHelp("flip: the first address.", valueName: "address")) var start: AddressArgument?
  @Option(help: ArgumentHelp("flip: bytes.", valueName: "length")) var length: ByteCountArgument?
  @Option(help: ArgumentHelp("flip: how often.", valueName: "times")) var repeats: UInt64 = 1

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("calibrate: the file for what it brings.", valueName: "file"), completion: .file())
  var file: String?

  @OptionGroup var loader: AgentLoaderOptions
  @OptionGroup var options: DeviceOptions

  mutating func validate() throws {
    guard (start != nil && length != nil) == (kind == .flip), (start == nil) == (length == nil) else {
      throw ValidationError("--start and --length go with flip, which needs both.")
    }
    guard file == nil || kind == .calibrate else { throw ValidationError("-o goes with calibrate.") }
    guard (1...1_000_000).contains(repeats) else { throw ValidationError("--repeats takes 1 to 1000000.") }
  }

  private var test: XMLAgentCommand.MemoryTest {
    switch kind {
    case .flip: .flip(start: start?.value ?? 0, byteCount: length?.byteCount ?? 0, repeats: repeats)
    case .calibrate: .calibration(file: "calibration.bin")
    case .sram: .sram
    }
  }

  func execute(_ console: Console) async throws {
    let sink = try file.map { try OutputFile.begin(at: $0, replacing: true) }
    let reports = AgentReports(console)
    let test = test
    let (device, bytes) = try await run("memory-test", on: console) { target, device in
      (device, try await target.testMemory(test, report: reports.show))
    }
    if let sink {
      try sink.append(bytes)
      try sink.commit()
    }
    console.result("\(device) says that the test is done" + (file.map { "; what it brought is in \($0)" } ?? ""))
    console.event(
      "result",
      [
        "status": "done", "device": .string(device), "test": .string(kind.rawValue),
        "bytes": .unsigned(UInt64(bytes.count)), "file": .optional(file),
      ])
  }
}

/// `flashctl mtk agent memory-repair`
struct AgentMemoryRepairCommand: AgentCommand {
  static let configuration = CommandConfiguration(
    commandName: "memory-repair", abstract: "Have an XML agent repair memory by the manufacturer's parameters.",
    discussion: "Memory chips have a few spare rows, and what is repaired stays so.")

  @Argument(help: "The file with the parameters.", completion: .file()) var file: String
  @Flag(help: "Allow what nothing undoes.") var allowFusing = false
  @OptionGroup var loader: AgentLoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    guard allowFusing else {
      throw Diagnostic.usage(
        "memory repair uses up spare rows, which nothing undoes", remedy: "allow it with --allow-fusing")
    }
    let bytes = try BootROMFile.content(of: file, limit: 1 << 20)
    let (device, outcome) = try await run("memory-repair", on: console) { target, device in
      (device, try await target.repairMemory(bytes))
    }
    console.result(SafeText.line("\(device) says \(outcome.isEmpty ? "nothing" : outcome)"))
    console.event("result", ["status": "done", "device": .string(device), "outcome": .string(outcome)])
  }
}

/// `flashctl mtk agent ufs-firmware`
struct AgentUFSFirmwareCommand: AgentCommand {
  static let configuration = CommandConfiguration(
    commandName: "ufs-firmware", abstract: "Give the UFS chip another firmware through an XML agent.",
    discussion: "A firmware for another chip may leave the storage unusable, and nothing undoes it.")

  @Argument(help: "The firmware of the chip's manufacturer.", completion: .file()) var file: String
  @Flag(help: "Allow what nothing undoes.") var allowFusing = false
  @OptionGroup var loader: AgentLoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    guard allowFusing else {
      throw Diagnostic.usage("nothing undoes a firmware of the storage chip", remedy: "allow it with --allow-fusing")
    }
    let bytes = try BootROMFile.content(of: file, limit: 16 << 20)
    let reports = AgentReports(console)
    let device = try await run("ufs-firmware", on: console) { target, device in
      try await target.updateUFSFirmware(bytes, report: reports.show)
      return device
    }
    console.result("\(device) took \(Units.bytes(UInt64(bytes.count))) for its UFS chip")
    console.event("result", ["status": "done", "device": .string(device), "bytes": .unsigned(UInt64(bytes.count))])
  }
}
