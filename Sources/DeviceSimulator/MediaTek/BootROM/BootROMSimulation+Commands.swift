import MediaTek
import WireFormat

/// What a simulated device does with a command byte and with its parameters: `docs/protocols/mtk-brom.md` 7 and 8.
extension BootROMSimulation {
  /// Commands of boot ROMs alone, and of preloaders alone (8.10).
  private static let bootROMOnly: Set<BootROMOpcode> = [
    .legacyChecksum16, .legacyJump, .legacyWriteBlock, .legacyWrite32, .legacyRead32, .cacheControl,
    .sendEnvironment, .setLogBaudRate, .oldLog, .log, .sendCertificate, .sendAuthentication, .linkAuthentication,
  ]
  private static let preloaderOnly: Set<BootROMOpcode> = [
    .sendImage, .bootImage, .stayStill, .preloaderCapabilities,
  ]
  /// What chips before MT6575 know.
  private static let old: Set<BootROMOpcode> = [
    .legacyRead16, .legacyRead32, .legacyWrite16, .legacyWrite32, .legacyChecksum16, .legacyJump, .legacyWriteBlock,
    .hardwareCode,
  ]

  /// Bytes of the parameters of each command that has some.
  private static let widths: [BootROMOpcode: [Int]] = [
    .sendImage: [64, 4], .bootImage: [64], .legacyWrite16: [4, 4], .legacyRead16: [4, 4],
    .legacyChecksum16: [4, 4], .legacyJump: [4], .legacyWriteBlock: [4, 4], .legacyWrite32: [4, 4],
    .legacyRead32: [4, 4], .powerInit: [4, 4], .powerRead16: [2], .powerWrite16: [2, 2], .cacheControl: [1],
    .read16: [4, 4], .read32: [4, 4], .write16: [4, 4], .write16NoEcho: [4, 4], .write32: [4, 4], .jumpDA: [4],
    .sendDA: [4, 4, 4], .sendEnvironment: [4, 4, 4, 4], .setLogBaudRate: [4], .jumpDA64: [4, 1],
    .sendCertificate: [4], .sendAuthentication: [4],
  ]

  private func knows(_ opcode: BootROMOpcode) -> Bool {
    if quirks.isOld { return Self.old.contains(opcode) }
    switch opcode {
    case .meID, .socID: return !settings.isPreloader || settings.preloaderVersion.value > 2
    case .sendImage, .bootImage: return settings.isPreloader && settings.takesImages
    case .preloaderCapabilities: return settings.isPreloader && settings.preloaderVersion.value > 1
    case .secureReady: return false
    default: break
    }
    return settings.isPreloader ? !Self.bootROMOnly.contains(opcode) : !Self.preloaderOnly.contains(opcode)
  }

  mutating func begin(_ byte: UInt8) {
    guard let opcode = BootROMOpcode(rawValue: byte), knows(opcode) else { return unknown(byte) }
    // The two queries are answered in place of an echo (8.3).
    switch opcode {
    case .preloaderVersion: return put([settings.isPreloader ? settings.preloaderVersion.value : byte])
    case .bootROMVersion: return put([settings.isPreloader ? byte : settings.bootROMVersion.value])
    default: put([byte])
    }
    guard let widths = Self.widths[opcode] else { return run(plain: opcode) }
    var parameters = Parameters(purpose: .command(opcode), widths: widths)
    parameters.isEchoed = opcode != .sendImage && opcode != .bootImage
    state = .parameters(parameters)
  }

  private mutating func unknown(_ byte: UInt8) {
    if !quirks.ignoresUnknown { put([byte]) }
    guard !settings.isPreloader, !quirks.isOld else { return }
    // The security probes of newer boot ROMs.
    switch byte {
    case 0xE4: put(number: 0x703A as UInt16)
    case 0xE5, 0xE6: put(number: 0x7054 as UInt16)
    default: break
    }
  }

  /// Commands without parameters.
  private mutating func run(plain opcode: BootROMOpcode) {
    switch opcode {
    case .hardwareCode where quirks.isOld: break
    case .hardwareCode:
      put(number: settings.hardwareCode.value)
      put(status: .ok)
    case .versions:
      for value in [settings.hardwareSubCode, settings.hardwareVersion, settings.softwareVersion] {
        put(number: value.value)
      }
      put(status: .ok)
    case .targetConfig:
      put(number: settings.targetConfig.rawValue)
      put(status: .ok)
    case .preloaderCapabilities:
      put(number: UInt32(truncatingIfNeeded: settings.capabilities.value))
      put(number: 0 as UInt32)
    case .meID: putID(settings.meID.bytes)
    case .socID: putID(settings.socID.bytes)
    case .log: putID(Array(settings.log.utf8))
    case .oldLog: put(block: Array(settings.log.utf8))
    case .enableLog, .powerDeinit: put(status: .ok)
    case .linkAuthentication: challenge()
    case .jumpBootLoader:
      put(status: .ok)
      put(status: .ok)
      finish(with: .boots)
    case .stayStill:
      put(status: .ok)
      leaveSoon()
    default: break
    }
  }

  private mutating func putID(_ bytes: [UInt8]) {
    put(block: bytes)
    put(status: .ok)
  }

  /// All parameters of a command are there.
  mutating func run(_ parameters: Parameters) {
    state = .command
    switch parameters.purpose {
    case .command(let opcode): run(opcode, parameters)
    case .jump64(let address):
      put(status: .ok)
      jump(to: address)
    case .responseLength: takeResponse(parameters)
    case .imageChecksum: break
    }
  }

  private mutating func run(_ opcode: BootROMOpcode, _ parameters: Parameters) {
    let address = parameters.number(0)
    switch opcode {
    case .read16, .read32, .legacyRead16, .legacyRead32: read(opcode, parameters)
    case .write16, .write16NoEcho, .write32, .legacyWrite16, .legacyWrite32: write(opcode, parameters)
    case .legacyChecksum16: put(number: memory.checksum(at: address, halfwords: parameters.number(1)))
    case .legacyWriteBlock: take(.block(address), byteCount: UInt64(parameters.number(1)) * 2)
    case .legacyJump: finish(with: .jumped(address: address, image: [], signatureByteCount: 0))
    case .powerInit: put(status: .ok)
    case .powerRead16:
      put(status: .ok)
      put(status: .ok)
      put(number: UInt16(truncatingIfNeeded: memory.value(at: Self.powerBase + address * 2, byteCount: 2)))
    case .powerWrite16:
      memory.store(parameters.number(1), at: Self.powerBase + address * 2, byteCount: 2)
      put(status: .ok)
      put(status: .ok)
    case .cacheControl:
      put([0])
      put(status: .ok)
    case .setLogBaudRate: put(status: address > 921_600 ? .baudRateTooHigh : .ok)
    default: runLoading(opcode, parameters)
    }
  }

  /// Where the registers of the power chip lie in the simulated memory: a place that no command reaches.
  static let powerBase: UInt32 = 0xFFF0_0000
}
