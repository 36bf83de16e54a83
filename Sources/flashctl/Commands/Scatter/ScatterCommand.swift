import ArgumentParser
import FlashImages

/// `flashctl scatter …`: MediaTek's scatter files, without a device.
struct ScatterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scatter", abstract: "Look at, check and convert MediaTek scatter files.",
    subcommands: [
      ScatterShowCommand.self, ScatterCheckCommand.self, ScatterConvertCommand.self, ScatterChecksumCommand.self,
    ])
}

/// A scatter file, and the device that it is looked at for.
struct ScatterFileOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("A scatter file, flash.xml, a console tool's configuration, or a folder.", valueName: "package"),
    completion: .file())
  var path: String

  @Option(help: ArgumentHelp("Only the layout for this storage: emmc, ufs or nand.", valueName: "storage"))
  var storage: ScatterStorageArgument?

  @Option(
    help: ArgumentHelp("Bytes of the device's user section, to resolve what counts from its end.", valueName: "size"))
  var size: ByteCountArgument?

  @Option(help: ArgumentHelp("Bytes of a sector (default: 512, of UFS 4096, of NAND 2048).", valueName: "size"))
  var sectorSize: ByteCountArgument?

  @Option(
    help: ArgumentHelp("Look for files here before anywhere else; may be repeated.", valueName: "folder"),
    completion: .directory)
  var searchPath: [String] = []

  mutating func validate() throws {
    if let count = sectorSize?.byteCount, !(256...1 << 22).contains(count) || count.nonzeroBitCount != 1 {
      throw ValidationError("--sector-size takes a power of two from 256 to 4194304.")
    }
  }

  func package(isStrict: Bool = false) throws -> ScatterPackage {
    try ScatterPackage(path: path, searchPaths: searchPath, isStrict: isStrict)
  }

  /// The layouts that are meant, by their number in the file.
  func layouts(of file: ScatterFile) throws -> [Int] {
    let all = file.scatter.layouts
    guard let storage = storage?.storage else {
      guard size == nil || all.count == 1 else { throw ScatterWriteError.severalStorages(all.compactMap(\.storage)) }
      return Array(all.indices)
    }
    let chosen = all.indices.filter { all[$0].storage == storage }
    guard !chosen.isEmpty else { throw ScatterWriteError.noLayout(storage, has: all.compactMap(\.storage)) }
    return chosen
  }

  /// Sizes of sections, as far as the user gave them.
  func sections(of layout: ScatterLayout) -> [ScatterSection: UInt64] {
    guard let size, let section = layout.storage?.userSection else { return [:] }
    return [section: size.byteCount]
  }
}
