import ArgumentParser
import FlashImages

/// How files with images are read; the same on every command that takes one.
struct ImageReadingOptions: ParsableArguments {
  @Flag(help: "Take the file's bytes as they are: neither unpack nor expand them.")
  var raw = false

  @Flag(help: "Do not unpack compressed files.")
  var noDecompress = false

  @Flag(help: "Do not expand sparse images.")
  var noSparse = false

  @Flag(help: "Take sparse images that end early; the rest is skipped.")
  var lenient = false

  @Option(help: ArgumentHelp("Memory that unpacking may take (default: 512M).", valueName: "size"))
  var memoryLimit: ByteCountArgument?

  @Option(help: ArgumentHelp("Bytes that a compressed file may expand to (default: 1024G).", valueName: "size"))
  var sizeLimit: ByteCountArgument?

  var options: ImageFile.Options {
    var options = raw ? ImageFile.Options.raw : ImageFile.Options()
    if noDecompress { options.unpacks = false }
    if noSparse { options.expandsSparse = false }
    options.mode = lenient ? .lenient : .strict
    if let memoryLimit { options.limits.memoryByteCount = memoryLimit.byteCount }
    if let sizeLimit { options.limits.expandedByteCount = sizeLimit.byteCount }
    return options
  }
}
