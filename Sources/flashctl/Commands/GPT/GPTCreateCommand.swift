import ArgumentParser
import FlashCore
import FlashImages

/// `flashctl gpt create`
struct GPTCreateCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "create", abstract: "Make a partition table from a list of partitions.",
    discussion: """
      A partition is NAME:SIZE[:TYPE[:ATTRIBUTES]]. SIZE is a number of bytes (suffix K, M, G) or sectors (suffix s), \
      START+SIZE for a certain place, and empty for all that is left; sizes and places are whole sectors. TYPE is a GUID, or linux (default), basic or efi. \
      ATTRIBUTES is a number, such as 0x006f000000000000 for the active slot of a Qualcomm device.

      A disk image that does not exist is made, as large as --size or --sectors says. One that exists keeps everything \
      but its tables, and needs --force. --main and --backup write the two files that packages hold instead.

        flashctl gpt create -o disk.img --size 64M boot_a:8M boot_b:8M userdata:
        flashctl gpt create --main gpt_main0.bin --backup gpt_backup0.bin --sectors 30535680 --sector-size 4096 \\
          xbl_a:3584K userdata:
      """)

  @Argument(
    help: ArgumentHelp(
      "The partitions, in order: NAME:SIZE[:TYPE[:ATTRIBUTES]].", valueName: "partition"))
  var partitions: [GPTPartitionArgument]

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The disk image to write the table to.", valueName: "file"), completion: .file())
  var target: String?

  @Option(help: ArgumentHelp("Write the first sectors of the disk to this file.", valueName: "file"))
  var main: String?

  @Option(help: ArgumentHelp("Write the last sectors of the disk to this file.", valueName: "file"))
  var backup: String?

  @Option(help: ArgumentHelp("Bytes of a sector: 512, 1024, 2048 or 4096.", valueName: "size"))
  var sectorSize = 512

  @Option(help: ArgumentHelp("Bytes of the disk.", valueName: "size"))
  var size: ByteCountArgument?

  @Option(help: ArgumentHelp("Sectors of the disk.", valueName: "n"))
  var sectors: UInt64?

  @Option(help: ArgumentHelp("Entries of the table.", valueName: "n"))
  var entries = 128

  @Option(
    help: ArgumentHelp(
      "Where partitions without a START may begin: at multiples of this (default: 1M).", valueName: "size"))
  var align: ByteCountArgument?

  @Option(
    help: ArgumentHelp(
      "Derive GUIDs from this text in place of random ones: the same list gives the same bytes.", valueName: "text"))
  var guidsFrom: String?

  @Flag(help: "Write to a file that exists.")
  var force = false

  @OptionGroup var output: OutputOptions

  mutating func validate() throws {
    guard (target != nil) != (main != nil || backup != nil) else {
      throw ValidationError("Say what to write: a disk image with --output, or files with --main and --backup.")
    }
    guard GPTDisk.sectorSizes.contains(sectorSize) else {
      throw ValidationError("--sector-size takes 512, 1024, 2048 or 4096.")
    }
    guard size == nil || sectors == nil else { throw ValidationError("--size and --sectors exclude each other.") }
    guard (1...1024).contains(entries) else { throw ValidationError("--entries takes 1 to 1024.") }
    if let align, align.byteCount == 0 || align.byteCount % UInt64(sectorSize) != 0 {
      throw ValidationError("--align takes a multiple of the sector size.")
    }
    if target == nil, size == nil, sectors == nil {
      throw ValidationError("Say how large the disk is: --size or --sectors.")
    }
    if let size, size.byteCount % UInt64(sectorSize) != 0 {
      throw ValidationError("--size takes whole sectors of \(sectorSize) bytes.")
    }
    if let name = Self.repeated(partitions.map(\.name)) {
      throw ValidationError("Several partitions are called \(name): a device finds its partitions by their names.")
    }
  }

  /// The first name that another partition has already.
  private static func repeated(_ names: [String]) -> String? {
    var seen: Set<String> = []
    return names.first { !seen.insert($0).inserted }
  }

  func execute(_ console: Console) async throws {
    if let target { try writeDisk(target, console) } else { try writeFiles(console) }
  }

  /// Sectors of the disk as the user said.
  private var givenSectorCount: UInt64? { sectors ?? size.map { $0.byteCount / UInt64(sectorSize) } }

  private func builder(sectorCount: UInt64) -> GPTBuilder {
    GPTBuilder(
      sectorByteCount: sectorSize, sectorCount: sectorCount, name: guidsFrom ?? "",
      diskGUID: guidsFrom == nil ? .random() : nil, entryCount: entries,
      alignment: (align?.byteCount ?? 1 << 20) / UInt64(sectorSize))
  }

  private func wanted() throws -> [GPTBuilder.Partition] {
    try partitions.enumerated().map { index, partition in
      let guid = guidsFrom.map { GUID(derivedFrom: "\($0)/\(index)/\(partition.name)") } ?? .random()
      return try partition.partition(sectorByteCount: UInt64(sectorSize), guid: guid)
    }
  }

  private func writeDisk(_ path: String, _ console: Console) throws {
    let exists = FlashInputs.exists(path)
    guard force || !exists else {
      throw Diagnostic.usage(
        "\(path) exists", remedy: "--force writes the table to it and leaves everything else in it alone")
    }
    guard exists || givenSectorCount != nil else {
      throw Diagnostic.usage(
        "\(path) does not exist, and nothing says how large it is to be", remedy: "give --size or --sectors")
    }
    let unit = UInt64(sectorSize)
    let length = exists ? try RegularFile(path: path).length() : 0
    let known = exists ? length / unit : givenSectorCount ?? 0
    if length % unit != 0 {
      console.warning("\(path): the last \(length % unit) bytes are no whole sector, and stay outside of the disk")
    }
    let count = givenSectorCount ?? known
    guard !exists || count == known else {
      throw Diagnostic.usage(
        "\(path) has \(known) sectors, not \(count)", remedy: "leave out --size and --sectors for a file that exists")
    }
    // Everything that can be wrong with the list is found before the file is made.
    let wanted = try wanted()
    let writes = try asUsage { () throws(GPTEditError) in try builder(sectorCount: count).writes(of: wanted) }
    let (bytes, overflows) = count.multipliedReportingOverflow(by: unit)
    guard !overflows else { throw ImageError.tooLarge(path: path, byteCount: .max) }
    _ = try DiskImage(path: path, byteCount: exists ? nil : bytes, sectorByteCount: unit)
    try GPTEditor.apply(writes, to: try EditableFile(path: path), sectorByteCount: sectorSize)
    show([path], sectorCount: count, console)
  }

  private func writeFiles(_ console: Console) throws {
    let count = givenSectorCount ?? 0
    let wanted = try wanted()
    let files = try asUsage { () throws(GPTEditError) in
      try builder(sectorCount: count).table(of: wanted).files(sectorCount: count)
    }
    var written: [String] = []
    for (path, bytes) in [(main, files.main), (backup, files.backup)] {
      guard let path else { continue }
      let file = try OutputFile.begin(at: path, replacing: force, inputs: written)
      try file.append(bytes)
      try file.commit()
      written.append(path)
    }
    show(written, sectorCount: count, console)
  }

  /// The whole table is on the command line, and so is what is wrong with it.
  private func asUsage<Result>(_ body: () throws(GPTEditError) -> Result) throws -> Result {
    do throws(GPTEditError) { return try body() } catch {
      var diagnostic = Diagnostic(error)
      diagnostic.exitStatus = .usage
      throw diagnostic
    }
  }

  private func show(_ files: [String], sectorCount: UInt64, _ console: Console) {
    console.result(
      "wrote \(files.joined(separator: " and ")): \(partitions.count) partitions on \(sectorCount) sectors of "
        + "\(sectorSize) bytes")
    console.event(
      "result",
      [
        "status": "done", "files": .array(files.map { .string($0) }), "sectors": .unsigned(sectorCount),
        "partitions": .integer(Int64(partitions.count)),
      ])
  }
}
