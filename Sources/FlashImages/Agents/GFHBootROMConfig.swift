/// What a boot loader tells the boot ROM about waiting for a host.
///
/// Source: `docs/protocols/mtk-da-file.md` 6.4.
public struct GFHBootROMConfig: Equatable, Sendable {
  public let flags: UInt32
  /// Milliseconds.
  public let detectionTimeout: UInt32
  public let disablesUARTCommands: Bool
  public let disablesUSBCommands: Bool
  public let isAArch64: Bool
  public let enablesHighSpeed: Bool
  /// Milliseconds that the boot ROM waits when a download key is held; counts from 3000 on.
  public let keyTimeout: UInt32
  /// Milliseconds that the boot ROM waits when a program asked for it.
  public let flagTimeout: UInt32
  public let vendorID: UInt16
  public let productID: UInt16

  init?(_ fields: AgentFields, at offset: Int, byteCount: Int) {
    guard byteCount >= 0x64, fields.has(offset, 0x64) else { return nil }
    flags = fields.word(offset + 8)
    detectionTimeout = fields.word(offset + 0x0C)
    disablesUARTCommands = fields.byte(offset + 0x53) == 0x52
    disablesUSBCommands = fields.byte(offset + 0x54) == 0x55
    isAArch64 = fields.byte(offset + 0x55) == 0x64
    enablesHighSpeed = fields.byte(offset + 0x56) != 0
    keyTimeout = fields.word(offset + 0x58)
    flagTimeout = fields.word(offset + 0x5C)
    vendorID = fields.half(offset + 0x60)
    productID = fields.half(offset + 0x62)
  }

  /// Whether the USB ids count.
  public var hasOwnUSBIdentity: Bool { flags & 0x40 != 0 }

  /// What the flags say, in the field's words.
  public var flagNames: [String] {
    Self.names.filter { flags & $0.bit != 0 }.map(\.name)
  }

  private static let names: [(bit: UInt32, name: String)] = [
    (0x1, "UART log off"), (0x2, "auto-detect timeout"), (0x4, "abnormal-timeout log off"),
    (0x8, "abnormal-timeout log custom"), (0x10, "USB auto-detect off"), (0x20, "bulk COM"), (0x40, "own USB ids"),
    (0x80, "KCOL0 timeout"), (0x100, "flag timeout"), (0x400, "USB speed configuration"), (0x1000, "boots AArch64"),
  ]
}

/// What a boot loader allows to whoever has the device.
///
/// Source: `docs/protocols/mtk-da-file.md` 6.4.
public struct GFHSecurityConfig: Equatable, Sendable {
  /// 1 JTAG, 2 debug and UART.
  public let flags: UInt32
  public let customer: String
  /// Whether the boot ROM's commands are off for good.
  public let disablesCommands: Bool

  init?(_ fields: AgentFields, at offset: Int, byteCount: Int) {
    guard byteCount >= 0x30, fields.has(offset, 0x30) else { return nil }
    flags = fields.word(offset + 8)
    customer = fields.text(offset + 0x0C, 32)
    disablesCommands = fields.word(offset + 0x2C) == 0xC975_E033
  }
}
