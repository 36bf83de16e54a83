/// String descriptors (USB 2.0, 9.6.7): UTF-16LE after two bytes of length and kind.
public enum StringDescriptor {
  /// Descriptor 0: the languages, here US English only.
  public static let languages: [UInt8] = [4, DescriptorKind.string.rawValue, 0x09, 0x04]

  /// The descriptor for `text`, cut to the 126 code units that fit.
  public static func bytes(_ text: String) -> [UInt8] {
    let units = Array(text.utf16.prefix(126))
    var bytes: [UInt8] = [UInt8(2 + 2 * units.count), DescriptorKind.string.rawValue]
    for unit in units {
      bytes.append(UInt8(unit & 0xFF))
      bytes.append(UInt8(unit >> 8))
    }
    return bytes
  }

  /// The text of a descriptor as the device sent it; `nil` when it is not a string descriptor.
  /// Unpaired surrogates become U+FFFD, an odd last byte is dropped.
  public static func text(_ bytes: [UInt8]) -> String? {
    guard bytes.count >= 2, bytes[1] == DescriptorKind.string.rawValue else { return nil }
    let end = min(Int(bytes[0]), bytes.count)
    guard end >= 2 else { return nil }
    var units: [UInt16] = []
    var offset = 2
    while offset + 1 < end {
      units.append(UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8)
      offset += 2
    }
    return String(decoding: units, as: UTF16.self)
  }
}
