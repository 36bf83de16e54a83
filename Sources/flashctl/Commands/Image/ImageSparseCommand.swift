import ArgumentParser
import FlashImages

/// How sparse images are made.
struct SparseOptions: ParsableArguments {
  @Option(
    name: [.customLong("block-size"), .customLong("block")],
    help: ArgumentHelp("Bytes of a block, a multiple of 4 from 1K to 1M (default: 4096).", valueName: "size"))
  var blockSize: ByteCountArgument?

  @Flag(help: "Leave blocks of zeros out, for targets that hold zeros already.")
  var skipZero = false

  @Flag(help: "Append a checksum of the expanded image; some tools refuse such files.")
  var crc = false

  @Option(help: ArgumentHelp("The largest chunk of data, for devices that limit it: 64M.", valueName: "size"))
  var chunkLimit: ByteCountArgument?

  mutating func validate() throws { _ = try encoder() }

  func encoder() throws -> SparseEncoder {
    let size = UInt32(exactly: blockSize?.byteCount ?? 4096) ?? 0
    guard SparseEncoder.blockSizes.contains(size), size % 4 == 0 else {
      throw ValidationError("--block-size takes a multiple of 4 from 1K to 1M.")
    }
    return SparseEncoder(
      blockByteCount: size, skipsZeros: skipZero, appendsChecksum: crc,
      maximumRawByteCount: chunkLimit?.byteCount ?? .max)
  }
}

/// `flashctl image sparse`
struct ImageSparseCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "sparse", abstract: "Make an Android sparse image.",
    discussion: """
      Blocks that are one word over and over, zeros above all, take no room. The result is what img2simg makes. Compressed and \
      sparse inputs are read as what they hold.

        flashctl image sparse system.raw system.img
      """)

  @OptionGroup var files: FilesOptions
  @OptionGroup var sparse: SparseOptions

  @Flag(help: "Take holes of a raw file for parts that the image says nothing about.")
  var skipHoles = false

  @OptionGroup var reading: ImageReadingOptions
  @OptionGroup var output: OutputOptions

  mutating func validate() throws {
    guard files.inputs.count == 1 else { throw ValidationError("Give one input; `image join` takes pieces.") }
  }

  func execute(_ console: Console) async throws {
    var options = reading.options
    options.holes = skipHoles ? .skip : .zeros
    let source = try ImageOutput.checked(files.inputs[0], options, console).source
    try ImageOutput(files: files, reading: reading, console: console).writeSparse(source, try sparse.encoder())
  }
}
