import ArgumentParser
import FlashImages

/// `flashctl image convert`
struct ImageConvertCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Write an image in another form: raw, or sparse.",
    discussion: """
      The input is recognised by its content: gzip, xz, zstd or lz4 around a raw or sparse image, or the image itself.

        flashctl image convert system.img.xz system.raw --to raw
        flashctl image convert system.img.gz system.img --to sparse
      """)

  enum Form: String, ExpressibleByArgument, CaseIterable {
    case raw, sparse
  }

  @OptionGroup var files: FilesOptions

  @Option(help: ArgumentHelp("The form to write: raw or sparse.", valueName: "form"))
  var to: Form

  @OptionGroup var sparse: SparseOptions
  @OptionGroup var reading: ImageReadingOptions
  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    let work = ImageOutput(files: files, reading: reading, console: console)
    let source = try work.source()
    switch to {
    case .raw: try work.writeRaw(source)
    case .sparse: try work.writeSparse(source, try sparse.encoder())
    }
  }
}
