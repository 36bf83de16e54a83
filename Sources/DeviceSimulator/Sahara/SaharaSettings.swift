import Qualcomm
import WireFormat

/// How a simulated device speaks Sahara: the knobs of `docs/protocols/sahara.md` 7.
struct SaharaSettings: Sendable {
  var version: UInt32 = 2
  var minimumVersion: UInt32 = 1
  var maximumCommandByteCount: UInt32 = 0x400
  var mode = SaharaMode.imageTransferPending
  /// Ids of the images that it wants, in order.
  var images: [UInt64] = [SaharaImageID.programmer]
  /// Whether HELLO comes before every image, or only before the first.
  var saysHelloBetweenImages = true
  /// Width of the requests for image data.
  var imageWidth = SaharaWidth.bits64
  /// Bytes that it asks for at once.
  var pieceByteCount: UInt64 = 0x1000
  var hasCommandMode = true
  /// Answers in command mode; a command without one is refused.
  var answers: [SaharaClientCommand: [UInt8]] = [:]
  /// Status codes for commands that are refused with another one than 1F.
  var refusals: [SaharaClientCommand: SaharaStatus] = [:]
  var knowsStateMachineReset = true
  /// Whether data whose length is a multiple of the packet size is ended by a zero-length packet.
  var endsData = true
  /// What it has to show in memory debug; `nil` where it has no such mode.
  var memory: SaharaMemory?
  /// Keeps what it receives of images, for those who want to look at it; at most so many bytes.
  var keptByteCount = 0
  /// How long it is away after RESET; `nil` means for good.
  var rebootDelay: Duration? = .seconds(2)

  /// Answers with the layouts of 4.2.
  static func answers(
    serialNumber: UInt32, hardwareID: UInt64?, chipID: [UInt8]? = nil, keyHash: [UInt8], keyHashRepetitions: Int = 3
  ) -> [SaharaClientCommand: [UInt8]] {
    var answers: [SaharaClientCommand: [UInt8]] = [:]
    var serial: [UInt8] = []
    serial.append(littleEndian: serialNumber)
    answers[.nop] = []
    answers[.serialNumber] = serial
    if let hardwareID {
      var bytes: [UInt8] = []
      for _ in 0..<3 { bytes.append(littleEndian: hardwareID) }
      answers[.hardwareID] = bytes
    }
    answers[.chipID] = chipID
    answers[.keyHash] = Array(repeatElement(keyHash, count: max(1, keyHashRepetitions)).joined())
    return answers
  }
}

/// Misbehaviours of `docs/protocols/sahara.md` 7 ("Fault switches"), all off.
struct SaharaQuirks: Sendable {
  /// No HELLO; it waits for HELLO_RSP.
  var swallowsHello = false
  /// DONE_RSP says "pending" though it is finished.
  var saysPending = false
  /// In its error state it hears RESET_STATE_MACHINE and nothing else.
  var isDeafInError = false
  /// Asks for bytes beyond the end of the image.
  var readsBeyondEnd = false
  /// Asks for the pieces of an image from back to front, and for the first one twice.
  var readsInOtherOrder = false
  /// Asks for an image that nobody has.
  var wantsUnknownImage = false
  /// Ends an image with this status.
  var endStatus: SaharaStatus?
  /// END_OF_IMAGE_TX in place of the n-th piece of memory, from 1.
  var refusesPiece: Ordinal?
  /// The n-th piece of memory ends in its middle.
  var shortensPiece: Ordinal?
  /// Pieces of memory come in many transfers.
  var splitsPieces = false
  /// HELLO with an odd max_cmd_len and reserved words that are not zero.
  var saysOddHello = false
  /// Packets that follow each other come in one transfer, as over a stream.
  var joinsPackets = false
  /// A zero-length packet during raw data ends in an error.
  var isStrictAboutZLP = false
  /// Leaves the bus after the first HELLO_RSP, and comes back.
  var leavesAfterHello = false
  /// The file names in the region table are unterminated or harmful.
  var namesHarmfully = false
  /// No Sahara at all: what follows it runs already.
  var isProgrammerRunning = false
  /// SWITCH_MODE brings no HELLO.
  var ignoresSwitchMode = false
}
