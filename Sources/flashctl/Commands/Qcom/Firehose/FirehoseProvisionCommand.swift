import ArgumentParser
import FlashCore
import FlashImages
import Glibc
import Qualcomm

/// `flashctl qcom firehose provision`
struct FirehoseProvisionCommand: ProgrammerCommand {
  static let configuration = CommandConfiguration(
    commandName: "provision", abstract: "Give unprovisioned UFS storage its LUNs, from a provisioning file.",
    discussion: """
      Everything on the storage is lost. The device checks the whole layout first; nothing is written unless it takes all \
      of it. The new LUNs are there after a restart, which follows unless --no-reboot is given. A layout that locks the \
      configuration for good needs --finalize-provisioning and --allow-fusing.
      """)

  @Argument(help: "The provisioning XML file.", completion: .file()) var file: String
  @Flag(help: "The layout locks the configuration for good, and that is wanted.") var finalizeProvisioning = false
  @Flag(help: "Allow what cannot be undone.") var allowFusing = false
  @Flag(help: "Ask no question.") var yes = false
  @Flag(help: "Check the file, and stop before a device is looked for.") var dryRun = false
  @Flag(help: "Do not restart the device into EDL afterwards.") var noReboot = false
  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  mutating func validate() throws {
    if finalizeProvisioning, !allowFusing {
      throw ValidationError("--finalize-provisioning locks the storage for good: it needs --allow-fusing too.")
    }
  }

  private static let limit: UInt64 = 1 << 20
  /// Time to think again before something that cannot be undone.
  private static let pause = Duration.seconds(5)

  /// What a device may take, and what is hardly meant.
  private func warnOfDoubts(_ layout: FirehoseProvisioning, _ console: Console) {
    warnOfUnits(layout.units, console)
    let stated = layout.device.number("bNumberLU")
    if stated != layout.units.count {
      console.warning("\(file): bNumberLU is \(stated), and \(layout.units.count) LUNs are described")
    }
    let grown = layout.commit.number("LUNtoGrow")
    if grown != Self.growsNone, !layout.units.contains(where: { $0.number("LUNum") == grown }) {
      console.warning("\(file): LUNtoGrow is \(grown), and no LUN of that number is described: none will grow")
    }
  }

  /// Two LUNs that a boot ROM is to start from, and blocks that UFS does not have.
  private func warnOfUnits(_ units: [FirehoseUFS], _ console: Console) {
    for (drive, letter) in [(UInt64(1), "A"), (2, "B")] {
      let boots = units.filter { $0.number("bBootLunID") == drive }.map { "\($0.number("LUNum"))" }
      if boots.count > 1 {
        console.warning("\(file): the LUNs \(boots.joined(separator: " and ")) are all boot \(letter)")
      }
    }
    for unit in units where unit.number("bLUEnable") != 0 && unit.number("bLogicalBlockSize") < Self.smallestBlock {
      console.warning(
        "\(file): LUN \(unit.number("LUNum")): bLogicalBlockSize \(unit.number("bLogicalBlockSize")) is less than UFS has "
          + "(\(Self.smallestBlock): 4096 bytes)")
    }
  }

  /// The exponent of 4096, the smallest block of UFS storage.
  private static let smallestBlock: UInt64 = 12
  /// The number that no LUN has: what is left of the storage stays unused.
  private static let growsNone: UInt64 = 255

  func execute(_ console: Console) async throws {
    let layout = try layout()
    for unit in layout.units {
      console.result(
        "LUN \(unit.number("LUNum")): \(unit.number("size_in_kb")) KB"
          + (unit.number("bLUEnable") == 0 ? ", disabled" : "")
          + (unit.number("bBootLunID") == 0 ? "" : ", boot \(unit.number("bBootLunID") == 1 ? "A" : "B")"))
    }
    warnOfDoubts(layout, console)
    guard !dryRun else {
      return console.event("result", ["status": "planned", "luns": .integer(Int64(layout.units.count))])
    }
    try confirm(console)
    if layout.device.locksConfiguration {
      console.warning("the layout locks the storage's configuration for good; Ctrl-C within 5 seconds stops this")
      try await Task.sleep(for: Self.pause)
    }
    var loader = loader
    loader.firehose.memory = .ufs
    loader.firehose.skipStorageInit = true
    let reboots = !noReboot
    let device = try await DeviceSession(options, console, loader).runQualcomm(step: "provision") { target, device in
      try await target.provision(layout)
      if reboots { try await target.reboot(to: .edl) }
      return device
    }
    console.result("\(device) took the layout" + (reboots ? " and restarts into EDL" : "; it counts after a restart"))
    console.event(
      "result",
      [
        "status": "done", "device": .string(device), "luns": .integer(Int64(layout.units.count)),
        "rebooted": .bool(reboots),
      ])
  }

  private func layout() throws -> FirehoseProvisioning {
    let source = try RegularFile(path: file)
    let count = try source.length()
    guard count <= Self.limit else { throw ImageError.tooLarge(path: file, byteCount: count) }
    let bytes = try source.bytes(at: 0, count: Int(count))
    do throws(FirehoseProvisioningError) {
      return try FirehoseProvisioning(parsing: bytes, finalizes: finalizeProvisioning)
    } catch {
      throw Diagnostic.provisioning(error, file: file)
    }
  }

  /// Only a person at a terminal is asked; a script has to say it.
  private func confirm(_ console: Console) throws {
    guard !yes else { return }
    guard isatty(STDIN_FILENO) != 0 else {
      throw Diagnostic.usage("provisioning erases everything on the storage", remedy: "say --yes if that is wanted")
    }
    console.warning("everything on the device's storage will be lost; type “yes” to go on")
    guard readLine() == "yes" else { throw Diagnostic.cancelled(device: nil) }
  }
}
