import WireFormat

/// Which chip a device has, and who built it in: from the hardware id, or from chip id v3.
public struct SaharaChipIdentity: Equatable, Sendable {
  /// A JTAG-style id: bits 0–11 manufacturer, 12–27 product, 28–31 die revision.
  public var msmID: UInt32
  public var oemID: UInt16
  public var modelID: UInt16

  public init(msmID: UInt32, oemID: UInt16, modelID: UInt16) {
    self.msmID = msmID
    self.oemID = oemID
    self.modelID = modelID
  }

  /// The answer to `hardwareID`: eight bytes, little endian, usually three times.
  ///
  /// Value = MSM_ID << 32 | OEM_ID << 16 | MODEL_ID. Source: `docs/protocols/sahara.md` 4.2.
  public init?(hardwareID answer: [UInt8]) {
    guard let value = try? answer.rawSpan.load(littleEndian: UInt64.self, at: 0) else { return nil }
    self.init(
      msmID: UInt32(value >> 32), oemID: UInt16(truncatingIfNeeded: value >> 16),
      modelID: UInt16(truncatingIfNeeded: value))
  }

  /// The answer to `chipID` of devices of version 3: at least 44 bytes.
  ///
  /// | offset | field         | notes                          |
  /// |-------:|---------------|--------------------------------|
  /// |     36 | MSM_ID        | 32 bits                        |
  /// |     40 | OEM_ID        | may be 0                       |
  /// |     42 | MODEL_ID      |                                |
  /// |     44 | second OEM_ID | used where the first is 0      |
  public init?(chipID answer: [UInt8]) {
    let span = answer.rawSpan
    guard let msmID = try? span.load(littleEndian: UInt32.self, at: 36),
      let oemID = try? span.load(littleEndian: UInt16.self, at: 40),
      let modelID = try? span.load(littleEndian: UInt16.self, at: 42)
    else { return nil }
    let second = (try? span.load(littleEndian: UInt16.self, at: 44)) ?? 0
    self.init(msmID: msmID, oemID: oemID == 0 ? second : oemID, modelID: modelID)
  }

  /// The value as tools for these devices write it: 16 hexadecimal digits.
  public var hardwareID: String {
    let value = UInt64(msmID) << 32 | UInt64(oemID) << 16 | UInt64(modelID)
    let digits = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// Bits 12–27, which stay the same over die revisions.
  public var product: UInt16 { UInt16(truncatingIfNeeded: msmID >> 12) }

  /// The chip's name, where this project knows it.
  public var chipName: String? { Self.isQualcomm(msmID) ? Self.names[product] : nil }

  private static func isQualcomm(_ msmID: UInt32) -> Bool { msmID & 0xFFF == 0x0E1 }

  /// Products by bits 12–27, from `docs/protocols/sahara.md` 4.2. A chip that is not listed is shown by its number.
  private static let names: [UInt16: String] = [0x00A5: "SDM855"]
}
