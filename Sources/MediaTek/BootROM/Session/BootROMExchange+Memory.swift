extension BootROMExchange {
  /// How wide the values of a memory access are.
  public enum Width: Int, Sendable, CaseIterable {
    case bits16 = 2
    case bits32 = 4

    public var byteCount: Int { rawValue }
  }

  /// D0, D1: `count` values from `address` on. A device that dislikes the arguments sends one status and no more (8.1).
  public static func read(
    _ width: Width, at address: UInt32, count: UInt32, _ policy: BootROMPolicy = BootROMPolicy()
  ) -> BootROMExchange {
    plain(
      width == .bits16 ? .read16 : .read32,
      [
        .echo(bytes(address)), .echo(bytes(count)), .status,
        .numbers(count: Int(clamping: count), byteCount: width.byteCount), .status,
      ], policy)
  }

  /// D2, D4: each value is sent back before the next is due.
  public static func write(
    _ width: Width, _ values: [UInt32], at address: UInt32, _ policy: BootROMPolicy = BootROMPolicy()
  ) -> BootROMExchange {
    plain(
      width == .bits16 ? .write16 : .write32,
      [.echo(bytes(address)), .echo(bytes(UInt32(clamping: values.count))), .status]
        + values.map { .echo(value($0, width)) } + [.status], policy)
  }

  /// D3: as D2, and the values are not sent back.
  public static func write16WithoutEcho(
    _ values: [UInt16], at address: UInt32, _ policy: BootROMPolicy = BootROMPolicy()
  ) -> BootROMExchange {
    plain(
      .write16NoEcho,
      [.echo(bytes(address)), .echo(bytes(UInt32(clamping: values.count))), .status]
        + values.map { .send(bytes($0)) } + [.status], policy)
  }

  private static func value(_ value: UInt32, _ width: Width) -> [UInt8] {
    width == .bits16 ? bytes(UInt16(truncatingIfNeeded: value)) : bytes(value)
  }

  // MARK: Chips before MT6575, without any status

  /// A2, AF: the only reads that all of old boot ROMs, new ones and preloaders know (A2).
  public static func legacyRead(
    _ width: Width, at address: UInt32, count: UInt32, _ policy: BootROMPolicy = BootROMPolicy()
  ) -> BootROMExchange {
    plain(
      width == .bits16 ? .legacyRead16 : .legacyRead32,
      [
        .echo(bytes(address)), .echo(bytes(count)),
        .numbers(count: Int(clamping: count), byteCount: width.byteCount),
      ], policy)
  }

  /// A1, AE. On a preloader A1 means something else: never sent there (16).
  public static func legacyWrite(
    _ width: Width, _ values: [UInt32], at address: UInt32, _ policy: BootROMPolicy = BootROMPolicy()
  ) -> BootROMExchange {
    plain(
      width == .bits16 ? .legacyWrite16 : .legacyWrite32,
      [.echo(bytes(address)), .echo(bytes(UInt32(clamping: values.count)))]
        + values.map { .echo(value($0, width)) }, policy)
  }

  /// AD: a program's bytes, each pair with the second one first; an odd last byte is dropped.
  public static func legacyWriteBlock(
    _ data: [UInt8], at address: UInt32, _ policy: BootROMPolicy = BootROMPolicy()
  ) -> BootROMExchange {
    var swapped = data
    if data.count % 2 != 0 { swapped.removeLast() }
    for place in stride(from: 0, to: swapped.count, by: 2) { swapped.swapAt(place, place + 1) }
    return plain(
      .legacyWriteBlock,
      [.echo(bytes(address)), .echo(bytes(UInt32(clamping: swapped.count / 2))), .data(swapped)], policy)
  }

  /// A4: a checksum over so many halfwords, most likely the exclusive or (16).
  public static func legacyChecksum(
    at address: UInt32, halfwords: UInt32, _ policy: BootROMPolicy = BootROMPolicy()
  ) -> BootROMExchange {
    plain(.legacyChecksum16, [.echo(bytes(address)), .echo(bytes(halfwords)), .number(byteCount: 2)], policy)
  }

  /// A8: no answer beyond the echoes.
  public static func legacyJump(to address: UInt32, _ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.legacyJump, [.echo(bytes(address))], policy)
  }

  // MARK: Power and cache

  /// C4, with what was captured: configuration 80000000, timeout 0.
  public static func powerInit(
    config: UInt32 = 0x8000_0000, timeout: UInt32 = 0, _ policy: BootROMPolicy = BootROMPolicy()
  ) -> BootROMExchange {
    plain(.powerInit, [.echo(bytes(config)), .echo(bytes(timeout)), .status], policy)
  }

  /// C5
  public static func powerDeinit(_ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.powerDeinit, [.status], policy)
  }

  /// C6: a register of the power chip; the value comes only behind two good statuses.
  public static func powerRead(_ register: UInt16, _ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.powerRead16, [.echo(bytes(register)), .status, .status, .number(byteCount: 2)], policy)
  }

  /// C7
  public static func powerWrite(
    _ register: UInt16, _ value: UInt16, _ policy: BootROMPolicy = BootROMPolicy()
  ) -> BootROMExchange {
    plain(.powerWrite16, [.echo(bytes(register)), .echo(bytes(value)), .status, .status], policy)
  }

  /// C8: B0 to CC; hosts have no use for any.
  public static func cacheControl(_ sub: UInt8, _ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.cacheControl, [.echo([sub]), .number(byteCount: 1), .status], policy)
  }
}
