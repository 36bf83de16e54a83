import MediaTek
import WireFormat

/// DEVICE_CTRL. Source: `docs/protocols/mtk-xflash.md` 7 and 8.
extension SimulatedXFlash {
  mutating func control(_ payload: [UInt8]) {
    guard let word = Self.word(payload), let control = XFlashControl(rawValue: word),
      !settings.unknownControls.codes.contains(word), control.shape != .getter || answer(control) != nil
    else { return refuse(.unsupportedControl) }
    say(.ok)
    switch control.shape {
    case .setter, .query: state = .setting(control)
    case .action:
      state = .idle
      say(.ok)
    case .getter:
      state = .idle
      if let answer = answer(control) { say(answer) }
      say(.ok)
    }
  }

  mutating func set(_ control: XFlashControl, _ payload: [UInt8]) {
    switch control {
    case .setChecksumLevel: checksumLevel = XFlashChecksumLevel(rawValue: Self.word(payload) ?? 0)
    case .setRemoteSecurityPolicy:
      guard settings.acceptedSignature.accepts(payload, of: firmwareInfo) else { return refuse(.paddingFailed) }
      isUnlocked = true
    case .setResource:
      guard payload.count == XFlashResource.byteCount else { return refuse(.protocolError) }
    case .setMetaBootMode:
      guard payload.count == 3 else { return refuse(.protocolError) }
    case .setRegisterValue:
      guard payload.count == 8 else { return refuse(.protocolError) }
    case .readRegister:
      guard let address = Self.word(payload) else { return refuse(.protocolError) }
      say(.ok)
      // Its address is as good a value as any.
      var value: [UInt8] = []
      value.append(littleEndian: ~address)
      say(value)
    default: break
    }
    state = .idle
    say(.ok)
  }

  // MARK: Answers

  private func answer(_ control: XFlashControl) -> [UInt8]? {
    switch control {
    case .getEMMCInfo: emmcInfo.bytes
    case .getNANDInfo: nandInfo.bytes
    case .getNORInfo: XFlashNORInfo.absent.bytes
    case .getUFSInfo: ufsInfo.bytes
    case .getAgentVersion: Array(settings.version.utf8)
    case .getPacketLength:
      XFlashPacketLengths(
        write: UInt32(clamping: settings.writeByteCount.value), read: UInt32(clamping: settings.readByteCount.value)
      ).bytes
    case .getRandomID: Array(settings.randomID.bytes.prefix(16))
    case .getPartitionTableCategory: Self.number(0x64)
    case .getConnectionAgent: Array((isFromBootROM ? "brom" : "preloader").utf8)
    case .getUSBSpeed: Array(speed.rawValue.utf8)
    case .getRAMInfo: memoryInfo.bytes
    case .getChipID: chipID.bytes
    case .getOTPLockStatus, .getRPMBStatus, .getLifeCycleCheck: Self.number(0)
    case .getBatteryVoltage: Self.number(3900)
    case .getFirmwareInfo: firmwareInfo
    case .getHRID: start.map { Array($0.meID.prefix(16)) } ?? []
    case .getSLAStatus: Self.number(settings.demandsSignature ? 1 : 0)
    default: nil
    }
  }

  private static func number(_ value: UInt32) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: value)
    return bytes
  }

  private var speed: XFlashSpeedValue {
    // What was asked for counts until the speed has been changed.
    if let told = settings.speed, !(told == .full && isHighSpeed && start?.isHighSpeed == false) { return told }
    return isHighSpeed ? .high : .full
  }

  private func size(_ name: String) -> UInt64 { storage[name]?.byteCount ?? 0 }

  private var emmcInfo: XFlashEMMCInfo {
    guard layout.kind == .emmc else { return .absent }
    var info = XFlashEMMCInfo(
      boot1: size("boot1"), boot2: size("boot2"), rpmb: size("rpmb"), user: size("user"),
      cid: Array((layout.identity + [UInt8](repeating: 0, count: 16)).prefix(16)))
    let life = settings.lifeTime.bytes
    if life.count == 8, let status = try? life.rawSpan.load(littleEndian: UInt32.self, at: 4) {
      info.lifeTime = .init(preEndOfLife: life[0], a: life[1], b: life[2], status: status)
    }
    return info
  }

  private var ufsInfo: XFlashUFSInfo {
    guard layout.kind == .ufs else { return .absent }
    return XFlashUFSInfo(
      blockByteCount: UInt32(layout.sectorByteCount), units: [size("lun0"), size("lun1"), size("lun2")],
      cid: layout.identity, firmwareVersion: Array("0100".utf8),
      variant: settings.hasLongUFSInfo ? .long(vendor: 0x01CE, serialNumber: []) : .short)
  }

  private var nandInfo: XFlashNANDInfo {
    guard layout.kind == .nand else { return .absent }
    return XFlashNANDInfo(
      pageByteCount: UInt32(layout.sectorByteCount), blockByteCount: UInt32(layout.sectorByteCount) * 64,
      spareByteCount: UInt32(layout.sectorByteCount) / 32, totalByteCount: size("user"),
      availableByteCount: size("user"), id: Array((layout.identity + [UInt8](repeating: 0, count: 12)).prefix(12)))
  }

  private var memoryInfo: XFlashRAMInfo {
    XFlashRAMInfo(
      sram: .init(type: 0, base: 0x10_0000, byteCount: 0x3_0000),
      dram: .init(type: hasMemory ? 1 : 0, base: 0x4000_0000, byteCount: hasMemory ? 0x8000_0000 : 0))
  }

  private var chipID: XFlashChipID {
    XFlashChipID(
      hardwareCode: start?.hardwareCode ?? 0, hardwareSubCode: start?.hardwareSubCode ?? 0,
      hardwareVersion: start?.hardwareVersion ?? 0, softwareVersion: start?.softwareVersion ?? 0)
  }

  /// What the user's authority signs.
  private var firmwareInfo: [UInt8] {
    let random = Array((settings.randomID.bytes + [UInt8](repeating: 0, count: 16)).prefix(16))
    var info = XFlashFirmwareInfo(version: 1, random: random)
    if !quirks.shortFirmwareInfo {
      info.hrid = Array(((start?.meID ?? []) + [UInt8](repeating: 0, count: 16)).prefix(16))
      info.socID = Array(((start?.socID ?? []) + [UInt8](repeating: 0, count: 32)).prefix(32))
    }
    return info.bytes
  }
}
