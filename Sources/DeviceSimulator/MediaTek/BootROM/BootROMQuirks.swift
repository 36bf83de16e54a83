/// Misbehaviours of `docs/protocols/mtk-brom.md` 17.3, all off.
struct BootROMQuirks: Sendable {
  /// READY before, between and after the bytes of the handshake.
  var saysReadyOften = false
  /// A boot ROM that swallows the first A0, as preloaders do.
  var swallowsFirstByte = false
  /// What another A0 in the middle of the handshake brings: nothing, or A1.
  var ignoresLateA0 = false
  var answersLateA0 = false
  /// Everything that one transfer of the host brings about in one transfer.
  var mergesFields = false
  /// One byte a transfer.
  var splitsBytes = false
  /// A zero-length packet behind blocks that end with a full packet.
  var endsBlocks = false
  /// FD without a value; nothing but the legacy commands.
  var isOld = false
  /// Unknown commands are not said back.
  var ignoresUnknown = false
  var refusesWatchdog = false
  var needsNoAuthentication = false
  /// SLA and DAA that GET_TARGET_CONFIG says nothing of.
  var demandsLinkAuthentication = false
  var demandsSignature = false
  /// Leaves the bus so many milliseconds after it came.
  var vanishesAfter: Ordinal?
  var stallsControl = false
  var corruptsChecksum = false
  /// A window of 300 ms.
  var hasShortWindow = false
  /// A boot ROM that has been in command state before the host came.
  var isSynchronised = false

  static let bindings: [QuirkBinding<BootROMQuirks>] = [
    .init("ready-noise", \.saysReadyOften, "says READY before, between and after the bytes of the handshake"),
    .init("swallow-first-a0", \.swallowsFirstByte, "a boot ROM that swallows the first A0 too"),
    .init("late-a0-silent", \.ignoresLateA0, "answers no A0 in the middle of the handshake, as later preloaders"),
    .init("late-a0-plus1", \.answersLateA0, "answers A1 to A0 in the middle of the handshake, as older ones"),
    .init("merge-fields", \.mergesFields, "sends echo and status in one transfer"),
    .init("split-bytes", \.splitsBytes, "sends one byte a transfer"),
    .init("zlp-after-block", \.endsBlocks, "sends a zero-length packet behind full packets"),
    .init("old-chip", \.isOld, "knows legacy commands only"),
    .init("unknown-silent", \.ignoresUnknown, "does not say unknown commands back"),
    .init("refuse-watchdog", \.refusesWatchdog, "refuses to stop the watchdog"),
    .init("sla-required", \.demandsLinkAuthentication, "wants SLA though D8 does not say so"),
    .init("daa-required", \.demandsSignature, "wants signed agents though D8 does not say so"),
    .init("auth-not-needed", \.needsNoAuthentication, "answers 1D0C to authentication files"),
    .init("vanish-after", \.vanishesAfter, argument: "MS", "leaves the bus after so long, whatever runs then"),
    .init("stall-control", \.stallsControl, "stalls all class requests"),
    .init("bad-checksum", \.corruptsChecksum, "answers a wrong checksum to what it was sent"),
    .init("short-window", \.hasShortWindow, "waits for the handshake for 300 ms"),
    .init("synchronised", \.isSynchronised, "is in command state already when the host comes"),
  ]
}
