import WireFormat

/// A pass of UFS provisioning: elements in their order, up to the one that checks or commits. Source:
/// `docs/protocols/firehose.md` 5.1, `docs/protocols/qualcomm-packages.md` 13.1 and 18.
struct UFSProvisioning: Sendable {
  /// Units that bNumberLU has announced; `nil` before that.
  var announced: UInt64?
  var isLocking = false
  var units: [EDLStorageState.Unit] = []
  /// Whether a commit has been made since the programmer started.
  var isCommitted = false

  mutating func begin(units count: UInt64, isLocking: Bool) {
    announced = count
    self.isLocking = isLocking
    units = []
  }
}

extension FirehoseSimulation {
  mutating func provisionUFS(_ element: XMLElement) {
    guard settings.memory == .ufs, configuration != nil else { return refuse("No UFS configured") }
    guard !storage.state.isLocked else { return refuse("UFS configuration descriptor is locked") }
    do throws(FirehoseRefusal) {
      if element["bNumberLU"] != nil {
        try beginProvisioning(element)
      } else if element["LUNum"] != nil {
        try addUnit(element)
      } else if element["commit"] != nil {
        try commitProvisioning(element)
      } else {
        throw FirehoseRefusal("Unknown ufs element")
      }
      logHandler("ufs")
      respond(true)
    } catch { refuse(error.text) }
  }

  private func number(_ element: XMLElement, _ name: String, atMost limit: UInt64) throws(FirehoseRefusal) -> UInt64 {
    guard let value = Self.number(element[name]), value <= limit else {
      throw FirehoseRefusal("Invalid parameters: \(name)='\((element[name] ?? "").prefix(32))'")
    }
    return value
  }

  private mutating func beginProvisioning(_ element: XMLElement) throws(FirehoseRefusal) {
    let count = try number(element, "bNumberLU", atMost: 8)
    for name in ["bBootEnable", "bDescrAccessEn", "bInitPowerMode", "bHighPriorityLUN"] {
      _ = try number(element, name, atMost: 255)
    }
    let lock = try number(element, "bConfigDescrLock", atMost: 1)
    provisioning.begin(units: count, isLocking: lock == 1)
  }

  private mutating func addUnit(_ element: XMLElement) throws(FirehoseRefusal) {
    guard provisioning.announced != nil else { throw FirehoseRefusal("ufs unit before the common element") }
    let number = try number(element, "LUNum", atMost: 7)
    guard !provisioning.units.contains(where: { $0.number == Int(number) }) else {
      throw FirehoseRefusal("ufs unit \(number) twice")
    }
    provisioning.units.append(
      EDLStorageState.Unit(
        number: Int(number), isEnabled: try self.number(element, "bLUEnable", atMost: 1) == 1,
        bootID: try self.number(element, "bBootLunID", atMost: 2),
        kibibyteCount: try self.number(element, "size_in_kb", atMost: 1 << 32)))
  }

  /// KiB that the storage has in all, however it is divided now.
  private var capacity: UInt64 {
    storage.state.capacity ?? storage.sections(inSlot: 0).reduce(0) { $0 + $1.file.byteCount } >> 10
  }

  private mutating func commitProvisioning(_ element: XMLElement) throws(FirehoseRefusal) {
    guard let announced = provisioning.announced else { throw FirehoseRefusal("ufs commit before the common element") }
    let grown = try number(element, "LUNtoGrow", atMost: 255)
    let isCommitting = try number(element, "commit", atMost: 1) == 1
    let enabled = provisioning.units.filter(\.isEnabled)
    // Factory files announce no number of units.
    guard !enabled.isEmpty, announced == 0 || enabled.count == Int(announced) else {
      throw FirehoseRefusal("ufs: \(announced) units announced, \(enabled.count) described")
    }
    let sum = enabled.reduce(0) { $0 + $1.kibibyteCount }
    guard sum <= capacity else {
      throw FirehoseRefusal("ufs: units of \(sum) KB exceed the capacity of \(capacity) KB")
    }
    defer { provisioning.announced = nil }
    guard isCommitting else { return }
    if let index = provisioning.units.firstIndex(where: { $0.number == Int(grown) && $0.isEnabled }) {
      provisioning.units[index].kibibyteCount += capacity - sum
    }
    let unit = storage.sections.first?.sectorByteCount ?? 4096
    for index in provisioning.units.indices {
      provisioning.units[index].kibibyteCount -= provisioning.units[index].kibibyteCount % UInt64(max(1, unit >> 10))
    }
    storage.state.capacity = capacity
    provisioning.isCommitted = true
    storage.state.units = provisioning.units
    storage.state.isLocked = provisioning.isLocking
    do throws(SimulatorError) { try storage.state.record() } catch {
      note(error)
      throw FirehoseRefusal(Self.writeFailure)
    }
  }

  /// Keeps what an eMMC is to be divided into; no host reads it back. Source: `docs/protocols/firehose.md` 5.2.
  mutating func provisionEMMC(_ element: XMLElement) {
    guard settings.memory == .emmc, configuration != nil else { return refuse("No eMMC configured") }
    storage.state.emmc = element.attributes.prefix(32).map { ($0.name, $0.value) }
    do throws(SimulatorError) { try storage.state.record() } catch {
      note(error)
      return refuse(Self.writeFailure)
    }
    logHandler("emmc")
    respond(true)
  }
}
