import ArgumentParser
import FlashImages

/// `flashctl image unsparse`
struct ImageUnsparseCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "unsparse", abstract: "Expand a sparse image, or all pieces of one, to a raw file.",
    discussion: """
      What the image skips becomes holes, which read as zeros. Compressed files are unpacked as well.

        flashctl image unsparse system.img system.raw
        flashctl image unsparse system.img_sparsechunk.* -o system.raw
      """)

  @OptionGroup var files: FilesOptions
  @OptionGroup var reading: ImageReadingOptions
  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    let work = ImageOutput(files: files, reading: reading, console: console)
    try work.writeRaw(try work.source())
  }
}
