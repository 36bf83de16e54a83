import ArgumentParser
import FlashCore
import FlashImages
import MediaTek
import Qualcomm

/// `flashctl package apply`
struct PackageApplyCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply", abstract: "Build the disk images that flashing a package would leave, patches included.",
    discussion: """
      Files that exist keep what the package does not write. A file that does not exist is made, with the size that \
      --sectors gives its section. Of a MediaTek scatter package the images get the partition table too, as an empty device \
      does, and its boot sections a header.

        flashctl package apply . --to 'lun%d.img' --sectors 0=15269888 --sectors 1=2048
        flashctl package apply firmware/ --to '%d.img' --sectors user=30535680 --sectors boot1=65536 --sectors boot2=65536
      """)

  @OptionGroup var files: PackageArguments

  @Option(
    help: ArgumentHelp("The file for a section; %d stands for the section's number or name.", valueName: "file"),
    completion: .file())
  var to: String

  @Option(
    name: [.customLong("sectors"), .customLong("disk-sectors")],
    help: ArgumentHelp("Sectors of a section: SECTION=SECTORS; may be repeated.", valueName: "section=n"))
  var sectors: [SectorCountArgument] = []

  @Option(
    help: ArgumentHelp(
      "Of a scatter file for several storages, the one that is meant: emmc or ufs.", valueName: "storage"))
  var storage: ScatterStorageArgument?

  @OptionGroup var selection: PackageSelectionOptions
  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    var options = selection.options
    for count in sectors { options.sectorCounts[count.section] = count.sectors }
    // Files are changed here, and no device.
    options.allowsProtected = true
    options.allowsFusing = true
    options.allowsFullErase = true
    let request = files.request(options)
    let scatterPlan = try scatterPlan(request)
    guard var plan = try scatterPlan?.plan ?? QualcommFamily().plan(request, for: nil) else {
      throw Diagnostic.noDescriptor(request, family: "Qualcomm or MediaTek")
    }
    guard !plan.isEmpty else { throw Diagnostic.emptyPlan(request) }
    try requireOneStorage(plan)
    let sizes = try PackageSections(plan, sectorByteCount: scatterPlan?.sectorByteCount)
    let target = DiskImageTarget(try sizes.images(named: to, sectorCounts: options.sectorCounts), family: plan.family)
    plan.steps.removeAll { if case .reboot = $0 { true } else { false } }
    Planning.announce(plan, on: console)
    try await run(plan, on: target, console)
  }

  /// For a scatter package; `nil` for anything else. Sections are as large as their images where those exist.
  private func scatterPlan(_ request: PlanRequest) throws -> ScatterImagePlan? {
    var request = request
    request.scatter.storage = storage?.storage
    return try MediaTekFamily().imagePlan(request) { section in
      try? RegularFile(path: to.replacing("%d", with: section)).length()
    }
  }

  private func requireOneStorage(_ plan: FlashPlan) throws {
    let storages = plan.steps.count { if case .configure = $0 { true } else { false } }
    guard storages > 1 else { return }
    throw Diagnostic.usage(
      "the package is for several storages", remedy: "choose one with PACKAGE::STORAGE, such as contents.xml::ufs")
  }

  private func run(_ plan: FlashPlan, on target: DiskImageTarget, _ console: Console) async throws {
    var running = PlanRunner.Options()
    running.allowsProtected = true
    running.allowsFusing = true
    running.allowsOverlap = selection.entries.allowOverlap
    _ = try await PlanRunner(options: running).run(plan, on: target)
    await target.close()
    for (section, image) in target.images.sorted(by: { $0.key < $1.key }) {
      console.result("\(image.path): section \(section), \(Units.bytes(image.byteCount))")
    }
    console.event(
      "result",
      [
        "status": "done", "bytes": .unsigned(plan.byteCount),
        "images": .array(
          target.images.sorted { $0.key < $1.key }.map { section, image in
            ["section": .string(section), "file": .string(image.path), "bytes": .unsigned(image.byteCount)]
          }),
      ])
  }
}
