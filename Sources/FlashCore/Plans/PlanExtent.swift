/// Where a plan's step works: a section of the storage and a range in it, in bytes from its start or its end.
///
/// A plan without a device prints extents as they are; a target resolves them against the real storage.
public struct PlanExtent: Codable, Equatable, Sendable {
  public enum Start: Codable, Equatable, Sendable {
    case fromStart(UInt64)
    /// Bytes before the section's end: `.fromEnd(4096)` are the last 4096 bytes.
    case fromEnd(UInt64)
    /// A sector number as a `DiskExpression`, where it is neither of the others: `NUM_DISK_SECTORS/2`.
    case expression(String)
  }

  /// A LUN number, `user`, `boot1`, `rpmb`, or a Mk II image type, whose section is the image.
  public var section: String
  public var start: Start
  /// `nil` means up to the section's end.
  public var length: UInt64?

  public init(section: String, start: Start = .fromStart(0), length: UInt64? = nil) {
    self.section = section
    self.start = start
    self.length = length
  }
}

extension PlanExtent: CustomStringConvertible {
  /// `user/0x1000+0x200`, `user/end-0x400+0x200`, `mmc`: the REGION syntax of the command line where it has one.
  public var description: String {
    let begin: String
    switch start {
    case .fromStart(0) where length == nil: return section
    case .fromStart(let offset): begin = "0x" + String(offset, radix: 16)
    case .fromEnd(let distance): begin = "end-0x" + String(distance, radix: 16)
    case .expression(let text): begin = "sector(" + text + ")"
    }
    return section + "/" + begin + (length.map { "+0x" + String($0, radix: 16) } ?? "")
  }
}
