/// The 64 attribute bits of a partition, with the slot bits of Qualcomm's Android devices.
///
/// | bits   | meaning              | bits   | meaning (Qualcomm)   |
/// |-------:|----------------------|-------:|----------------------|
/// |      0 | required             | 48–49  | priority             |
/// |      1 | no block IO          |     50 | active               |
/// |      2 | legacy BIOS bootable | 51–53  | tries left           |
/// |     60 | read-only            |     54 | successful           |
/// | 62, 63 | hidden, no letter    |     55 | unbootable           |
///
/// Source: `docs/protocols/android-images.md` 5.6.
public struct GPTAttributes: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt64

  public init(rawValue: UInt64) { self.rawValue = rawValue }

  public var isRequired: Bool {
    get { self[0, 1] != 0 }
    set { self[0, 1] = newValue ? 1 : 0 }
  }

  public var isReadOnly: Bool {
    get { self[60, 1] != 0 }
    set { self[60, 1] = newValue ? 1 : 0 }
  }

  /// 0 to 3; of two bootable slots the one with the higher number boots.
  public var slotPriority: UInt8 {
    get { self[48, 2] }
    set { self[48, 2] = newValue }
  }

  public var isActiveSlot: Bool {
    get { self[50, 1] != 0 }
    set { self[50, 1] = newValue ? 1 : 0 }
  }

  /// 0 to 7 boot attempts that are left.
  public var slotTries: UInt8 {
    get { self[51, 3] }
    set { self[51, 3] = newValue }
  }

  public var isSuccessfulSlot: Bool {
    get { self[54, 1] != 0 }
    set { self[54, 1] = newValue ? 1 : 0 }
  }

  public var isUnbootableSlot: Bool {
    get { self[55, 1] != 0 }
    set { self[55, 1] = newValue ? 1 : 0 }
  }

  /// Bits 48–55 as a byte, as tools write about them: 0x6F is priority 3, active, 5 tries, successful.
  public var slotByte: UInt8 {
    get { self[48, 8] }
    set { self[48, 8] = newValue }
  }

  private subscript(shift: UInt64, width: UInt64) -> UInt8 {
    get { UInt8(truncatingIfNeeded: rawValue >> shift & (1 << width - 1)) }
    set {
      let mask: UInt64 = (1 << width - 1) << shift
      rawValue = rawValue & ~mask | UInt64(newValue) << shift & mask
    }
  }
}
