/// What the agent asks for. Source: `docs/protocols/mtk-xml.md` 5.
extension XMLCommandSession {
  mutating func take(_ request: XMLAgentRequest) throws(XMLAgentError) -> XMLAgentAction {
    switch state {
    case .answering, .body, .progress: break
    case .refusing: return wait([.cancel], limit: policy.workLimit)
    default: throw unexpected(request.name)
    }
    state = .body
    switch request {
    case .upload(let transfer): return beginUpload(transfer)
    case .download(let transfer): return beginDownload(transfer)
    case .fileSystem(let key, let path): return wait([.ok(nil), .ok(answer(to: key, about: path))])
    case .progress(let message):
      state = .progress(message)
      note(.progress(message: message, percent: nil))
      return wait([.ok(nil)])
    case .unknown(let name):
      fail(violation(.unexpected(expected: "CMD:END", found: "CMD:" + name)))
      return giveUp()
    case .start, .end: throw unexpected(request.name)
    }
  }

  /// In place of an `OK`: the device ends the command then.
  mutating func giveUp() -> XMLAgentAction {
    if failure == nil { failure = .cancelled }
    state = .refusing
    transfer = nil
    return wait([.cancel], limit: policy.workLimit)
  }

  var mustGiveUp: Bool { isCancelled || failure != nil }

  // MARK: From the device

  private mutating func beginUpload(_ request: XMLAgentRequest.Transfer) -> XMLAgentAction {
    if mustGiveUp { return giveUp() }
    check(request.checksum)
    guard files.plainName(for: request.file) != nil else {
      fail(.foreignFile(request.file, during: command.name))
      return giveUp()
    }
    guard isPacket(request.packetByteCount) else { return giveUp() }
    state = .uploadSize(request)
    return wait([.ok(nil)])
  }

  mutating func takeSize(_ size: UInt64?, of request: XMLAgentRequest.Transfer) -> XMLAgentAction {
    guard let size else {
      fail(violation(.noSize(request.file)))
      return giveUp()
    }
    if let expected = files.refusal(of: size) {
      fail(.size(announced: size, expected: expected, during: command.name))
      return giveUp()
    }
    guard !mustGiveUp, let name = files.plainName(for: request.file) else { return giveUp() }
    let place = files.begin(name)
    transfer = Transfer(
      name: request.file, place: place, byteCount: size, packetByteCount: request.packetByteCount)
    guard size > 0 else {
      finishUpload()
      return wait([.ok(nil)])
    }
    state = .uploadReady
    return wait([.ok(nil)])
  }

  private mutating func finishUpload() {
    if let transfer { files.finish(transfer.place, target: transfer.name, byteCount: transfer.byteCount) }
    transfer = nil
    state = .body
  }

  /// Where a frame of so many bytes goes that comes next: the place of a received file, or `nil` for `receive`.
  ///
  /// Data have no mark of their own. A full chunk is one; a shorter one, which agents do not send but at the end, is one
  /// unless it says otherwise, so short ones are looked at first (`receive` takes them where they are data after all).
  public func takes(_ byteCount: UInt64) -> Int? {
    guard state == .uploadData, let transfer else { return nil }
    return byteCount == transfer.chunkByteCount || (byteCount > 4096 && byteCount < transfer.chunkByteCount)
      ? transfer.place : nil
  }

  /// Whether `payload`, which `takes` did not want, is data all the same.
  public func isData(_ payload: [UInt8]) -> Int? {
    guard state == .uploadData, let transfer, UInt64(payload.count) < transfer.chunkByteCount else { return nil }
    switch XMLAgentMessage(parsing: payload) {
    case .token(.error), .request(.end), .request(.start): return nil
    default: return transfer.place
    }
  }

  /// The transfers that the device is expected to send behind the chunk under way, in bytes: an acknowledgement, then the
  /// next chunk. They may come otherwise.
  public var transfersBehindData: [UInt64] {
    guard state == .uploadData, let transfer else { return [] }
    let left = transfer.left - transfer.chunkByteCount
    guard left > 0 else { return [] }
    let header = UInt64(XMLAgentFrame.headerByteCount)
    return [header, XMLAgentToken.okByteCount, header, min(transfer.packetByteCount, left)]
  }

  /// So many bytes of data have come.
  public mutating func dataReceived(_ byteCount: UInt64) -> XMLAgentAction {
    guard state == .uploadData, var moving = transfer else { return wait() }
    moving.done += min(byteCount, moving.left)
    receivedByteCount += byteCount
    frameCount = 0
    transfer = moving
    note(.transferred(file: moving.name, bytes: moving.done, of: moving.byteCount, isSending: false))
    if mustGiveUp, moving.left > 0 { return giveUp() }
    if moving.left == 0 { finishUpload() } else { state = .uploadReady }
    return wait([.ok(nil)])
  }

  // MARK: To the device

  private mutating func beginDownload(_ request: XMLAgentRequest.Transfer) -> XMLAgentAction {
    if mustGiveUp { return giveUp() }
    check(request.checksum)
    guard let place = files.index(of: request.file) else {
      fail(.foreignFile(request.file, during: command.name))
      return giveUp()
    }
    let file = files.outgoing[place]
    guard file.byteCount > 0 else {
      fail(.emptyFile(file.name))
      return giveUp()
    }
    guard isPacket(request.packetByteCount) else { return giveUp() }
    transfer = Transfer(
      name: file.name, place: place, byteCount: file.byteCount, packetByteCount: request.packetByteCount)
    state = .downloadOpen
    return wait([.ok(nil), .number(file.byteCount)])
  }

  /// The next chunk is announced, or everything has been sent.
  mutating func nextChunk() -> XMLAgentAction {
    guard let moving = transfer else { return wait() }
    guard moving.left > 0 else {
      files.markSent(moving.place)
      transfer = nil
      state = .body
      return wait()
    }
    if mustGiveUp { return giveUp() }
    if moving.done == 0 { note(.transferred(file: moving.name, bytes: 0, of: moving.byteCount, isSending: true)) }
    state = .downloadReady
    return wait([.ready])
  }

  func sendChunk() -> XMLAgentAction {
    guard let transfer else { return wait() }
    return .sendData(
      files.outgoing[transfer.place].origin, offset: transfer.done, byteCount: transfer.chunkByteCount)
  }

  /// The chunk is on its way.
  public mutating func dataSent() -> XMLAgentAction {
    state = .downloadAcknowledging
    return wait()
  }

  mutating func acknowledgeChunk() -> XMLAgentAction {
    guard var moving = transfer else { return wait() }
    let count = moving.chunkByteCount
    moving.done += count
    frameCount = 0
    transfer = moving
    note(.transferred(file: moving.name, bytes: moving.done, of: moving.byteCount, isSending: true))
    return nextChunk()
  }

  // MARK: Checks

  private mutating func check(_ checksum: String) {
    if !checksum.isEmpty, checksum != "CHK_NO" { note(.unknownChecksum(checksum)) }
  }

  private mutating func isPacket(_ byteCount: UInt64) -> Bool {
    if (1...policy.packetByteCount).contains(byteCount) { return true }
    fail(
      violation(
        byteCount == 0 ? .noPacketLength : .oversizedFrame(byteCount: byteCount, limit: policy.packetByteCount)))
    return false
  }

  // MARK: Questions about files

  /// Answered from what is part of the command; nothing is done to any file.
  private mutating func answer(to key: String, about path: String) -> String {
    let file = files.index(of: path).map { files.outgoing[$0] }
    switch key {
    case "FILE-SIZE": return XMLAgentNumber.text(file?.byteCount ?? 0)
    case "EXISTS": return file == nil ? "NOT-EXISTS" : "EXISTS"
    case "REMOVE", "REMOVE-ALL":
      files.remove(path, all: key == "REMOVE-ALL")
      return key
    default: return key
    }
  }
}

extension XMLAgentRequest {
  /// The protocol's name.
  var name: String {
    switch self {
    case .start: "CMD:START"
    case .end: "CMD:END"
    case .upload: "CMD:UPLOAD-FILE"
    case .download: "CMD:DOWNLOAD-FILE"
    case .fileSystem: "CMD:FILE-SYS-OPERATION"
    case .progress: "CMD:PROGRESS-REPORT"
    case .unknown(let name): "CMD:" + name
    }
  }
}
