import Digests
import FlashImages
import MediaTek
import WireFormat

/// The steps of a command, and what the host says to them. Source: `docs/protocols/mtk-xml.md` 5.
extension XMLAgentSimulation {
  /// Whether the next frame is a chunk.
  var wantsData: Bool {
    if state == .body, case .download(let download)? = current { download.phase == .data } else { false }
  }

  /// Goes on with the next step.
  mutating func proceed() {
    guard !steps.isEmpty else {
      current = nil
      return
    }
    let step = steps.removeFirst()
    current = step
    requestCount += 1
    switch step {
    case .upload(let upload):
      say(
        document.request(
          "UPLOAD-FILE",
          [
            "checksum": checksum, "info": upload.info, "target_file": upload.target,
            "packet_length": packet(upload.packetByteCount),
          ]))
    case .download(let download):
      let source = quirks.wantsForeignFile ? "/etc/passwd" : download.source
      say(
        document.request(
          "DOWNLOAD-FILE",
          [
            "checksum": checksum, "info": download.info, "source_file": source,
            "packet_length": packet(download.packetByteCount),
          ]))
    case .question(let key, let path): say(document.request("FILE-SYS-OPERATION", ["key": key, "file_path": path]))
    case .report(let message, _): say(document.request("PROGRESS-REPORT", ["message": message]))
    case .unknown: say(document.request("MAKE-COFFEE", ["cups": "1"]))
    case .end(let result, let message):
      state = .endWait
      say(document.request("END", ["result": result, "message": message]))
      // Whether or not anybody acknowledges that.
      if case .leave(let departure) = sequel { leave(as: departure) }
    }
  }

  private var checksum: String { quirks.namesOtherChecksum ? "CHK_SHA256" : "CHK_NO" }

  private func packet(_ byteCount: UInt64) -> String {
    quirks.hasNoPacketLength ? "0x0" : "0x" + String(byteCount, radix: 16)
  }

  /// Ends the command without success, whatever was to come.
  mutating func fail(_ message: String, result: String = "ERR") {
    steps = []
    sequel = .start
    logLine(.error, message)
    let end = quirks.variesErrors ? ("ERR!FAILED", "") : (result, message)
    steps.append(.end(result: end.0, message: end.1))
    proceed()
  }

  // MARK: Tokens

  mutating func take(_ token: XMLAgentToken) {
    if case .error = token { return fail("User cancelled.") }
    switch current {
    case .upload(let upload): acknowledge(upload)
    case .download(let download): acknowledge(download, token)
    case .question(let key, _): answered(key, token)
    case .report(let message, let percents): acknowledge(message, percents)
    case .unknown, .end, nil: break
    }
  }

  /// The first OK is for the request; the answer follows.
  private mutating func answered(_ key: String, _ token: XMLAgentToken) {
    if case .ok(.some) = token { proceed() }
  }

  private mutating func acknowledge(_ message: String, _ percents: [Int]) {
    var rest = percents
    if quirks.reportsEndlessly { rest = [42] }
    guard let percent = rest.first else {
      // Nothing is said twice: the acknowledgement of the end goes on with the next step.
      if percents.isEmpty, hasEndedReport {
        hasEndedReport = false
        return proceed()
      }
      hasEndedReport = true
      return say(.endOfProgress, delay: settings.progressTime)
    }
    if !quirks.reportsEndlessly { rest.removeFirst() }
    current = .report(message: message, percents: rest)
    let text = "OK!PROGRESS@\(percent)" + (quirks.endsProgressWithAt ? "@" : "")
    say(Array(text.utf8) + [0], delay: settings.progressTime)
  }

  // MARK: To the host

  private mutating func acknowledge(_ first: XMLAgentUpload) {
    var upload = first
    switch upload.phase {
    case .request:
      upload.phase = .size
      current = .upload(upload)
      say(.number(announced(upload.content.byteCount)))
    case .announcement: sendChunk(upload)
    case .size, .data:
      guard upload.done < upload.content.byteCount else { return proceed() }
      announceChunk(upload)
    }
  }

  private func announced(_ byteCount: UInt64) -> UInt64 {
    if quirks.announcesTooMuch { return byteCount + 0x1000_0000_0000 }
    return quirks.announcesTooLittle ? byteCount / 2 : byteCount
  }

  private mutating func announceChunk(_ first: XMLAgentUpload) {
    var upload = first
    if case .storage = upload.content, strikesChunk() { return }
    upload.phase = .announcement
    current = .upload(upload)
    say(.ok(nil), delay: settings.chunkTime)
  }

  /// Counts a chunk of the storage's. Whether a misbehaviour ends the transfer there.
  private mutating func strikesChunk() -> Bool {
    chunkCount += 1
    if quirks.refusesChunk?.value == chunkCount {
      say(.error(""))
      fail("Storage error.")
      return true
    }
    if quirks.endsAtChunk?.value == chunkCount {
      fail("Storage error.")
      return true
    }
    guard quirks.endsEarly?.value == chunkCount else { return false }
    steps = [.end(result: "OK", message: "")]
    proceed()
    return true
  }

  private mutating func sendChunk(_ first: XMLAgentUpload) {
    var upload = first
    let count = min(upload.packetByteCount, upload.content.byteCount - upload.done)
    switch upload.content {
    case .bytes(let bytes): say(Array(bytes[Int(upload.done)..<Int(upload.done + count)]))
    case .storage(let section, let offset, _):
      do throws(ImageError) {
        say(try storage.sections[section].file.bytes(at: offset + upload.done, count: Int(count)))
      } catch {
        say(.error(""))
        return fail("Storage read error.")
      }
    }
    upload.done += count
    upload.phase = .data
    current = .upload(upload)
  }

  // MARK: From the host

  private mutating func acknowledge(_ first: XMLAgentDownload, _ token: XMLAgentToken) {
    var download = first
    switch download.phase {
    case .request: download.phase = .size
    case .size:
      guard let size = token.number, size > 0 else { return fail("Invalid size.") }
      download.byteCount = size
      if let reason = refusal(of: download) {
        say(.error(""))
        return fail(reason)
      }
      download.phase = .status
      say(.ok(nil))
    case .status:
      // A bare OK is superfluous, and no status.
      guard let status = token.number else { break }
      guard status == 0 else { return fail("Host status.") }
      download.phase = .data
      say(.ok(nil))
    case .data: break
    }
    current = .download(download)
  }

  /// What is behind the announced size is dropped.
  mutating func store(_ piece: RawSpan) {
    guard case .download(var download)? = current else { return }
    current = nil
    let count = Int(min(UInt64(piece.byteCount), download.byteCount - download.done))
    if count > 0 { keep(piece.extracting(0..<count), &download) }
    download.done += UInt64(count)
    current = .download(download)
  }

  mutating func finishChunk() {
    guard case .download(var download)? = current else { return }
    let isStorage = if case .storage = download.purpose { true } else { false }
    if isStorage, strikesChunk() { return }
    if let failure = download.failure {
      say(.error(""))
      return fail(failure)
    }
    let stalls = quirks.stallsOnSparse && isStorage && chunkCount == 1
    let delay = settings.chunkTime + (stalls ? .seconds(45) : .zero)
    guard download.done >= download.byteCount else {
      download.phase = .status
      current = .download(download)
      return say(.ok(nil), delay: delay)
    }
    current = nil
    say(.ok(nil), delay: delay)
    if let failure = complete(download) { return fail(failure) }
    proceed()
  }
}
