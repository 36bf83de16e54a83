import ArgumentParser
import FlashCore
import FlashImages

/// `flashctl read`
struct ReadCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "read", abstract: "Read a partition or range into a file.",
    discussion: """
      What is zero becomes holes of the file; --sparse and --compress make smaller files, which `flashctl write` takes as they \
      are. Nokia Mk II devices cannot be read back; the command says so and exits \
      with 76.
      """)

  @OptionGroup var region: RegionOptions

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The file to write, or - for standard output.", valueName: "file"), completion: .file())
  var file: String

  @Flag(help: "Write an Android sparse image: blocks of one word over and over take no room.")
  var sparse = false

  @Option(help: ArgumentHelp("Compress what is read: gz or zst.", valueName: "format"), transform: Self.format)
  var compress: CompressedOutput.Format?

  @Flag(help: "Keep what was read in FILE.part when it is cut off, and go on there the next time.")
  var resume = false

  @Flag(help: "Leave zeros where the device cannot read, go on behind them, and end with status 74.")
  var skipUnreadable = false

  @OptionGroup var place: ScatterPlaceOptions
  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  mutating func validate() throws {
    guard file != "-" || !options.output.json else {
      throw ValidationError("--json and -o - would both write to standard output; give a file.")
    }
    guard file != "-" || !sparse && compress == nil else {
      throw ValidationError("--sparse and --compress need a file to write to.")
    }
    guard !resume || file != "-" && !sparse && compress == nil else {
      throw ValidationError("--resume goes on with a plain file, not with standard output, --sparse or --compress.")
    }
    guard !sparse || compress == nil else {
      throw ValidationError("A sparse image's header is written last, which no compressed file allows: choose one.")
    }
  }

  @Sendable private static func format(_ text: String) throws -> CompressedOutput.Format {
    if let format = CompressedOutput.Format(rawValue: text) { return format }
    throw ValidationError("'\(text)' is neither gz nor zst")
  }

  private var form: ReadSink.Form {
    if sparse { return .sparse(SparseEncoder()) }
    return compress.map { .compressed($0) } ?? .plain
  }

  func execute(_ console: Console) async throws {
    let region = try region.value()
    let sink = try resume ? ReadSink(resuming: file) : ReadSink(file, form)
    let session = try DeviceSession(options, console, loader)
    let read = try await keeping(sink) {
      try await session.run(step: "read \(region)") { context in
        try await context.target.prepareStorage()
        try context.target.require(.read)
        let range = try await context.target.resolve(try await place.resolve(region, context))
        let reading = RegionReading(
          target: context.target, range: range, sink: sink, path: file, console: console,
          skipsUnreadable: skipUnreadable)
        return (range: range, holes: try await reading.run(), device: context.device)
      }
    }
    try sink.finish()
    let count = read.range.byteCount
    let sentence = "read \(region): \(Units.bytes(count)) to \(file == "-" ? "standard output" : file)"
    if file == "-" { console.info(sentence) } else { console.result(sentence) }
    try report(read.holes, of: read.range, device: read.device, console)
    console.event(
      "result",
      [
        "status": "done", "region": .string(region.description), "bytes": .unsigned(count), "file": .string(file),
        "fileBytes": .unsigned(sink.writtenByteCount),
      ])
  }

  /// What came before a failure is worth telling of.
  private func keeping<Result: Sendable>(
    _ sink: ReadSink, _ body: () async throws -> Result
  ) async throws -> Result {
    do { return try await body() } catch var diagnostic as Diagnostic where resume && sink.byteCount > 0 {
      diagnostic.remedy =
        (diagnostic.remedy.map { $0 + "; " } ?? "")
        + "\(Units.bytes(sink.byteCount)) are kept in \(file)\(OutputFile.partSuffix), and the same command goes on there"
      throw diagnostic
    }
  }

  /// Holes are no success: the file is complete but for them.
  private func report(_ holes: [Range<UInt64>], of range: StorageRange, device: String, _ console: Console) throws {
    guard !holes.isEmpty else { return }
    for hole in holes {
      console.warning("\(StorageRange(section: range.section, bytes: hole)) could not be read, and is zero in \(file)")
      console.event(
        "unreadable",
        [
          "section": .string(range.section), "start": .unsigned(hole.lowerBound),
          "bytes": .unsigned(hole.upperBound - hole.lowerBound),
        ])
    }
    let missing = holes.reduce(UInt64(0)) { $0 + $1.upperBound - $1.lowerBound }
    throw Diagnostic(
      code: "read.holes",
      message: "\(Units.bytes(missing)) in \(holes.count) places could not be read; \(file) has zeros there",
      remedy: "read these places again, or take them from another copy", exitStatus: .transferFailed, device: device,
      step: "read")
  }
}
