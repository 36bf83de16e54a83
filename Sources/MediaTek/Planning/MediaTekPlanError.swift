public import FlashImages

/// Why no plan could be made. Nothing has been sent to a device then, but what asks it how its storage is divided.
public enum MediaTekPlanError: Error, Equatable, Sendable {
  /// What stands before `=` is no region.
  case badRegion(String)
  /// An image cannot be read.
  case image(ImageError)
  /// Regions with data of this one device would be written.
  case protectedRegions([String])
  /// A section that only signed requests change: RPMB.
  case neverWritten(String)

  // Scatter packages.
  case scatter(ScatterError)
  /// More than one descriptor.
  case severalPackages([String])
  /// Layouts for several storages, and no device tells which one is meant.
  case severalLayouts([ScatterStorage])
  /// The rules of `docs/protocols/mtk-scatter.md` 7 forbid it. `path` is the scatter file.
  case refused(ScatterRefusal, path: String)
  /// What a mode does depends on the device; `section` is the one whose size would have to be known.
  case needsDevice(ScatterMode, section: String)
  /// Disk images are made for a section whose size nobody said.
  case needsSectionSize(String)
  /// There is no place for copies of what only this device has.
  case noCopiesFolder
  /// No header is known that would make a boot section of a loader.
  case noBootHeader(entry: String, ScatterStorage)
}
