import FlashImages
import MediaTek
import WireFormat

/// Reading, writing and erasing. Source: `docs/protocols/mtk-xflash.md` 9.
extension SimulatedXFlash {
  // MARK: Reading

  mutating func beginReading(_ payload: [UInt8]) {
    guard let extent = try? XFlashExtent(parsing: payload.rawSpan) else { return refuse(.protocolError) }
    say(.ok)
    do throws(XFlashRefusal) {
      reading = XFlashReadJob(place: try storage.place(extent, kind: layout.kind))
      say(.ok)
      sendChunk()
    } catch { refuse(error.status) }
  }

  mutating func beginUpload(_ payload: [UInt8]) {
    do throws(XFlashRefusal) {
      let place = try storage.place(named: String(decoding: payload, as: UTF8.self))
      say(.ok)
      var size: [UInt8] = []
      size.append(littleEndian: place.byteCount)
      say(size)
      say(.ok)
      reading = XFlashReadJob(place: place)
      sendChunk()
    } catch { refuse(error.status) }
  }

  private mutating func sendChunk() {
    guard var job = reading else { return }
    guard job.left > 0 else {
      reading = nil
      state = .idle
      return
    }
    job.underWay = job.next(limit: settings.readByteCount.value, isOdd: quirks.oddChunks, changes: quirks.changesChunks)
    outbox.sayData(
      section: job.place.section, offset: job.place.offset + job.position, byteCount: Int(job.underWay), at: now)
    reading = job
    state = .reading
  }

  /// Nothing but an acknowledgement is taken; any other number ends the reading without a word.
  mutating func acknowledge(_ payload: [UInt8], pieces: [Int]) {
    if quirks.wantsMergedAcknowledgement, pieces != [16] { return state = .silent }
    if quirks.wantsSplitAcknowledgement, pieces != [12, 4] { return state = .silent }
    guard var job = reading, Self.word(payload) == 0 else {
      reading = nil
      state = .idle
      return
    }
    job.position += job.underWay
    job.chunks += 1
    reading = job
    if let count = quirks.readErrorAfter, job.chunks == count.value { return refuse(.storageError) }
    say(.ok)
    sendChunk()
  }

  // MARK: Writing

  mutating func beginWriting(_ payload: [UInt8]) {
    do throws(XFlashRefusal) {
      guard let extent = try? XFlashExtent(parsing: payload.rawSpan) else { throw XFlashRefusal(.protocolError) }
      let place = try storage.place(extent, kind: layout.kind)
      guard !isLocked(place), !isReserved(place) else { throw XFlashRefusal(.writingNotAllowed) }
      let name = storage.sections[place.section].name
      writing = XFlashWriteJob(place: place, name: name, byteCount: place.byteCount)
      state = .writing(.status)
      say(.ok)
    } catch { refuse(error.status) }
  }

  /// A name, then a size: one status for both.
  mutating func beginDownload(_ payload: [UInt8], _ number: Int) {
    guard number > 0 else {
      announcedName = String(decoding: payload.prefix(256), as: UTF8.self)
      state = .parameter(.download, 1)
      return
    }
    do throws(XFlashRefusal) {
      guard let size = try? payload.rawSpan.load(littleEndian: UInt64.self, at: 0) else {
        throw XFlashRefusal(.protocolError)
      }
      var place = try storage.place(named: announcedName)
      place.byteCount = storage.room(from: place.offset, byteCount: place.byteCount, in: place.section)
      guard !settings.lockedPartitions.names.contains(announcedName) else { throw XFlashRefusal(.writingNotAllowed) }
      guard size <= place.byteCount else { throw XFlashRefusal(.imageTooLarge) }
      guard !isReserved(place) else { throw XFlashRefusal(.writingNotAllowed) }
      writing = XFlashWriteJob(place: place, name: announcedName, byteCount: size, isByName: true)
      state = .writing(.status)
      say(.ok)
      if size == 0 { completeWriting() }
    } catch { refuse(error.status) }
  }

  private func isLocked(_ place: XFlashPlace) -> Bool {
    guard !settings.lockedPartitions.names.isEmpty else { return false }
    return storage.partitions(in: place).contains { settings.lockedPartitions.names.contains($0) }
  }

  private func isReserved(_ place: XFlashPlace) -> Bool {
    storage.reserve(touchedBy: place.offset..<place.offset + place.byteCount, in: place.section) != nil
  }

  mutating func write(_ payload: [UInt8], _ part: Writing) {
    switch part {
    case .status:
      guard Self.word(payload) == 0 else { return refuse(.aborted) }
      state = .writing(.checksum)
    case .checksum:
      guard let checksum = Self.word(payload) else { return refuse(.protocolError) }
      state = .writing(.chunk(checksum: checksum))
    case .chunk(let checksum): store(payload, checksum)
    }
  }

  private mutating func store(_ chunk: [UInt8], _ checksum: UInt32) {
    guard var job = writing, UInt64(chunk.count) <= job.left else { return refuse(.protocolError) }
    if checksumLevel.contains(.transfer), XFlashChecksum.of(chunk.rawSpan) != checksum { return refuse(.wrongChecksum) }
    do {
      try store(chunk, in: &job)
    } catch let error as XFlashRefusal {
      return refuse(error.status)
    } catch {
      return fail(error, job.place)
    }
    job.position += UInt64(chunk.count)
    writing = job
    state = .writing(.status)
    var delay = settings.chunkDelay
    if let slow = quirks.slowStatus, !hasBeenSlow {
      hasBeenSlow = true
      delay += .seconds(Int64(clamping: slow.value))
    }
    say(.ok, after: delay)
    if job.left == 0 { completeWriting() }
  }

  private func store(_ chunk: [UInt8], in job: inout XFlashWriteJob) throws {
    let section = storage.sections[job.place.section]
    if job.isByName, job.position == 0 {
      if job.place.isBootLoader, chunk.starts(with: [0x4D, 0x4D, 0x4D, 0x01]), layout.kind == .emmc,
        let header = BootSectionHeader.emmc(loaderByteCount: Int(clamping: job.byteCount))
      {
        guard UInt64(header.count) + job.byteCount <= job.place.byteCount else { throw XFlashRefusal(.imageTooLarge) }
        try section.file.write(header.rawSpan, at: 0)
        job.lead = UInt64(header.count)
      }
      if SparseHeader.isSparse(chunk.rawSpan) { job.spool = try SectionFile(temporary: job.byteCount) }
    }
    if !job.isByName, job.position == 0, storage.settings.sparseByRange == .refused,
      SparseHeader.isSparse(chunk.rawSpan)
    {
      throw XFlashRefusal(.unsupportedOperation)
    }
    if let spool = job.spool { return try spool.write(chunk.rawSpan, at: job.position) }
    try section.file.write(chunk.rawSpan, at: job.place.offset + job.lead + job.position)
  }

  /// All of it is there: one more status.
  private mutating func completeWriting() {
    guard let job = writing else { return }
    if let spool = job.spool {
      let unpacking = XFlashUnpacking(
        spool: spool, place: job.place, target: storage.sections[job.place.section].file)
      do { try unpacking.run() } catch let error as XFlashRefusal { return refuse(error.status) } catch {
        return fail(error, job.place)
      }
    }
    writing = nil
    state = .idle
    note(.imageComplete(type: job.name, byteCount: job.byteCount))
    say(.ok)
  }

  private mutating func fail(_ error: any Error, _ place: XFlashPlace) {
    if case .storage(let operation, let path, let errno)? = error as? SimulatorError {
      note(.storageFailed(operation: operation, path: path, errno: errno))
    } else {
      note(.storageFailed(operation: "write", path: storage.sections[place.section].file.path, errno: 5))
    }
    refuse(.storageError)
  }

  // MARK: Erasing

  mutating func beginFormatting(_ payload: [UInt8]) {
    guard let extent = try? XFlashExtent(parsing: payload.rawSpan) else { return refuse(.protocolError) }
    do throws(XFlashRefusal) {
      let place = try storage.place(extent, kind: layout.kind)
      guard !isLocked(place), !isReserved(place) else { throw XFlashRefusal(.formattingNotAllowed) }
      say(.ok)
      erase(place)
    } catch { refuse(error.status) }
  }

  /// No status: progress follows at once.
  mutating func beginFormattingPartition(_ payload: [UInt8]) {
    let name = String(decoding: payload.prefix(256), as: UTF8.self)
    do throws(XFlashRefusal) {
      let place = try storage.place(named: name)
      guard !settings.lockedPartitions.names.contains(name), !isReserved(place) else {
        throw XFlashRefusal(.formattingNotAllowed)
      }
      erase(place)
    } catch { refuse(error.status) }
  }

  private mutating func erase(_ place: XFlashPlace) {
    let file = storage.sections[place.section].file
    do {
      if place.offset == 0, place.byteCount == file.byteCount, layout.kind != .nand {
        try file.clear()
      } else {
        try storage.erase(place.offset..<place.offset + place.byteCount, of: place.section)
      }
    } catch { return fail(error, place) }
    report(Int(settings.formatReports.value))
  }

  /// Says how far it is, evenly spread, or that it is done.
  mutating func report(_ reportsLeft: Int) {
    guard reportsLeft > 0 else {
      state = .idle
      return say(.complete)
    }
    let all = Int(settings.formatReports.value)
    say(.continues)
    var percent: [UInt8] = []
    percent.append(littleEndian: UInt32((all - reportsLeft + 1) * 100 / (all + 1)))
    say(percent)
    state = .formatting(reportsLeft: reportsLeft - 1)
  }
}
