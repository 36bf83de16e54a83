import MediaTek
import WireFormat

/// Reading and writing memory: `docs/protocols/mtk-brom.md` 8.1 and 10.
extension BootROMSimulation {
  mutating func read(_ opcode: BootROMOpcode, _ parameters: Parameters) {
    let width = opcode == .read16 || opcode == .legacyRead16 ? 2 : 4
    let (address, count) = (parameters.number(0), parameters.number(1))
    let isLegacy = opcode == .legacyRead16 || opcode == .legacyRead32
    if !isLegacy {
      if let problem = problem(address, count, width: width, isWrite: false) { return put(status: problem) }
      put(status: .ok)
    } else if count == 0 || settings.isPreloader && !readable.contains(address, byteCount: UInt64(count) * 2) {
      // Legacy reads are silent about what is wrong.
      return
    }
    put(Reading(address: address, width: width, left: count, endsWithStatus: !isLegacy))
  }

  mutating func write(_ opcode: BootROMOpcode, _ parameters: Parameters) {
    let width = opcode == .write32 || opcode == .legacyWrite32 ? 4 : 2
    let (address, count) = (parameters.number(0), parameters.number(1))
    // On a preloader A1 is another name of D2.
    let isLegacy = !settings.isPreloader && (opcode == .legacyWrite16 || opcode == .legacyWrite32)
    var job = Writing(address: address, width: width, left: count)
    job.isEchoed = opcode != .write16NoEcho
    job.hasStatus = !isLegacy
    if !isLegacy {
      if let problem = problem(address, count, width: width, isWrite: true) { return put(status: problem) }
      put(number: writeStatus)
    }
    guard count > 0 else { return }
    state = .values(job)
  }

  /// A byte of a value that is written.
  mutating func write(_ byte: UInt8, _ job: Writing) {
    var job = job
    job.partial.append(byte)
    guard job.partial.count == job.width else { return state = .values(job) }
    let value = job.partial.reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    if job.isEchoed { put(job.partial) }
    store(value, job)
    job.partial = []
    job.address &+= UInt32(job.width)
    job.left -= 1
    guard job.left == 0 else { return state = .values(job) }
    if job.hasStatus { put(number: writeStatus) }
    if case .values = state { state = .command }
  }

  private mutating func store(_ value: UInt32, _ job: Writing) {
    memory.store(value, at: job.address, byteCount: job.width)
    let watchdog = UInt32(truncatingIfNeeded: settings.watchdogAddress.value)
    switch job.address {
    case watchdog where value & 1 == 0: stopWatchdog()
    case watchdog &+ 0x14 where value & 0xFFFF == 0x1209: finish(with: .restart)
    default: break
    }
  }

  /// Preloaders always answer 0 (section 4).
  private var writeStatus: UInt16 { settings.isPreloader ? 0 : settings.writeStatus.number }

  /// What is wrong with the arguments, each actor in its own codes.
  private func problem(_ address: UInt32, _ count: UInt32, width: Int, isWrite: Bool) -> BootROMStatus? {
    let byteCount = UInt64(count) * UInt64(width)
    let isPreloader = settings.isPreloader
    if address % UInt32(width) != 0 { return isPreloader ? .misaligned : .unalignedBlock }
    if count == 0 { return isPreloader ? .countIsZero : .lengthIsZero }
    if byteCount > UInt64(UInt32.max) { return isPreloader ? .countTooLarge : .invalidLength }
    let watchdog = UInt32(truncatingIfNeeded: settings.watchdogAddress.value)
    if isWrite, address == watchdog { return quirks.refusesWatchdog ? .invalidAddress : nil }
    if isWrite, address == watchdog &+ 0x14 { return nil }
    let locked = isWrite ? BootROMTargetConfig.memoryWriteLocked : .memoryReadLocked
    if settings.targetConfig.contains(locked), !isLinkAuthenticated { return .invalidAddress }
    guard (isWrite ? writable : readable).contains(address, byteCount: byteCount) else {
      if isPreloader { return isWrite ? .writeForbidden : .readForbidden }
      return address >= 0x8000_0000
        ? BootROMStatus(rawValue: 0x1D00) : address >= 0x4000_0000 ? BootROMStatus(rawValue: 0x1D01) : .invalidAddress
    }
    return nil
  }

  private var readable: MemoryRanges { settings.readable ?? Self.usual(isPreloader: settings.isPreloader) }
  private var writable: MemoryRanges { settings.writable ?? Self.usual(isPreloader: settings.isPreloader) }

  /// Registers and on-chip memory; with a preloader some DRAM as well.
  private static func usual(isPreloader: Bool) -> MemoryRanges {
    MemoryRanges(isPreloader ? [0...0x1FFF_FFFF, 0x4000_0000...0x7FFF_FFFF] : [0...0x1FFF_FFFF])
  }
}
