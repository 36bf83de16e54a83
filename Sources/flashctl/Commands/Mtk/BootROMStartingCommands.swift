import ArgumentParser
import FlashCore
import FlashImages
import MediaTek
import WireFormat

/// `flashctl mtk brom start`
struct BootROMStartCommand: BootROMCommand {
  static let configuration = CommandConfiguration(
    commandName: "start", abstract: "Send the first stage of a Download Agent and start it, and do nothing else.",
    discussion: "The entry of the agent file is chosen by chip and versions. The agent waits for a host then.")

  @OptionGroup var loader: LoaderFileOption
  @Option(help: ArgumentHelp("Use this entry of the agent file, from 0, whatever the chip says.", valueName: "number"))
  var forceEntry: Int?
  @OptionGroup var authentication: AuthenticationOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let archive = try loader.archive()
    var mediaTek = try authentication.options()
    mediaTek.forcedEntry = forceEntry
    let (device, started) = try await run("start", on: console, mediaTek) { target, device in
      (device, try await target.startAgent(from: archive, answerByteCount: 16))
    }
    let address = started.entry.stages.first.map { UInt64(started.entry.regions[$0].loadAddress) } ?? 0
    console.result(
      "\(device) took entry \(started.entry.index) of \(archive.path) to \(Diagnostic.hex(address)) and started it"
        + (started.answer.isEmpty ? "" : "; it says \(Hex.string(started.answer, separator: " "))"))
    console.event(
      "result",
      [
        "status": "done", "device": .string(device), "entry": .unsigned(UInt64(started.entry.index)),
        "address": .string(Diagnostic.hex(address)), "answer": .string(Hex.string(started.answer)),
      ])
  }
}

/// The agent file of commands that have no use for anything else.
struct LoaderFileOption: ParsableArguments {
  @Option(
    help: ArgumentHelp("The agent file, such as MTK_AllInOne_DA.bin (default: FLASHCTL_LOADER).", valueName: "file"),
    completion: .file())
  var loader: String?

  func archive() throws -> AgentArchive {
    guard let path = loader ?? Environment["FLASHCTL_LOADER"], !path.isEmpty else {
      throw Diagnostic.usage(
        "this command needs an agent file", remedy: "give it with --loader FILE, or set FLASHCTL_LOADER")
    }
    return try AgentArchive(path: path)
  }
}

/// `flashctl mtk brom run`
struct BootROMRunCommand: BootROMCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Send a program of your own to a chip's memory and start it.",
    discussion: "For boards: U-Boot, Trusted Firmware and the like. Locked chips want the program signed.")

  @Argument(help: ArgumentHelp("The program, with its signature at its end.", valueName: "file"), completion: .file())
  var program: String

  @Option(help: ArgumentHelp("Where it goes (default: the chip's customary place).", valueName: "address"))
  var address: AddressArgument?

  @Option(help: ArgumentHelp("Bytes of the signature at its end.", valueName: "bytes")) var signature: UInt32 = 0
  @Flag(name: .customLong("aarch64"), help: "It is a 64-bit program.") var is64Bit = false
  @OptionGroup var authentication: AuthenticationOptions
  @OptionGroup var options: DeviceOptions

  mutating func validate() throws {
    guard address.map({ $0.value < 1 << 32 }) ?? true else { throw ValidationError("addresses have 32 bits.") }
  }

  func execute(_ console: Console) async throws {
    let bytes = try BootROMFile.content(of: program, limit: 64 << 20)
    guard signature <= bytes.count else {
      throw Diagnostic.usage("the program has \(bytes.count) bytes, and no signature of \(signature)")
    }
    let place = address.map { UInt32($0.value) }
    let (device, started) = try await run("run", on: console, authentication.options()) {
      [signature, is64Bit] target, device in
      let started = try await target.run(
        bytes, at: place, signatureByteCount: signature, is64Bit: is64Bit, answerByteCount: 64)
      return (device, started)
    }
    let hex = Diagnostic.hex(UInt64(started.address))
    console.result(
      "\(device) took \(Units.bytes(UInt64(bytes.count))) to \(hex) and started them"
        + (started.answer.isEmpty ? "" : "; they say \(Hex.string(started.answer, separator: " "))"))
    console.event(
      "result",
      [
        "status": "done", "device": .string(device), "address": .string(hex),
        "bytes": .unsigned(UInt64(bytes.count)), "answer": .string(Hex.string(started.answer)),
      ])
  }
}

/// `flashctl mtk brom boot`
struct BootROMBootCommand: BootROMCommand {
  static let configuration = CommandConfiguration(
    commandName: "boot", abstract: "Have a preloader start an image without writing it.",
    discussion: "Only preloaders that were built for it know how.")

  @Argument(help: "The partition that the image is for, such as lk.") var partition: String
  @Argument(help: ArgumentHelp("The image.", valueName: "file"), completion: .file()) var file: String
  @OptionGroup var options: DeviceOptions

  mutating func validate() throws {
    guard (1...63).contains(partition.utf8.count), partition.allSatisfy(\.isASCII) else {
      throw ValidationError("a partition's name has 1 to 63 letters of ASCII.")
    }
  }

  func execute(_ console: Console) async throws {
    let bytes = try BootROMFile.content(of: file)
    let device = try await run("boot", on: console) { [partition] target, device in
      try await target.boot(bytes, as: partition)
      return device
    }
    console.result("\(device) starts \(file) as \(partition)")
    console.event(
      "result",
      [
        "status": "done", "device": .string(device), "partition": .string(partition),
        "bytes": .unsigned(UInt64(bytes.count)),
      ])
  }
}
