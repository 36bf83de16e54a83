/// Misbehaviours of `docs/protocols/mtk-xml.md` 17.3, and of devices that mean harm; all off.
struct XMLAgentQuirks: Sendable {
  var startsLate: Ordinal?
  var saysLogs = false
  var reportsTwice = false
  var endsProgressWithAt = false
  var acknowledgesWithStatus = false
  var endsResultsWithNUL = false
  var writesPrettily = false
  var writesBrokenly = false
  var variesErrors = false
  var writeOrder: WriteOrder?
  var hasTinyPackets = false
  var changesPackets = false
  var hasNoFirmwareInfo = false
  var refusesHostCommands = false
  var stallsOnSparse = false
  var refusesChunk: Ordinal?
  var endsAtChunk: Ordinal?
  var sendsEmptyTransfers = false
  var dribbles = false
  var insistsOnEnd = false
  var insistsOnSplit = false
  /// The second stage is refused as too old, or its address as forbidden.
  var refusesOldAgent = false
  var refusesAddress = false
  /// Leaves the bus after so many frames of its own.
  var vanishesAfter: Ordinal?

  // Harm.
  var wantsForeignFile = false
  var announcesTooMuch = false
  var announcesTooLittle = false
  var endsEarly: Ordinal?
  var skipsTransfer = false
  var reportsEndlessly = false
  var logsEndlessly = false
  var asksForUnknown = false
  var namesOtherChecksum = false
  var hasNoPacketLength = false
  var fallsSilent: Ordinal?
  var sendsGarbage = false

  static let bindings: [QuirkBinding<XMLAgentQuirks>] = field + harm

  private static let field: [QuirkBinding<XMLAgentQuirks>] = [
    .init("late-start", \.startsLate, argument: "SECONDS", "says its first START after so long"),
    .init("log-frames", \.saysLogs, "says lines of its log between other frames"),
    .init("double-progress", \.reportsTwice, "reports progress twice in a command"),
    .init("progress-trailing-at", \.endsProgressWithAt, "writes OK!PROGRESS@n@"),
    .init("ok-status", \.acknowledgesWithStatus, "says OK@0x0 in place of OK"),
    .init("nul-in-results", \.endsResultsWithNUL, "ends result documents with NUL"),
    .init("pretty-xml", \.writesPrettily, "puts line breaks and blanks between elements"),
    .init("broken-xml", \.writesBrokenly, "closes elements wrongly, and has odd quotes"),
    .init("err-result-variants", \.variesErrors, "ends failed commands with ERR!FAILED and no message"),
    .init(
      "write-order", \.writeOrder, argument: "ORDER",
      "the steps of WRITE-PARTITION: F size, P report, D data, E existence, M folder"),
    .init("tiny-packets", \.hasTinyPackets, "has a packet_length of 0x40"),
    .init("changing-packets", \.changesPackets, "has another packet_length in every request"),
    .init("no-fw-info", \.hasNoFirmwareInfo, "does not know SECURITY-GET-DEV-FW-INFO"),
    .init("no-hsc", \.refusesHostCommands, "fails HOST-SUPPORTED-COMMANDS"),
    .init("sparse-stall", \.stallsOnSparse, "acknowledges the first chunk for a partition after 45 seconds"),
    .init("error-at-chunk", \.refusesChunk, argument: "N", "says ERR in the middle of a transfer of storage"),
    .init("end-at-chunk", \.endsAtChunk, argument: "N", "ends the command in the middle of a transfer of storage"),
    .init("zlp", \.sendsEmptyTransfers, "sends zero-length packets between frames"),
    .init("dribble", \.dribbles, "sends its payloads in small transfers"),
    .init("strict-end-ack", \.insistsOnEnd, "hangs when the end of a command is not acknowledged"),
    .init("strict-split", \.insistsOnSplit, "hangs when header and payload come in one transfer"),
    .init("old-agent", \.refusesOldAgent, "refuses the second stage as too old"),
    .init("bad-address", \.refusesAddress, "refuses the second stage's address, and restarts"),
    .init("unplug-at", \.vanishesAfter, argument: "N", "leaves the bus after so many frames"),
  ]

  private static let harm: [QuirkBinding<XMLAgentQuirks>] = [
    .init("foreign-file", \.wantsForeignFile, "asks for a file of the host's"),
    .init("announce-more", \.announcesTooMuch, "announces more bytes than were asked for"),
    .init("announce-less", \.announcesTooLittle, "announces fewer bytes than were asked for"),
    .init("early-end", \.endsEarly, argument: "N", "says that all is well in the middle of a transfer of storage"),
    .init("no-transfer", \.skipsTransfer, "says that all is well without any transfer"),
    .init("endless-progress", \.reportsEndlessly, "reports progress without an end"),
    .init("endless-logs", \.logsEndlessly, "says lines of its log without an end"),
    .init("unknown-request", \.asksForUnknown, "asks for something that nobody has described"),
    .init("other-checksum", \.namesOtherChecksum, "names CHK_SHA256"),
    .init("no-packet-length", \.hasNoPacketLength, "has a packet_length of 0"),
    .init("silent-after", \.fallsSilent, argument: "N", "answers no command after so many"),
    .init("garbage", \.sendsGarbage, "answers commands with what is no frame"),
  ]
}

/// The steps of WRITE-PARTITION, a letter each.
struct WriteOrder: KnobValue, Equatable {
  var letters: String

  init?(knobText text: String) {
    guard (1...8).contains(text.count), text.allSatisfy({ "FPDEM".contains($0) }), text.contains("D") else {
      return nil
    }
    letters = text
  }
  var knobText: String { letters }
  static var allowed: [String] { ["F, P, D, E, M in any order"] }
}
