import ArgumentParser
import FlashImages

/// `flashctl image convert`
struct ImageConvertCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Write an image in another form: raw, sparse, or as a boot section begins.",
    discussion: """
      The input is recognised by its content: gzip, xz, zstd or lz4 around a raw or sparse image, or the image itself. \
      A MediaTek preloader becomes what the boot section of an eMMC holds, with a header in front; `image extract` takes that \
      off again.

        flashctl image convert system.img.xz system.raw --to raw
        flashctl image convert system.img.gz system.img --to sparse
        flashctl image convert preloader.bin boot1.img --to boot-section
      """)

  enum Form: String, ExpressibleByArgument, CaseIterable {
    case raw, sparse
    case bootSection = "boot-section"
  }

  @OptionGroup var files: FilesOptions

  @Option(help: ArgumentHelp("The form to write: raw, sparse or boot-section.", valueName: "form"))
  var to: Form

  @OptionGroup var sparse: SparseOptions
  @OptionGroup var reading: ImageReadingOptions
  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    let work = ImageOutput(files: files, reading: reading, console: console)
    switch to {
    case .raw: try work.writeRaw(try work.source())
    case .sparse: try work.writeSparse(try work.source(), try sparse.encoder())
    case .bootSection: try BootSectionOutput(work: work).write()
    }
  }
}
