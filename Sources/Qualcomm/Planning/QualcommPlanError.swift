public import FlashImages

/// Why no plan could be made of a package. Nothing has been sent to a device then.
public enum QualcommPlanError: Error, Equatable, Sendable {
  /// A descriptor is malformed, or names what it must not.
  case package(PackageError)
  /// An image cannot be read.
  case image(ImageError, at: PackagePlace?)
  /// Files that entries name and that are nowhere; all of them.
  case missingFiles([Missing])
  /// The file has more bytes than the entry has room for.
  case fileTooLarge(file: String, byteCount: UInt64, room: UInt64, at: PackagePlace)
  /// What the compressed file holds has more bytes than there is room for; how many nobody has counted.
  case expandsBeyond(file: String, room: UInt64, at: PackagePlace?)
  /// `file_sector_offset` leads behind the file's end.
  case offsetBehindFile(file: String, byteCount: UInt64, offset: UInt64, at: PackagePlace)
  /// The entry says that the file is sparse, and it is not.
  case notSparse(file: String, at: PackagePlace)
  /// A run of a sparse image begins or ends inside a sector.
  case sparseUnaligned(file: String, offset: UInt64, sectorByteCount: UInt64, at: PackagePlace)
  /// `file_sector_offset` with a sparse image.
  case sparseOffset(file: String, at: PackagePlace)
  /// The entry has no sector size, and numbers that need one.
  case noSectorSize(at: PackagePlace)
  /// A start or a length has no value, or one beyond any disk.
  case expression(String, DiskExpressionError, at: PackagePlace)
  /// The range lies outside of the section, whose size in sectors is known.
  case outside(section: String, sectorCount: UInt64, at: PackagePlace)
  /// A patch of a file on the host, or a checksum in it, reaches over the file's end.
  case patchOutsideFile(file: String, byteCount: UInt64, at: PackagePlace)
  /// A table of the package that was fitted to a disk has a partition that the disk has no room for.
  case diskTooSmall(partition: String, first: UInt64, lastUsable: UInt64, at: PackagePlace)
  case overlap(section: String, first: PackagePlace, second: PackagePlace)
  /// Partitions with data of this one device would be changed.
  case protected([String])
  /// Entries that burn fuses.
  case fusing([String])
  /// The same of regions that the user named one by one, which nothing can leave out.
  case protectedRegions([String])
  case fusingRegions([String])
  case fullErase(at: PackagePlace)
  /// An element that is no part of a package, but a command to a device.
  case command(String, at: PackagePlace)
  case provisioning(path: String)
  /// Labels that the user chose and that no entry has.
  case unknownLabels([String], known: [String])
  /// Several programmers, and nothing tells which is meant.
  case severalProgrammers([String])
  /// A file that is to be written to a region has no bytes.
  case emptyImage(file: String, region: String)
  /// `REGION` of `REGION=FILE` is none.
  case badRegion(String)

  public struct Missing: Equatable, Sendable {
    public var file: String
    public var place: PackagePlace

    public init(file: String, place: PackagePlace) {
      self.file = file
      self.place = place
    }
  }
}
