/// What the programmer says, and how it can be told wrongly.
extension FirehoseSimulation {
  enum LogLevel: String {
    case info = "INFO: "
    case warning = "WARN: "
    case debug = "DEBUG: "
    case error = "ERROR: "
    /// Without a prefix in every style.
    case plain = ""
  }

  mutating func log(_ text: String, _ level: LogLevel = .info, isBlocking: Bool = false) {
    let prefix = level == .info && settings.logStyle == .old ? "" : level.rawValue
    for document in FirehoseDocument.logs(prefix + text) { send(document, isBlocking: isBlocking) }
  }

  /// The log that most commands begin with.
  mutating func logHandler(_ name: String) { log("Calling handler for \(name)") }

  /// Refuses the command with a reason.
  mutating func refuse(_ reason: String, attributes: [(name: String, value: String)] = []) {
    log(reason, .error)
    respond(false, attributes: attributes)
  }

  /// Sends the response of a command; `false` when another one went in its place and the command does not take place.
  ///
  /// `attributes` follow `value` and, unless it is left out, `rawmode`.
  @discardableResult
  mutating func respond(
    _ isACK: Bool, raw: Bool = false, attributes: [(name: String, value: String)] = [], hasRawMode: Bool = true,
    isBlocking: Bool = false
  ) -> Bool {
    responseCount += 1
    if quirks.logsBrokenUTF8 { send(FirehoseDocument.rawLog([0x49, 0x3A, 0x20, 0xFF, 0xC3, 0x28])) }
    if quirks.logsBareQuote { send(FirehoseDocument.rawLog(Array("INFO: the \"quoted\" word".utf8))) }
    if quirks.logsSpareMarkup { send(FirehoseDocument.rawLog(Array("INFO: a < b & c".utf8))) }
    if quirks.restartsAtResponse?.value == responseCount {
      send(FirehoseDocument.element("response", [("value", "NAK"), ("rawmode", "false"), ("AttemptRestart", "1")]))
      return false
    }
    if quirks.retriesResponse?.value == responseCount {
      send(FirehoseDocument.element("response", [("value", "NAK"), ("rawmode", "false"), ("AttemptRetry", "1")]))
    }
    var all: [(name: String, value: String)] = [("value", isACK ? "ACK" : "NAK")]
    if hasRawMode { all.append(("rawmode", raw ? "true" : "false")) }
    send(
      FirehoseDocument.element("response", all + attributes), after: quirks.delaysResponses ?? .zero,
      isBlocking: isBlocking, joinsRawData: raw && state == .sending && quirks.joinsRawData)
    if !raw, settings.logsAfterResponse || quirks.blocksOnLogs {
      log("Finished, response \(responseCount)", isBlocking: true)
    }
    return true
  }

  /// Puts a document into the outbox, in the pieces and with the additions that the quirks make of it.
  mutating func send(
    _ document: [UInt8], after delay: Duration = .zero, isBlocking: Bool = false, joinsRawData: Bool = false
  ) {
    var bytes = document
    if quirks.endsWithNewline { bytes.append(0x0A) }
    if quirks.endsWithTag { bytes += Array("</xml>".utf8) }
    if quirks.sendsNULs { bytes += [0, 0, 0] }
    if quirks.sendsGarbage { bytes = [0xF0, 0xE9, 0x88, 0x14] + bytes }
    let moment = now + settings.latency + delay
    let pieces = pieces(of: bytes)
    for (index, piece) in pieces.enumerated() {
      outbox.append(
        FirehoseOutbox.Transfer(
          bytes: piece, notBefore: moment, isBlocking: isBlocking,
          joinsRawData: joinsRawData && index == pieces.count - 1))
    }
  }

  private func pieces(of document: [UInt8]) -> [[UInt8]] {
    if quirks.sendsSingleBytes { return document.map { [$0] } }
    guard quirks.splitsDocuments else { return [document] }
    var pieces: [[UInt8]] = []
    var rest = document[...]
    for _ in 0..<2 {
      guard let end = rest.firstIndex(of: 0x0A) else { break }
      pieces.append(Array(rest[...end]))
      rest = rest[(end + 1)...]
    }
    return pieces + [Array(rest)]
  }

  /// The start-up logs. Source: `docs/protocols/firehose.md` 2.1.
  mutating func sayBanner() {
    let serial = settings.chipSerialNumber
    switch settings.logStyle {
    case .new:
      log("Binary build date: Feb 12 2019 @ 12:20:29")
      log("Chip serial num: \(serial.value) (0x\(String(serial.value, radix: 16)))")
      log("Supported Functions (\(settings.functions.names.count)):")
      for name in settings.functions.names { log(name) }
      log("End of supported functions \(settings.functions.names.count)")
    case .old:
      log("Chip serial num: \(serial.value) (0x\(String(serial.value, radix: 16)))")
      // All functions in one line, with the space at its end.
      log("Supported Functions: " + settings.functions.names.map { $0 + " " }.joined())
    case .none: break
    }
    if validation?.awaitsSignedTable == true {
      log("VIP is enabled, receiving the signed table of size \(FirehoseValidation.maximumTableByteCount)")
    }
  }
}
