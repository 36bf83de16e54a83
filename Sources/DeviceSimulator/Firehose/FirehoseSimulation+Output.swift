import FlashImages
import WireFormat

/// Raw data to the host. Source: `docs/protocols/firehose.md` 4.2.
extension FirehoseSimulation {
  mutating func read(_ element: XMLElement) {
    readCount += 1
    do throws(FirehoseRefusal) {
      let extent = try extent(of: element)
      if touchesBadBlock(extent) { throw FirehoseRefusal(Self.readFailure) }
      logHandler("read")
      let unit = UInt64(extent.section.sectorByteCount)
      var count = extent.byteCount
      if quirks.shortensRead?.value == readCount { count -= unit }
      if quirks.lengthensRead?.value == readCount { count += unit }
      state = .sending
      guard respond(true, raw: true) else {
        state = .document
        return
      }
      output = FirehoseRawOutput(
        section: extent.section.id, offset: extent.byteOffset, left: count, chunkByteCount: chunk(of: unit),
        isTerminated: endsRawData)
      if quirks.sendsEmptyBeforeRaw { outbox.append(FirehoseOutbox.Transfer(bytes: [], notBefore: now)) }
      if count > 0 { outbox.appendRawData() } else { finishOutput(hasFailed: false) }
    } catch { refuse(error.text) }
  }

  /// Bytes of one chunk: whole sectors of the payload, unless the knob says otherwise.
  private func chunk(of sectorByteCount: UInt64) -> UInt64 {
    if let chunk = settings.rawChunk { return chunk.value }
    let payload = configuration?.payload ?? settings.maximumPayload.value
    return max(1, payload / sectorByteCount) * sectorByteCount
  }

  private var endsRawData: Bool {
    switch settings.zlp {
    case .aware, .strict: configuration?.knowsZLP == true
    case .always: true
    case .never: false
    }
  }

  /// The next transfer of raw data.
  mutating func nextChunk() -> TransmitAnswer? {
    guard var output, let section = storage[output.section] else {
      outbox.removeFirst()
      state = .document
      return nil
    }
    let count = Int(min(output.left, output.chunkByteCount))
    var bytes: [UInt8]
    do throws(ImageError) { bytes = try section.file.bytes(at: output.offset, count: count) } catch {
      bytes = [UInt8](repeating: 0, count: count)
      // What the `long-read` quirk sends behind the end of the storage is no failure of it.
      output.hasFailed = output.hasFailed || output.offset + UInt64(count) <= section.file.byteCount
    }
    if let place = corruptedPlace(quirks.corruptsReadAt, from: sentByteCount, count: count) { bytes[place] ^= 0xFF }
    sentByteCount += UInt64(count)
    output.offset += UInt64(count)
    output.left -= UInt64(count)
    self.output = output
    if output.left == 0 {
      outbox.removeFirst()
      finishOutput(hasFailed: output.hasFailed)
    }
    return .transfer(bytes, isTerminated: output.isTerminated)
  }

  private mutating func finishOutput(hasFailed: Bool) {
    output = nil
    state = .document
    if quirks.sendsEndlessly { return babble = .data }
    guard !quirks.omitsFinalResponse else { return }
    if hasFailed || quirks.refusesAfterData { refuse(Self.readFailure) } else { respond(true) }
    if quirks.repeatsFinalResponse { respond(true) }
  }
}
