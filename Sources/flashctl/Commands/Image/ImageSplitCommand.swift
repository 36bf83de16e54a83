import ArgumentParser
import FlashImages

/// `flashctl image split`
struct ImageSplitCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "split", abstract: "Cut a sparse image into pieces of limited size.",
    discussion: """
      The pieces are OUT_sparsechunk.0, .1 and so on; without --output, OUT is the input's name. Each is a sparse image \
      of the whole size that skips what the others hold, so they may be written in any order.

        flashctl image split super.img --size 512M
      """)

  @Argument(help: "A sparse image.", completion: .file())
  var file: String

  @Option(help: ArgumentHelp("The largest piece: 512M.", valueName: "size"))
  var size: ByteCountArgument

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("What the pieces' names begin with.", valueName: "file"), completion: .file())
  var target: String?

  @Flag(help: "Replace pieces that exist.")
  var force = false

  @OptionGroup var reading: ImageReadingOptions
  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    guard let sparse = try ImageOutput.checked(file, reading.options, console).sparse else {
      throw Diagnostic(
        code: "image.not-sparse", message: "\(file): no sparse image, and only those can be split",
        remedy: "make one first: `flashctl image sparse`", exitStatus: .badData, step: "split")
    }
    guard try sparse.openSeekable() != nil else { throw ImageError.notSeekable(path: file) }
    let splitter = try SparseSplitter(sparse, blockByteCount: sparse.header.blockByteCount, limit: size.byteCount)
    let total = splitter.pieces.reduce(0) { $0 + $1.byteCount }
    let progress = FileProgress("split", total: total, console: console)
    for (index, piece) in splitter.pieces.enumerated() {
      let path = "\(target ?? file)_sparsechunk.\(index)"
      let output = try OutputFile.begin(at: path, replacing: force, inputs: [file])
      try splitter.write(piece, to: output) { progress.advance(to: $0) }
      try output.commit()
      progress.finishPart(output.byteCount)
      console.result("\(path)  \(output.byteCount) bytes")
      console.event("piece", ["file": .string(path), "bytes": .unsigned(output.byteCount)])
    }
    progress.end()
    console.event(
      "result",
      [
        "status": "done", "file": .string(file), "pieces": .integer(Int64(splitter.pieces.count)),
        "bytes": .unsigned(total),
      ])
  }
}
