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
    let sink = try ReadSink(file, form)
    let session = try DeviceSession(options, console, loader)
    let count = try await session.run(step: "read \(region)") { context in
      try await context.target.prepareStorage()
      try context.target.require(.read)
      let range = try await context.target.resolve(try await place.resolve(region, context))
      let progress = FileProgress("\(region)", total: range.byteCount, console: console)
      try await context.target.read(range) { bytes in
        try unsafe bytes.withUnsafeBytes { buffer in try unsafe sink.append(buffer) }
        progress.advance(to: sink.byteCount)
      }
      progress.end()
      guard sink.byteCount == range.byteCount else {
        throw ImageError.shortRead(path: range.description, offset: 0, expected: range.byteCount)
      }
      return range.byteCount
    }
    try sink.finish()
    let sentence = "read \(region): \(Units.bytes(count)) to \(file == "-" ? "standard output" : file)"
    if file == "-" { console.info(sentence) } else { console.result(sentence) }
    console.event(
      "result",
      [
        "status": "done", "region": .string(region.description), "bytes": .unsigned(count), "file": .string(file),
        "fileBytes": .unsigned(sink.writtenByteCount),
      ])
  }
}
