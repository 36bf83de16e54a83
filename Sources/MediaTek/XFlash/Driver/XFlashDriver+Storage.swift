import FlashCore
import FlashImages
import WireFormat

extension XFlashDriver {
  /// The storage that is there. The others answer that they are not, or that they are unknown.
  func findStorage() async throws(XFlashError) -> XFlashStorage {
    if let storage { return storage }
    guard let found = try await askForStorage() else { throw .noStorage }
    storage = found
    return found
  }

  private func askForStorage() async throws(XFlashError) -> XFlashStorage? {
    if let answer = try await getIfKnown(.getEMMCInfo) {
      let info = try parse(answer, of: .getEMMCInfo) { bytes throws(WireError) in try XFlashEMMCInfo(parsing: bytes) }
      if info.type != .none { return .emmc(info) }
    }
    if let answer = try await getIfKnown(.getUFSInfo) {
      let info = try parse(answer, of: .getUFSInfo) { bytes throws(WireError) in try XFlashUFSInfo(parsing: bytes) }
      if info.type != .none { return .ufs(info) }
    }
    if let answer = try await getIfKnown(.getNANDInfo) {
      let info = try parse(answer, of: .getNANDInfo) { bytes throws(WireError) in try XFlashNANDInfo(parsing: bytes) }
      if info.type != .none { return .nand(info) }
    }
    if let answer = try await getIfKnown(.getNORInfo) {
      let info = try parse(answer, of: .getNORInfo) { bytes throws(WireError) in try XFlashNORInfo(parsing: bytes) }
      if info.type != .none { return .nor(info) }
    }
    return nil
  }

  /// The sections, with sectors of the size that the partition table has.
  func storageMap() async throws(XFlashError) -> StorageMap {
    if let map { return map }
    let storage = try await findStorage()
    var unit = storage.reportedUnit
    if storage.hasDoubtfulUnit { unit = try await probedUnit(storage) ?? unit }
    let found = storage.map(unit: unit)
    map = found
    return found
  }

  /// Where the header of the partition table lies tells how large a sector is; `nil` where there is none.
  private func probedUnit(_ storage: XFlashStorage) async throws(XFlashError) -> UInt64? {
    let output = CollectedBytes()
    let section = storage.userSection
    guard let size = storage.map(unit: 512)[section]?.byteCount, size >= 0x2000 else { return nil }
    do throws(XFlashError) {
      try await read(StorageRange(section: section, bytes: 0..<0x2000), into: output)
    } catch {
      guard error.refusal != nil else { throw error }
      return nil
    }
    let bytes = output.bytes
    for unit in [512, 4096] where bytes.dropFirst(unit).starts(with: "EFI PART".utf8) { return UInt64(unit) }
    return nil
  }

  /// The parameters for a stretch. `isData`: its content is read or written, which of NAND are the pages without their
  /// spare bytes.
  func extent(_ range: StorageRange, isData: Bool = false) async throws(XFlashError) -> XFlashExtent {
    let type = try await findStorage().type
    guard let section = XFlashSection(named: range.section, of: type) else { throw .noSection(range.section) }
    var extent = XFlashExtent(
      type: type, section: section, start: range.bytes.lowerBound, length: range.byteCount)
    if isData, type.isNAND { extent.flash.operation = XFlashExtent.Flash.pages }
    return extent
  }

  // MARK: Ranges

  func read(_ range: StorageRange, into consumer: any StreamConsumer) async throws(XFlashError) {
    guard range.byteCount > 0 else { return }
    guard range.byteCount % 512 == 0 else { throw .unaligned(byteCount: range.byteCount, unit: 512) }
    let extent = try await extent(range, isData: true)
    _ = try await read(XFlashReading(extent, policy), into: consumer, place: range.description)
  }

  /// `range` is as long as the image takes in whole sectors.
  func write(
    _ image: ImageStream, byteCount: UInt64, to range: StorageRange, progress: @escaping @Sendable (UInt64) -> Void
  ) async throws(XFlashError) {
    guard range.byteCount > 0 else { return }
    guard range.byteCount % 512 == 0, byteCount <= range.byteCount else {
      throw .unaligned(byteCount: range.byteCount, unit: 512)
    }
    let extent = try await extent(range, isData: true)
    let chunk = try await chunkByteCount(unit: try await findStorage().reportedUnit)
    let chunks = XFlashChunks(
      image, imageByteCount: byteCount, byteCount: range.byteCount, chunkByteCount: chunk)
    try await write(
      XFlashWriting(extent, chunkByteCount: chunk, policy), chunks, place: range.description
    ) { progress(min($0, byteCount)) }
  }

  func erase(_ range: StorageRange, progress: @escaping @Sendable (Int) -> Void) async throws(XFlashError) {
    guard range.byteCount > 0 else { return }
    try await format(XFlashFormatting(try await extent(range), policy), place: range.description, progress)
  }

  // MARK: Partitions by name

  /// Returns how many bytes the partition has.
  func read(partition: String, into consumer: any StreamConsumer) async throws(XFlashError) -> UInt64 {
    try await read(XFlashReading(partition: partition, policy), into: consumer, place: partition).byteCount
  }

  func write(
    _ image: ImageStream, byteCount: UInt64, partition: String, progress: @escaping @Sendable (UInt64) -> Void
  ) async throws(XFlashError) {
    let chunk = try await chunkByteCount(unit: 512)
    let chunks = XFlashChunks(image, imageByteCount: byteCount, byteCount: byteCount, chunkByteCount: chunk)
    try await bracketed { () async throws(XFlashError) in
      try await self.write(
        XFlashWriting(partition: partition, byteCount: byteCount, chunkByteCount: chunk, self.policy), chunks,
        place: partition, progress)
    }
  }

  func erase(partition: String, progress: @escaping @Sendable (Int) -> Void) async throws(XFlashError) {
    try await format(XFlashFormatting(partition: partition, policy), place: partition, progress)
  }

  // MARK: Inside

  private func read(
    _ session: XFlashReading, into consumer: any StreamConsumer, place: String
  ) async throws(XFlashError) -> XFlashReading {
    let data = XFlashData(receiving: XFlashOutput(consumer))
    let outcome = try await finish(session, moving: data)
    if let error = outcome.error { throw error.located(at: place) }
    if let error = data.output?.failure {
      if outcome.session.isAborted { await settle() }
      throw .output(error)
    }
    guard !outcome.session.isAborted else {
      await settle()
      throw data.reason
    }
    return outcome.session
  }

  private func write(
    _ session: XFlashWriting, _ chunks: XFlashChunks, place: String, _ progress: @escaping @Sendable (UInt64) -> Void
  ) async throws(XFlashError) {
    let data = XFlashData(sending: chunks)
    let outcome = try await finish(session, moving: data) { session in
      if session.hasBegun { progress(session.position) }
    }
    if let error = outcome.error { throw error.located(at: place) }
    guard !outcome.session.isAborted else { throw data.reason }
  }

  private func format(
    _ session: XFlashFormatting, place: String, _ progress: @escaping @Sendable (Int) -> Void
  ) async throws(XFlashError) {
    try await bracketed { () async throws(XFlashError) in
      let outcome = try await self.finish(session, watching: { progress($0.percent) })
      if let error = outcome.error { throw error.located(at: place) }
    }
  }

  /// START_DL_INFO before, END_DL_INFO behind, where the agent knows them. What goes wrong with the last one is told only
  /// where nothing else did.
  private func bracketed(_ body: () async throws(XFlashError) -> Void) async throws(XFlashError) {
    try await actIfKnown(.startDownloadInfo)
    do throws(XFlashError) { try await body() } catch {
      // After a refusal the agent is in its command loop, and is told that this is over.
      if error.refusal != nil || error.category == .file || error == .cancelled {
        await Task { try? await self.actIfKnown(.endDownloadInfo) }.value
      }
      throw error
    }
    try await actIfKnown(.endDownloadInfo)
  }
}
