/// Misbehaviours of `docs/protocols/mtk-xflash.md` 17.4, all off.
struct XFlashQuirks: Sendable {
  /// The acknowledgement of data has to be one transfer of 16 bytes, or two of 12 and 4; otherwise it stops.
  var wantsMergedAcknowledgement = false
  var wantsSplitAcknowledgement = false
  /// Lines of log before every frame of the flow, every other one with its header and priority in one transfer.
  var logs = false
  /// Statuses byte by byte.
  var dribbles = false
  /// One to four empty packets before frames.
  var sendsEmptyPackets = false
  /// Statuses of two bytes where they fit.
  var shortensStatus = false
  /// The frame's magic for success.
  var saysMagic = false
  /// The first status behind a chunk comes so many seconds later.
  var slowStatus: Ordinal?
  /// An error after so many chunks have been read.
  var readErrorAfter: Ordinal?
  /// Silence after an invalid partition table.
  var dropsAfterTableError = false
  /// The second stage does not say that it runs.
  var forgetsSecondStage = false
  /// Data in pieces of odd sizes.
  var oddChunks = false
  /// Data in pieces of whole packets, each of another size than the one before.
  var changesChunks = false
  /// A frame in one transfer, header and payload.
  var mergesFrames = false
  var shortFirmwareInfo = false
  var knowsNoUpload = false
  /// So many settings of memory do not fit.
  var refusedMemorySettings: Ordinal?
  /// Leaves the bus after so many frames of its own.
  var vanishesAfter: Ordinal?
  /// Says nothing to what is no frame.
  var ignoresGarbage = false
  /// Goes without acknowledging SHUTDOWN.
  var leavesWithoutStatus = false

  static let bindings: [QuirkBinding<XFlashQuirks>] = [
    .init("merged-ack-only", \.wantsMergedAcknowledgement, "stops at an acknowledgement of data in two transfers"),
    .init("split-ack-only", \.wantsSplitAcknowledgement, "stops at an acknowledgement of data in one transfer"),
    .init("log-frames", \.logs, "sends lines of log between all frames"),
    .init("dribble", \.dribbles, "sends statuses byte by byte"),
    .init("zlp", \.sendsEmptyPackets, "sends one to four empty packets before frames"),
    .init("short-status", \.shortensStatus, "sends statuses of two bytes"),
    .init("status-magic", \.saysMagic, "says FEEEEEEF for success"),
    .init("slow-status", \.slowStatus, argument: "SECONDS", "takes so long for the first chunk that it stores"),
    .init("read-error-at", \.readErrorAfter, argument: "N", "fails after so many chunks have been read"),
    .init("drop-after-gpt-error", \.dropsAfterTableError, "falls silent after an invalid partition table"),
    .init("no-second-boot-status", \.forgetsSecondStage, "starts a second stage that says nothing"),
    .init("odd-chunks", \.oddChunks, "sends data in pieces of odd sizes"),
    .init("changing-chunks", \.changesChunks, "sends data in pieces of changing sizes, in whole packets"),
    .init("merged-frames", \.mergesFrames, "sends header and payload of a frame in one transfer"),
    .init("short-fw-info", \.shortFirmwareInfo, "answers GET_DEV_FW_INFO with 20 bytes"),
    .init("no-upload", \.knowsNoUpload, "does not know UPLOAD"),
    .init("emi-mismatch", \.refusedMemorySettings, argument: "N", "refuses the first settings of memory"),
    .init("unplug-at", \.vanishesAfter, argument: "N", "leaves the bus after so many frames"),
    .init("bad-frame-silent", \.ignoresGarbage, "says nothing to what is no frame"),
    .init("no-shutdown-status", \.leavesWithoutStatus, "leaves without acknowledging SHUTDOWN"),
  ]
}
