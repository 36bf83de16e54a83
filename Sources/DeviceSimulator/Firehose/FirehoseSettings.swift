/// How a simulated programmer speaks Firehose: the knobs of `docs/protocols/firehose.md` 11.
struct FirehoseSettings: Sendable {
  var memory = MemoryTypeValue.ufs
  /// TargetName of `configure`.
  var targetName = "SDM845"
  var chipSerialNumber = ChipSerialNumber(0xD649_90B3)
  var logStyle = LogStyleValue.new
  var functions = FunctionList.new
  /// From the end of Sahara to the first log.
  var startDelay = Duration.zero
  /// Whether the start-up logs come again after `configure`.
  var repeatsBanner = false
  /// Whether the last log of a command comes after its response, and nothing is accepted until it has been read.
  var logsAfterResponse = false
  var maximumPayload = ChunkSize(1 << 20)
  var configureAnswer = ConfigureAnswerValue.normal
  var nop = NopAnswerValue.ack
  var storageInfo = StorageInfoValue.json
  /// Whether getstorageinfo is answered before `configure`.
  var tellsStorageEarly = false
  var digestForm = DigestFormValue.log
  /// How long a digest takes besides the computing, and how often it says that it goes on.
  var digestTime = Duration.zero
  var keepAlive = Duration.seconds(2)
  var eraseFill = EraseFillValue.zeros
  var eraseTime = Duration.zero
  var zlp = ZLPValue.aware
  /// Bytes of a raw chunk to the host; `nil`: whole sectors of the payload.
  var rawChunk: ChunkSize?
  /// Before each answer.
  var latency = Duration.zero
  var protectedRanges = SectorRangeList()
  var isValidated = false
  /// Whether the signed table of VIP must have a signature and certificates; nothing here could verify them.
  var requiresSignedTable = false
  var requiresAuthentication = false
  var foreignPatch = ForeignPatchValue.ack
  /// Whether the UFS has been provisioned.
  var isProvisioned = true
  /// Storage devices of the kind.
  var slotCount = UnitCount(1)
  /// Pages of an erase block (NAND).
  var pagesPerBlock: UInt64 = 64
  var badBlocks = NumberList()
  /// The longest time that `power` waits, whatever the host says.
  var longestPowerDelay = Duration.seconds(1)
  /// wMaxPacketSize.
  var packetByteCount = 512
  var storage = FirehoseStorageIdentity()
}

/// What the imitated storage says of itself.
struct FirehoseStorageIdentity: Sendable {
  var manufacturer: UInt32 = 0x198
  var serialNumber: UInt32 = 0x4849_4241
  var firmware = "300"
  var product = "THGAF8T0T43BAIRB0300"
  /// INQUIRY text (UFS).
  var inquiry = "TOSHIBA THGAF8T0T43BAIRB0300"
  /// Bytes a second that `benchmark` reports: writing, reading, hashing.
  var rates: (write: UInt64, read: UInt64, digest: UInt64) = (180 << 20, 320 << 20, 240 << 20)
}

/// A small number.
struct UnitCount: KnobValue, Equatable {
  var value: UInt64

  init(_ value: UInt64) { self.value = value }

  init?(knobText text: String) {
    guard let value = UInt64(text), (1...8).contains(value) else { return nil }
    self.value = value
  }
  var knobText: String { "\(value)" }
  static var allowed: [String] { ["1…8"] }
}

/// Misbehaviours of `docs/protocols/firehose.md` 11 and `qualcomm-packages.md` 18, all off.
///
/// Bytes count from 0 over all raw data in that direction since the programmer started, and what happens at a byte
/// happens once; commands, responses and patches count from 1.
struct FirehoseQuirks: Sendable {
  var joinsDocuments = false
  var splitsDocuments = false
  var sendsSingleBytes = false
  var endsWithNewline = false
  var sendsGarbage = false
  var sendsNULs = false
  var endsWithTag = false
  var logsBrokenUTF8 = false
  var logsBareQuote = false
  var logsSpareMarkup = false
  var blocksOnLogs = false
  var retriesResponse: Ordinal?
  var restartsAtResponse: Ordinal?
  var joinsRawData = false
  var sendsEmptyBeforeRaw = false
  var repeatsFinalResponse = false
  var omitsFinalResponse = false
  var refusesAfterData = false
  var refusesAndSwallows: ByteCount?
  var refusesAndStops: ByteCount?
  var refusesAndReads: ByteCount?
  var stallsAtByte: ByteCount?
  var disconnectsAtByte: ByteCount?
  var corruptsWriteAt: ByteCount?
  var corruptsReadAt: ByteCount?
  var shortensRead: Ordinal?
  var lengthensRead: Ordinal?
  var delaysResponses: Duration?
  var logsEndlessly: Duration?
  var sendsEndlessly = false
  var leavesWithoutAnswer = false
  var leavesOnlyDrained = false
  var refusesProgram: Ordinal?
  var failsProgram: Ordinal?
  var dropsPatch: Ordinal?
  var countsSectorsWrong = false
  var refusesSignature = false
}

extension FirehoseQuirks {
  static let bindings: [QuirkBinding<FirehoseQuirks>] = [
    .init("joined-documents", \.joinsDocuments, "sends documents that follow each other in one transfer"),
    .init("split-documents", \.splitsDocuments, "sends declaration, <data> and element in transfers of their own"),
    .init("single-bytes", \.sendsSingleBytes, "sends each byte of a document in a transfer of its own"),
    .init("trailing-newline", \.endsWithNewline, "ends documents with a line feed"),
    .init("garbage", \.sendsGarbage, "sends F0 E9 88 14 between documents"),
    .init("nuls", \.sendsNULs, "ends documents with NULs"),
    .init("xml-tail", \.endsWithTag, "ends documents with </xml>"),
    .init("bad-utf8", \.logsBrokenUTF8, "logs bytes that are no UTF-8 before each response"),
    .init("bare-quote", \.logsBareQuote, "logs an unescaped quote before each response"),
    .init("bare-markup", \.logsSpareMarkup, "logs unescaped < and & before each response"),
    .init("blocking-logs", \.blocksOnLogs, "logs after each response, and accepts nothing until that has been read"),
    .init("attempt-retry", \.retriesResponse, argument: "N", "says AttemptRetry before its n-th response"),
    .init("attempt-restart", \.restartsAtResponse, argument: "N", "says AttemptRestart in place of its n-th response"),
    .init("joined-raw", \.joinsRawData, "sends the first raw data in the transfer of the response before it"),
    .init("zlp-before-raw", \.sendsEmptyBeforeRaw, "sends a zero-length packet before raw data"),
    .init("extra-final", \.repeatsFinalResponse, "answers twice after raw data"),
    .init("no-final", \.omitsFinalResponse, "does not answer after raw data"),
    .init("nak-after-data", \.refusesAfterData, "answers NAK after all raw data"),
    .init("nak-swallow", \.refusesAndSwallows, argument: "X", "NAKs at byte X of raw data and swallows the rest"),
    .init(
      "nak-stop", \.refusesAndStops, argument: "X", "NAKs at byte X of raw data and reads no more until that is read"),
    .init("nak-xml", \.refusesAndReads, argument: "X", "NAKs at byte X of raw data and takes the rest for XML"),
    .init("stall-at-byte", \.stallsAtByte, argument: "X", "halts its endpoint at byte X of raw data to it"),
    .init("disconnect-at-byte", \.disconnectsAtByte, argument: "X", "leaves the bus at byte X of raw data to it"),
    .init("corrupt-write", \.corruptsWriteAt, argument: "X", "stores byte X of raw data wrongly"),
    .init("corrupt-read", \.corruptsReadAt, argument: "X", "sends byte X of raw data wrongly"),
    .init("short-read", \.shortensRead, argument: "N", "ends its n-th read one sector early"),
    .init("long-read", \.lengthensRead, argument: "N", "sends one sector too much in its n-th read"),
    .init("slow-response", \.delaysResponses, argument: "MS", "answers everything MS milliseconds late"),
    .init(
      "endless-logs", \.logsEndlessly, argument: "MS",
      "answers configure with a log every MS milliseconds, for ever, and with nothing else"),
    .init("endless-data", \.sendsEndlessly, "goes on sending data behind a read, for ever"),
    .init("power-silent", \.leavesWithoutAnswer, "leaves the bus on power without an answer"),
    .init("power-needs-drain", \.leavesOnlyDrained, "leaves the bus on power only when all logs have been read"),
    .init("nak-program", \.refusesProgram, argument: "N", "refuses the n-th program"),
    .init("fail-program", \.failsProgram, argument: "N", "fails the n-th program after its data"),
    .init("drop-patch", \.dropsPatch, argument: "N", "acknowledges the n-th patch without storing it"),
    .init("wrong-sector-count", \.countsSectorsWrong, "tells one sector too many in getstorageinfo"),
    .init("bad-signature", \.refusesSignature, "refuses every signature"),
  ]
}
