import Digests
import WireFormat

/// Raw data from the host. Source: `docs/protocols/firehose.md` 4.1.
extension FirehoseSimulation {
  mutating func program(_ element: XMLElement) {
    programCount += 1
    do throws(FirehoseRefusal) {
      let extent = try extent(of: element)
      try checkWritable(extent)
      if quirks.refusesProgram?.value == programCount { throw FirehoseRefusal("Failed to write to the device") }
      logHandler("program")
      var input = FirehoseRawInput(
        purpose: .program(section: extent.section.id, offset: extent.byteOffset), byteCount: extent.byteCount,
        verifiesByReading: Self.isOn(element["read_back_verify"]))
      if touchesBadBlock(extent) || quirks.failsProgram?.value == programCount { input.failure = Self.writeFailure }
      beginInput(input)
    } catch { refuse(error.text) }
  }

  static let writeFailure = "[ERROR 5: Line 1131: STORAGE_WRITE_FAILURE]"
  static let readFailure = "[ERROR 4: Line 1012: STORAGE_READ_FAILURE]"

  /// The most firmware of a storage device that is taken.
  private static let firmwareLimit: UInt64 = 64 << 20

  /// Takes firmware of the storage device, and forgets it.
  mutating func writeFirmware(_ element: XMLElement) {
    let size = Self.number(element["SECTOR_SIZE_IN_BYTES"]) ?? 512
    let (byteCount, overflows) = size.multipliedReportingOverflow(
      by: Self.number(element["num_partition_sectors"]) ?? 0)
    guard !overflows, (1...Self.firmwareLimit).contains(byteCount) else {
      return refuse("Invalid parameters: num_partition_sectors")
    }
    logHandler("firmwarewrite")
    beginInput(FirehoseRawInput(purpose: .firmware, byteCount: byteCount))
  }

  /// Takes a signature or certificate. Source: `docs/protocols/firehose.md` 5.3.
  mutating func takeSignature(_ element: XMLElement) {
    guard let count = Self.number(element["size_in_bytes"]), (1...8192).contains(count) else {
      return refuse("Invalid parameters: size_in_bytes")
    }
    logHandler("sig")
    beginInput(FirehoseRawInput(purpose: .signature, byteCount: count))
  }

  private mutating func beginInput(_ input: FirehoseRawInput) {
    guard respond(true, raw: true) else { return }
    self.input = input
    state = .receiving
  }

  private var payload: UInt64 { max(1, configuration?.payload ?? settings.maximumPayload.value) }

  /// Takes bytes of raw data; `busy` says how many, and that the state may be another one now.
  mutating func takeRaw(_ bytes: RawSpan, endsTransfer: Bool) -> ReceiveAnswer {
    guard var input, !input.awaitsEnd else {
      // More than was announced, where the end of the transfer is waited for.
      finishInput()
      return .busy(byteCount: 0)
    }
    var count = Int(min(input.left, UInt64(bytes.byteCount), payload - input.chunkFill))
    if let strike = nextStrike(in: receivedByteCount..<receivedByteCount + UInt64(count)) {
      count = Int(strike.byte - receivedByteCount)
      if count == 0 { return hit(by: strike) }
    }
    self.input = nil
    store(bytes.extracting(0..<count), &input)
    receivedByteCount += UInt64(count)
    input.left -= UInt64(count)
    input.chunkFill += UInt64(count)
    self.input = input
    if input.chunkFill == payload || input.left == 0 { endChunk() }
    if let input = self.input, input.left == 0, state == .receiving {
      let isEnd = endsTransfer && count == bytes.byteCount
      if settings.zlp == .strict, !isEnd { self.input?.awaitsEnd = true } else { finishInput() }
    }
    return .busy(byteCount: count)
  }

  private mutating func store(_ bytes: RawSpan, _ input: inout FirehoseRawInput) {
    guard !input.isRefused else { return }
    if hashesChunks {
      var digest = input.chunkDigest ?? SHA256Digest()
      unsafe bytes.withUnsafeBytes { unsafe digest.update($0) }
      input.chunkDigest = digest
    }
    guard case .program(let number, let offset) = input.purpose, configuration?.skipsWriting != true,
      input.failure == nil, let section = storage[number]
    else { return }
    let position = offset + (input.byteCount - input.left)
    do throws(SimulatorError) {
      if let place = corruptedPlace(quirks.corruptsWriteAt, from: receivedByteCount, count: bytes.byteCount) {
        input.isCorrupted = true
        var copy = unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
        copy[place] ^= 0xFF
        try section.file.write(copy.rawSpan, at: position)
      } else {
        try section.file.write(bytes, at: position)
      }
    } catch {
      input.failure = Self.writeFailure
      note(error)
    }
  }

  /// Where in a piece of raw data a byte lies that is to be wrong.
  func corruptedPlace(_ byte: ByteCount?, from first: UInt64, count: Int) -> Int? {
    guard let byte = byte?.value, byte >= first, byte - first < UInt64(count) else { return nil }
    return Int(byte - first)
  }

  mutating func note(_ error: SimulatorError) {
    if case .storage(let operation, let path, let errno) = error {
      events.append(.storageFailed(operation: operation, path: path, errno: errno))
    }
  }

  private var hashesChunks: Bool { validation != nil || configuration?.validatesAlways == true }

  private mutating func endChunk() {
    guard var input else { return }
    input.chunkFill = 0
    input.chunkCount += 1
    let digest = input.chunkDigest?.hexadecimal().uppercased()
    input.chunkDigest = nil
    self.input = input
    guard !input.isRefused else { return }
    if let digest {
      if configuration?.validatesAlways == true { log("Hash of packet \(input.chunkCount): \(digest)") }
      if validation != nil, !validate(digest: digest) {
        self.input = nil
        state = .document
        return
      }
    }
    if let every = configuration?.answersEvery, every > 0, input.left > 0, input.chunkCount % every == 0 {
      respond(true, raw: true)
    }
  }

  /// All raw data are there.
  mutating func finishInput() {
    guard let input else { return }
    self.input = nil
    state = .document
    guard !input.isRefused, !quirks.omitsFinalResponse else { return }
    if let reason = failure(of: input) { refuse(reason) } else { respond(true) }
    if quirks.repeatsFinalResponse { respond(true) }
  }

  private mutating func failure(of input: FirehoseRawInput) -> String? {
    if case .signature = input.purpose {
      if quirks.refusesSignature { return "Verifying signature failed with 3" }
      isAuthenticated = true
    }
    if let failure = input.failure { return failure }
    if quirks.refusesAfterData { return Self.writeFailure }
    return input.verifiesByReading && input.isCorrupted ? "Read back verify failed" : nil
  }
}

/// What strikes at a byte of raw data.
extension FirehoseSimulation {
  private struct Strike {
    var name: String
    var byte: UInt64
  }

  private func nextStrike(in bytes: Range<UInt64>) -> Strike? {
    let all: [(String, ByteCount?)] = [
      ("swallow", quirks.refusesAndSwallows), ("stop", quirks.refusesAndStops), ("xml", quirks.refusesAndReads),
      ("stall", quirks.stallsAtByte), ("disconnect", quirks.disconnectsAtByte),
    ]
    return all.compactMap { name, byte in byte.map { Strike(name: name, byte: $0.value) } }
      .filter { bytes.contains($0.byte) && !firedQuirks.contains($0.name) }
      .min { $0.byte < $1.byte }
  }

  private mutating func hit(by strike: Strike) -> ReceiveAnswer {
    firedQuirks.insert(strike.name)
    switch strike.name {
    case "stall": return .stall
    case "disconnect": events.append(.unplugged)
    case "swallow":
      input?.isRefused = true
      refuse(Self.writeFailure)
    default:
      input = nil
      state = .document
      log(Self.writeFailure, .error)
      respond(false, isBlocking: strike.name == "stop")
    }
    return .busy(byteCount: 0)
  }
}
