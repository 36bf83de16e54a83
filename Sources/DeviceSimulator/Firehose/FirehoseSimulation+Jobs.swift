import Digests
import FlashImages
import WireFormat

/// Commands that take long: they are done in steps, so that the bus goes on meanwhile.
extension FirehoseSimulation {
  /// Bytes of storage that one step looks at.
  private static let stepByteCount: UInt64 = 2 << 20

  /// Source: `docs/protocols/firehose.md` 4.4.
  mutating func digest(_ element: XMLElement, isSHA256: Bool) {
    do throws(FirehoseRefusal) {
      let extent = try extent(of: element)
      logHandler(element.name)
      log("Hash start sector \(extent.start) num sectors \(extent.count)")
      job = .digest(
        FirehoseDigestJob(
          section: extent.section.id, offset: extent.byteOffset, end: extent.byteOffset + extent.byteCount,
          kind: isSHA256 ? .sha256(SHA256Digest()) : .crc16(CRC16()), nextKeepAlive: now + settings.keepAlive,
          finishesAt: now + settings.digestTime))
      state = .working
    } catch { refuse(error.text) }
  }

  /// Source: `docs/protocols/firehose.md` 4.3.
  mutating func erase(_ element: XMLElement) { erase(element, fill: settings.eraseFill, isWholeByDefault: true) }

  /// Zeros, for hosts that send what program files call so, where the programmer has been given the command. Source:
  /// `docs/protocols/qualcomm-packages.md` 3.3.
  mutating func zeroOut(_ element: XMLElement) { erase(element, fill: .zeros, isWholeByDefault: false) }

  private mutating func erase(_ element: XMLElement, fill: EraseFillValue, isWholeByDefault: Bool) {
    do throws(FirehoseRefusal) {
      let extent = try extent(of: element, isWholeByDefault: isWholeByDefault)
      try checkWritable(extent)
      if touchesBadBlock(extent) { throw FirehoseRefusal("[ERROR 6: Line 871: STORAGE_ERASE_FAILURE]") }
      logHandler(element.name)
      job = .erase(
        FirehoseEraseJob(
          section: extent.section.id, offset: extent.byteOffset, end: extent.byteOffset + extent.byteCount,
          fill: fill, finishesAt: now + settings.eraseTime))
      state = .working
    } catch { refuse(error.text) }
  }

  /// When the job goes on.
  var jobWake: Duration {
    switch job {
    case .digest(let digest) where digest.offset == digest.end: min(digest.finishesAt, digest.nextKeepAlive)
    case .erase(let erase) where erase.offset == erase.end: erase.finishesAt
    default: now
    }
  }

  mutating func stepJob() {
    switch job {
    case .digest(var digest):
      job = nil
      step(&digest)
    case .erase(var erase):
      job = nil
      step(&erase)
    case nil: state = .document
    }
  }

  private mutating func step(_ digest: inout FirehoseDigestJob) {
    guard let section = storage[digest.section] else { return endJob(refusing: Self.readFailure) }
    if digest.nextKeepAlive <= now {
      log("Still hashing, \(digest.end - digest.offset) bytes left")
      digest.nextKeepAlive = now + max(.milliseconds(1), settings.keepAlive)
    }
    let count = min(Self.stepByteCount, digest.end - digest.offset)
    do throws(ImageError) {
      try unsafe section.file.forEachPiece(of: digest.offset..<digest.offset + count) { piece in
        unsafe digest.kind.update(piece)
      }
    } catch { return endJob(refusing: Self.readFailure) }
    digest.offset += count
    guard digest.offset == digest.end, digest.finishesAt <= now else {
      job = .digest(digest)
      return
    }
    state = .document
    tell(digest.kind.text)
  }

  private mutating func endJob(refusing reason: String) {
    state = .document
    refuse(reason)
  }

  private mutating func tell(_ digest: String) {
    switch settings.digestForm {
    case .log: log("Digest \(digest)")
    case .lower: log("Digest \(digest.lowercased())")
    case .attribute: return _ = respond(true, attributes: [("Digest", digest)])
    case .missing: break
    }
    respond(true)
  }

  private mutating func step(_ erase: inout FirehoseEraseJob) {
    guard let section = storage[erase.section] else { return endJob(refusing: Self.writeFailure) }
    if erase.offset < erase.end {
      do throws(SimulatorError) { try eraseStep(&erase, section) } catch {
        note(error)
        return endJob(refusing: Self.writeFailure)
      }
    }
    guard erase.offset == erase.end, erase.finishesAt <= now else {
      job = .erase(erase)
      return
    }
    state = .document
    respond(true)
  }

  private func eraseStep(_ erase: inout FirehoseEraseJob, _ section: EDLStorage.Section) throws(SimulatorError) {
    if erase.fill == .unchanged {
      erase.offset = erase.end
      return
    }
    if erase.fill == .zeros {
      // The whole section, and what is a hole already, cost nothing.
      if erase.offset == 0, erase.end == section.file.byteCount {
        try section.file.clear()
        erase.offset = erase.end
        return
      }
      erase.offset = section.file.nextStored(from: erase.offset, limit: erase.end)
    }
    let count = Int(min(Self.stepByteCount, erase.end - erase.offset))
    guard count > 0 else { return }
    var bytes = [UInt8](repeating: erase.fill == .ones ? 0xFF : 0, count: count)
    if erase.fill == .random {
      for index in bytes.indices {
        erase.random = erase.random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes[index] = UInt8(truncatingIfNeeded: erase.random >> 33)
      }
    }
    try section.file.write(bytes.rawSpan, at: erase.offset)
    erase.offset += UInt64(count)
  }
}

extension FirehoseDigestJob.Kind {
  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    switch self {
    case .sha256(var digest):
      unsafe digest.update(bytes)
      self = .sha256(digest)
    case .crc16(var checksum):
      unsafe checksum.update(bytes)
      self = .crc16(checksum)
    }
  }

  /// Upper-case digits.
  var text: String {
    switch self {
    case .sha256(let digest): return digest.hexadecimal().uppercased()
    case .crc16(let checksum):
      let digits = String(checksum.value, radix: 16, uppercase: true)
      return String(repeating: "0", count: 4 - digits.count) + digits
    }
  }
}
