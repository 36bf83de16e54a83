import Digests
import FlashCore
import FlashImages
import Synchronization
import WireFormat

/// A device whose storage is memory: it reads, writes ranges, erases, and computes digests, and fails when it is told to.
final class MemoryTarget: FlashTarget {
  struct Gone: Error, Equatable {}

  struct State {
    var sections: [String: [UInt8]]
    /// Bytes that it still takes before it is gone.
    var writable: UInt64?
    var written: [StorageRange] = []
    var digested: [StorageRange] = []
    var erased: [StorageRange] = []
    var calls: [String] = []
    var patchCount = 0
  }

  let protocolName = "memory"
  let clock: any LinkClock = SystemLinkClock()
  let identity = DeviceIdentity(family: "memory", model: "M1", mode: "test", serialNumber: "0042")
  let rebootModes: [RebootMode] = [.system]
  let capabilities: Set<Capability>
  let unit: UInt64
  let named: [Partition]
  /// The number of a patch (1-based) that is acknowledged and not applied.
  let droppedPatch: Int?
  let state: Mutex<State>

  static let everything: Set<Capability> = [
    .storage, .partitions, .read, .write, .writeRanges, .erase, .digest, .reboot, .makeBootable,
  ]

  init(
    _ sections: [String: [UInt8]], unit: UInt64 = 512, capabilities: Set<Capability> = everything,
    partitions: [Partition] = [], droppedPatch: Int? = nil, writable: UInt64? = nil
  ) {
    self.unit = unit
    self.capabilities = capabilities
    self.named = partitions
    self.droppedPatch = droppedPatch
    state = Mutex(State(sections: sections, writable: writable))
  }

  func content(_ section: String) -> [UInt8] { state.withLock { $0.sections[section] ?? [] } }

  /// The same device after its power came back.
  func comesBack(capabilities: Set<Capability>? = nil, writable: UInt64? = nil) -> MemoryTarget {
    MemoryTarget(
      state.withLock { $0.sections }, unit: unit, capabilities: capabilities ?? self.capabilities, partitions: named,
      writable: writable)
  }

  func storage() async throws -> StorageMap {
    state.withLock { state in
      StorageMap(
        state.sections.keys.sorted().map { name in
          StorageSection(name: name, byteCount: UInt64(state.sections[name]?.count ?? 0), sectorByteCount: unit)
        })
    }
  }

  func partitions() async throws -> [Partition] { named }

  func write(
    _ image: any ImageSource, to range: StorageRange, progress: @escaping @Sendable (WriteProgress) -> Void
  ) async throws {
    let runs = try ImageRunReader(image)
    var sent: UInt64 = 0
    while let run = try runs.next() {
      var bytes = [UInt8](repeating: 0, count: Int((run.length + unit - 1) / unit * unit))
      let stream = runs.stream()
      let count = try bytes.withUnsafeMutableBytes { try stream.read(into: .init(rebasing: $0[..<Int(run.length)])) }
      guard count == Int(run.length) else { throw Gone() }
      let start = range.bytes.lowerBound + run.offset
      try store(bytes, at: start, in: range.section)
      sent += run.length
      progress(.bytes(sent))
    }
  }

  private func store(_ bytes: [UInt8], at start: UInt64, in section: String) throws {
    try state.withLock { state in
      let taken = min(UInt64(bytes.count), state.writable ?? .max)
      let range = Int(start)..<Int(start) + Int(taken)
      state.sections[section]?.replaceSubrange(range, with: bytes[..<Int(taken)])
      state.written.append(StorageRange(section: section, bytes: start..<start + taken))
      if let writable = state.writable { state.writable = writable - taken }
      if taken < bytes.count { throw Gone() }
    }
  }

  func read(_ range: StorageRange, into sink: @escaping @Sendable (RawSpan) throws -> Void) async throws {
    guard capabilities.contains(.read) else { throw unsupported(.read) }
    let bytes = state.withLock { state in
      Array((state.sections[range.section] ?? [])[Int(range.bytes.lowerBound)..<Int(range.bytes.upperBound)])
    }
    // In two pieces, as transfers come.
    let middle = bytes.count / 3
    try sink(Array(bytes[..<middle]).rawSpan)
    try sink(Array(bytes[middle...]).rawSpan)
  }

  func erase(_ erase: FlashPlan.Erase) async throws {
    let range = try await resolve(erase.extent)
    state.withLock { state in
      state.erased.append(range)
      state.sections[range.section]?.replaceSubrange(
        Int(range.bytes.lowerBound)..<Int(range.bytes.upperBound),
        with: repeatElement(0xFF, count: Int(range.byteCount)))
    }
  }

  func patch(_ patch: FlashPlan.Patch) async throws {
    let number = state.withLock { state in
      state.patchCount += 1
      return state.patchCount
    }
    if number != droppedPatch { try await apply(patch) }
  }

  /// What a device does with a patch, written from `docs/protocols/firehose.md` 4.6.
  private func apply(_ patch: FlashPlan.Patch) async throws {
    let count = content(patch.section).count / Int(unit)
    let start: UInt64
    switch patch.start {
    case .fromStart(let offset): start = offset
    case .fromEnd(let distance): start = UInt64(count) * unit - distance
    case .expression(let text): start = try DiskExpression(parsing: text).evaluate(sectors: UInt64(count)) * unit
    }
    let all = content(patch.section)
    let value = try DiskExpression(parsing: patch.value).evaluate(sectors: UInt64(count)) { range in
      let begin = Int(range.sector * unit)
      let bytes = Array(all[begin..<begin + Int(range.byteCount)])
      return CRC32(of: bytes.rawSpan).value
    }
    let bytes = (0..<patch.byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    try store(bytes, at: start + patch.byteOffset, in: patch.section)
  }

  func digest(of range: StorageRange) async throws -> [UInt8] {
    guard capabilities.contains(.digest) else { throw unsupported(.digest) }
    return state.withLock { state in
      state.digested.append(range)
      var digest = SHA256Digest()
      let bytes = state.sections[range.section] ?? []
      bytes[Int(range.bytes.lowerBound)..<Int(range.bytes.upperBound)].withUnsafeBytes { digest.update($0) }
      return digest.bytes()
    }
  }

  func makeBootable(section: String) async throws { state.withLock { $0.calls.append("bootable \(section)") } }
  func reboot(to mode: RebootMode) async throws { state.withLock { $0.calls.append("reboot") } }
  func close() async {}
}
