/// Names for the files of regions: a device's own name where it is harmless, else one made from the address.
///
/// The names come from the device. One that is empty, that has a path separator or anything but printable ASCII in it,
/// or that begins with a dot, names no file; nor does one that an earlier region has, whatever its case. The memory is
/// worth having all the same, so the region is kept under another name. Source: `docs/protocols/sahara.md` 5.2.
public struct SaharaRegionNames: Equatable, Sendable {
  /// One name for each region, in their order; all differ.
  public let names: [String]
  /// The regions that did not get the name that the device gave.
  public let renamed: [Int]

  public init(_ regions: [SaharaRegion], reserved: [String] = [Minidump.fileName]) {
    var taken = Set(reserved.map { $0.lowercased() })
    var names: [String] = []
    var renamed: [Int] = []
    for (index, region) in regions.enumerated() {
      var name = region.fileName
      if !Self.isHarmless(name) || taken.contains(name.lowercased()) {
        renamed.append(index)
        name = "region-0x" + String(region.base, radix: 16) + ".bin"
        if taken.contains(name) { name = "region-\(index + 1)-0x" + String(region.base, radix: 16) + ".bin" }
      }
      taken.insert(name.lowercased())
      names.append(name)
    }
    self.names = names
    self.renamed = renamed
  }

  private static func isHarmless(_ name: String) -> Bool {
    guard !name.isEmpty, !name.hasPrefix("."), !name.hasSuffix(" ") else { return false }
    return name.utf8.allSatisfy {
      (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: ":")
    }
  }
}

/// Which regions a user wants: comma-separated shell patterns against file names, with and without their extension.
///
/// `*` stands for anything, `?` for one character; case does not matter. Source: `docs/protocols/sahara.md` 5.3.
public struct SaharaRegionFilter: Equatable, Sendable {
  private let patterns: [[Character]]
  /// Whether only regions that the device prefers are wanted.
  public let isPreferredOnly: Bool

  /// No pattern at all takes every region.
  public init(_ text: String? = nil, isPreferredOnly: Bool = false) {
    patterns = (text ?? "").split(separator: ",").map { Array($0.lowercased()) }
    self.isPreferredOnly = isPreferredOnly
  }

  public func takes(_ region: SaharaRegion) -> Bool {
    guard !isPreferredOnly || region.isPreferred else { return false }
    guard !patterns.isEmpty else { return true }
    let name = region.fileName.lowercased()
    let stem = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    return patterns.contains { Self.matches($0, Array(name)) || Self.matches($0, Array(stem)) }
  }

  /// In time proportional to both lengths: only the last `*` is ever gone back to.
  private static func matches(_ pattern: [Character], _ text: [Character]) -> Bool {
    var (inPattern, inText) = (0, 0)
    var star: (pattern: Int, text: Int)?
    while inText < text.count {
      if inPattern < pattern.count, pattern[inPattern] == "*" {
        star = (inPattern, inText)
        inPattern += 1
      } else if inPattern < pattern.count, pattern[inPattern] == "?" || pattern[inPattern] == text[inText] {
        inPattern += 1
        inText += 1
      } else if let last = star {
        star = (last.pattern, last.text + 1)
        inPattern = last.pattern + 1
        inText = last.text + 1
      } else {
        return false
      }
    }
    return pattern[inPattern...].allSatisfy { $0 == "*" }
  }
}
