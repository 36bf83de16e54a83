public import WireFormat

/// Something odd about a package that stops nothing.
public struct PackageRemark: Equatable, Sendable {
  public var oddity: PackageOddity
  public var place: PackagePlace

  public init(_ oddity: PackageOddity, at place: PackagePlace) {
    self.oddity = oddity
    self.place = place
  }
}

public enum PackageOddity: Equatable, Sendable {
  case xml(XMLOddity)
  /// No `SECTOR_SIZE_IN_BYTES`: the device's own is taken.
  case noSectorSize
  /// A redundant attribute that contradicts the others.
  case disagrees(attribute: String, value: String)
  /// `force_erase` without the option that honours it.
  case forcedErase
  /// The only file whose name differs by case alone was taken.
  case otherCase(String, found: String)
  /// A version of `flashmap.json` that nobody has described.
  case unknownVersion(String)
  /// An entry without id or path.
  case emptyEntry
}
