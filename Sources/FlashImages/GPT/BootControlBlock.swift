import WireFormat

/// The slots of devices that keep them in partition `misc`, 32 bytes at offset 2048.
///
/// | offset | field                                                                          |
/// |-------:|--------------------------------------------------------------------------------|
/// |      0 | suffix of the current slot: `_a`                                               |
/// |      4 | 0x42414342                                                                     |
/// |      8 | version, 1                                                                     |
/// |      9 | bits 0–2: number of slots; 3–5: recovery tries left                            |
/// |     12 | 4 times 2 bytes: bits 0–3 priority, 4–6 tries, 7 successful; 8 verity corrupted |
/// |     28 | CRC-32 of the 28 bytes before                                                  |
///
/// Source: `docs/protocols/android-images.md` 5.7.
public struct BootControlBlock: Equatable, Sendable {
  public static let byteCount = 32
  /// Where it lies in `misc`.
  public static let offset: UInt64 = 2048
  static let magic: UInt32 = 0x4241_4342

  /// The block as stored; what is not known of it is kept.
  private var content: [UInt8]

  /// Reads a block; `nil` without the magic number or with a wrong checksum: the platform keeps its slots elsewhere.
  public init?(parsing bytes: RawSpan) {
    guard let content = try? bytes.copy(Self.byteCount, at: 0),
      (try? content.rawSpan.load(littleEndian: UInt32.self, at: 4)) == Self.magic
    else { return nil }
    let covered = Array(content[..<28])
    guard (try? content.rawSpan.load(littleEndian: UInt32.self, at: 28)) == CRC32(of: covered.rawSpan).value else {
      return nil
    }
    self.content = content
  }

  /// The block with the checksum that fits.
  public var bytes: [UInt8] {
    var bytes = Array(content[..<28])
    bytes.append(littleEndian: CRC32(of: bytes.rawSpan).value)
    return bytes
  }

  /// The slot that boots; `nil` for another suffix than `_a` or `_b`.
  public var current: GPTSlots.Slot? {
    guard content[0] == UInt8(ascii: "_"), content[2] == 0 else { return nil }
    return GPTSlots.Slot(rawValue: String(decoding: content[1..<2], as: UTF8.self))
  }

  public var slotCount: Int { Int(content[9] & 7) }

  public func priority(of slot: GPTSlots.Slot) -> UInt8 { content[offset(of: slot)] & 0x0F }
  public func tries(of slot: GPTSlots.Slot) -> UInt8 { content[offset(of: slot)] >> 4 & 7 }
  public func isSuccessful(_ slot: GPTSlots.Slot) -> Bool { content[offset(of: slot)] & 0x80 != 0 }

  /// Makes a slot the one that boots: highest priority, 7 tries, not yet successful; the other one comes second.
  public mutating func activate(_ slot: GPTSlots.Slot) {
    content[0] = UInt8(ascii: "_")
    content[1] = slot == .a ? UInt8(ascii: "a") : UInt8(ascii: "b")
    content[2] = 0
    content[3] = 0
    let (chosen, other) = (offset(of: slot), offset(of: slot.other))
    content[chosen] = 0x7F
    content[chosen + 1] &= ~1
    if content[other] & 0x0F == 15 { content[other] = content[other] & 0xF0 | 14 }
  }

  private func offset(of slot: GPTSlots.Slot) -> Int { slot == .a ? 12 : 14 }
}
