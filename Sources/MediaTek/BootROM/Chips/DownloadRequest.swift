/// What makes a chip stay in its boot ROM after the next restart: a mark in a register that survives it.
///
/// Which register that is, and what has to be written before it takes the mark, differs from chip to chip and is in the
/// chip's data sheet. Source: `docs/protocols/mtk-brom.md` 10.
public struct DownloadRequest: Equatable, Sendable {
  /// A register and what is written to it.
  public struct Write: Equatable, Sendable {
    public var address: UInt32
    public var value: UInt32

    public init(address: UInt32, value: UInt32) {
      self.address = address
      self.value = value
    }
  }

  /// What unlocks the register.
  public static let key: UInt32 = 0xAD98
  /// Seconds that can be said.
  public static let seconds: ClosedRange<UInt32> = 1...0x3FFE

  /// BOOT_MISC0.
  public var register: UInt32
  /// The lock in front of it; `nil` where there is none.
  public var lock: UInt32?
  /// What keeps the register through a restart; `nil` where nothing is needed.
  public var persistence: Write?
  /// How long the boot ROM waits for a host; `nil` for as long as it takes.
  public var limit: UInt32?

  public init(register: UInt32, lock: UInt32? = nil, persistence: Write? = nil, limit: UInt32? = nil) {
    self.register = register
    self.lock = lock
    self.persistence = persistence
    self.limit = limit
  }

  /// The mark: 444C, the seconds, and 1.
  public var mark: UInt32 { 0x444C_0000 | min(limit ?? 0x3FFF, 0x3FFF) << 2 | 1 }

  /// In the order in which they take effect.
  public var writes: [Write] {
    var writes: [Write] = []
    if let lock { writes.append(Write(address: lock, value: Self.key)) }
    if let persistence { writes.append(persistence) }
    return writes + [Write(address: register, value: mark)]
  }
}
