import ArgumentParser
import FlashImages

/// `flashctl image join`
struct ImageJoinCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "join", abstract: "Make one sparse image of the pieces of one.",
    discussion: """
      Pieces may come in any order. What none of them holds stays skipped; where two hold the same place they have to \
      agree.

        flashctl image join super.img_sparsechunk.* -o super.img
      """)

  @OptionGroup var files: FilesOptions
  @OptionGroup var reading: ImageReadingOptions
  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    let work = ImageOutput(files: files, reading: reading, console: console)
    let joined = try work.pieces()
    try work.writeSparse(joined, SparseEncoder(blockByteCount: joined.blockByteCount ?? 4096))
  }
}
