/// The misbehaviours of `docs/protocols/mkii.md` 14.3, all off.
///
/// Replies count from 1 over the device's life, in the order it makes them. Bytes count from 0 over all raw data it has
/// received; what happens at a byte happens once.
struct RX51Quirks: Sendable {
  var slowFirstPing: Duration?
  var dropReply: Ordinal?
  var duplicateReply: Ordinal?
  var wrongTransaction: Ordinal?
  var serviceLate: Duration?
  var nulInValues = false
  var splitReply: Ordinal?
  var reply512 = false
  var oversizeReply = false
  var frozenCredit = false
  var zeroCredit: Ordinal?
  var failAtByte: ByteCount?
  var securityFailure = false
  var nakAtByte: ByteCount?
  var disconnectAtByte: ByteCount?
  var totalUnknown = false
  var unknownStates = false
  var refusesSecondBegin = false
  var pcSuiteStrings = false
  var hasNoRawInterface = false
  var isUBoot = false
  var failureSticks = false
}

extension RX51Quirks {
  static let bindings: [QuirkBinding<RX51Quirks>] = [
    .init("slow-first-ping", \.slowFirstPing, argument: "MS", "answers the first ping only after MS milliseconds"),
    .init("drop-reply", \.dropReply, argument: "N", "loses its n-th reply"),
    .init("duplicate-reply", \.duplicateReply, argument: "N", "sends its n-th reply twice"),
    .init(
      "wrong-transaction-id", \.wrongTransaction, argument: "N", "sends its n-th reply with a wrong transaction id"),
    .init("service-late", \.serviceLate, argument: "MS", "the update service starts MS milliseconds after the device"),
    .init("nul-in-values", \.nulInValues, "ends the values of items with a NUL"),
    .init("split-reply", \.splitReply, argument: "N", "sends its n-th reply in two transfers"),
    .init("reply-512", \.reply512, "pads the list of supported images to a reply of 512 bytes, ended by a ZLP"),
    .init("oversize-reply", \.oversizeReply, "pads the list of supported images to a reply of 3000 bytes"),
    .init("frozen-credit", \.frozenCredit, "stops consuming an image longer than 32 MiB at the beginning"),
    .init("zero-credit", \.zeroCredit, argument: "N", "has no credit for the first N polls"),
    .init("fail-at-byte", \.failAtByte, argument: "X", "fails with status 01 at byte X of the raw data"),
    .init("security-failure", \.securityFailure, "fails with status 0A when an image is complete"),
    .init("nak-at-byte", \.nakAtByte, argument: "X", "the raw endpoint takes nothing from byte X on"),
    .init("disconnect-at-byte", \.disconnectAtByte, argument: "X", "leaves the bus at byte X of the raw data"),
    .init("total-unknown", \.totalUnknown, "the total in status replies stays zero"),
    .init("unknown-states", \.unknownStates, "reports states 7 and 8 in place of init to finished"),
    .init("refuse-second-begin", \.refusesSecondBegin, "refuses BEGIN from the second of a connection on"),
    .init("pc-suite-strings", \.pcSuiteStrings, "shows the configuration string of PC Suite mode"),
    .init("no-raw-interface", \.hasNoRawInterface, "has no interface for image data"),
    .init("u-boot", \.isUBoot, "looks like U-Boot's serial gadget: interface 1 without alternate setting 1"),
    .init("failure-sticks", \.failureSticks, "after a failed or aborted image BEGIN is refused until a reboot"),
  ]
}
