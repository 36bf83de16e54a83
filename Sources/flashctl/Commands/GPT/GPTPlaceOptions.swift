import ArgumentParser
import FlashCore
import FlashImages

/// Where a partition table is: in a file, or in a section of a device's storage.
struct GPTPlaceOptions: ParsableArguments {
  @Argument(
    help: "A disk image, or a simulated device's storage file; left out for the storage of a device (--section).",
    completion: .file())
  var file: String?

  @OptionGroup var table: GPTSectionOptions
}

/// Which table of a device is meant.
struct GPTSectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The section (LUN) of a device with the table, in place of a file.", valueName: "section"))
  var section: String?
}

/// A command about a partition table, in a file or on a device.
protocol GPTTableCommand: DeviceCommand {
  /// `nil` for a device.
  var file: String? { get }
  var section: String? { get }
  var loader: LoaderOptions { get }
}

extension GPTTableCommand {
  /// The device's side of it.
  func access(_ console: Console) -> GPTDeviceAccess {
    GPTDeviceAccess(section: section, loader: loader, options: options, console: console)
  }

  /// Bytes of a file's sector, where the user says.
  func fileSectorSize() throws -> Int? {
    guard let size = loader.firehose.sectorSize.map({ Int($0) }) else { return nil }
    guard GPTDisk.sectorSizes.contains(size) else {
      throw ValidationError("--sector-size takes 512, 1024, 2048 or 4096.")
    }
    return size
  }

  /// The table of a file.
  func read(_ file: String, acceptsDamaged: Bool = false) throws -> GPTDisk {
    try GPTDisk(
      reading: try RegularFile(path: file), sectorByteCount: try fileSectorSize(), acceptsDamaged: acceptsDamaged)
  }

  /// Either a file is meant, or a device; writing needs to know which table of it.
  func requireOnePlace(needsSection: Bool = false) throws {
    let isDevice = section != nil || options.device != nil
    guard (file != nil) != isDevice else {
      throw ValidationError(
        file == nil
          ? "Give a FILE, or --section for the storage of a device."
          : "A table is in a file or on a device: give FILE, or --section and --device.")
    }
    if file != nil { _ = try fileSectorSize() }
    guard file != nil || section != nil || !needsSection else {
      throw ValidationError("Say which table of the device with --section.")
    }
  }
}
