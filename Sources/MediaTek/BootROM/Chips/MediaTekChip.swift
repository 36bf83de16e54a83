import FlashImages

/// What has to be known of a chip before an agent runs on it: its watchdog, and where programs may be put.
///
/// Names, agent files' codes and generations are in `AgentChip`. Source: `docs/protocols/mtk-brom.md` 10 and 12.
public struct MediaTekChip: Equatable, Sendable {
  /// A register that is written, and how wide it is.
  public struct Write: Equatable, Sendable {
    public enum Width: Equatable, Sendable {
      case bits32
      case bits16
      /// Legacy WRITE16, of chips without any other.
      case legacy16
    }

    public var address: UInt32
    public var value: UInt32
    public var width: Width

    public static func word(_ address: UInt32, _ value: UInt32) -> Write {
      Write(address: address, value: value, width: .bits32)
    }
    public static func half(_ address: UInt32, _ value: UInt32) -> Write {
      Write(address: address, value: value, width: .bits16)
    }
    static func legacy(_ address: UInt32, _ value: UInt32) -> Write {
      Write(address: address, value: value, width: .legacy16)
    }
  }

  /// What the boot ROM answers.
  public let hardwareCode: UInt16
  /// What keeps the watchdog from restarting the device; empty where nobody has said it, or where chips refuse it.
  public let watchdogWrites: [Write]
  /// Where programs of one's own are customarily put from a boot ROM, and from a preloader.
  public let sramAddress: UInt32?
  public let dramAddress: UInt32?

  init(_ hardwareCode: UInt16, _ watchdog: Write?, _ sramAddress: UInt32?, _ dramAddress: UInt32?) {
    self.hardwareCode = hardwareCode
    var writes = watchdog.map { [$0] } ?? []
    // MT6592 has a second one.
    if hardwareCode == 0x6592 { writes.append(.word(0x1000_0500, 0x2200_0000)) }
    watchdogWrites = writes
    self.sramAddress = sramAddress
    self.dramAddress = dramAddress
  }

  /// Makes the watchdog restart the device: 1209 to the register 14 behind its first one.
  public var resetWrite: Write? {
    guard let first = watchdogWrites.first else { return nil }
    return Write(address: first.address &+ 0x14, value: 0x1209, width: first.width)
  }

  /// Names, agent code and generation; `nil` for a chip without a record.
  public var names: String? { AgentChip.named(byHardwareCode: hardwareCode)?.names }

  /// Chips with 64-bit boot ROMs that refuse the write: hosts leave it out there.
  static let refusingWatchdogWrite: Set<UInt16> = [0x0907, 0x1229, 0x1296, 0x1236, 0x1375, 0x6899]

  /// The chip that answers with this code; `nil` for one that nobody has described.
  public static func named(byHardwareCode code: UInt16) -> MediaTekChip? { all.first { $0.hardwareCode == code } }

  /// The customary address of programs from a boot ROM, for chips that are not in the table.
  public static let usualAddress: UInt32 = 0x20_1000
}
