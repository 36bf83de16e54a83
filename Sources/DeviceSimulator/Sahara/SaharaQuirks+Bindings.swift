import Qualcomm

/// Sahara's misbehaviours as users write them; every model takes those that can happen to it.
extension SaharaQuirks {
  /// Whatever a device is in.
  static let common: [QuirkBinding<SaharaQuirks>] = [
    .init("hello-swallowed", \.swallowsHello, "says no HELLO, as if another program had read it"),
    .init("odd-hello", \.saysOddHello, "says HELLO with an odd max_cmd_len and reserved words that are not zero"),
    .init("deaf-error", \.isDeafInError, "hears nothing but RESET_STATE_MACHINE in its error state"),
    .init("disconnect-after-hello", \.leavesAfterHello, "leaves the bus after the first HELLO_RSP and comes back"),
    .init("no-switch-answer", \.ignoresSwitchMode, "says no HELLO after SWITCH_MODE"),
    .init("programmer-running", \.isProgrammerRunning, "is past Sahara already"),
  ]

  /// Where memory is handed out.
  static let memory: [QuirkBinding<SaharaQuirks>] = [
    .init("end-in-chunk", \.refusesPiece, argument: "N", "refuses the n-th piece of memory with status 19"),
    .init("short-chunk", \.shortensPiece, argument: "N", "ends the n-th piece of memory in its middle"),
    .init("split-chunks", \.splitsPieces, "sends each piece of memory in transfers of 1000 bytes"),
    .init("hostile-names", \.namesHarmfully, "has unterminated and harmful file names in its region table"),
  ]

  /// Where images are asked for.
  static let images: [QuirkBinding<SaharaQuirks>] = [
    .init("done-pending", \.saysPending, "answers DONE with \"pending\" though it is finished, as MSM8916 does"),
    .init("over-read", \.readsBeyondEnd, "asks for bytes far beyond the end of the image"),
    .init("other-order", \.readsInOtherOrder, "asks for the image from back to front, and for one piece twice"),
    .init("unknown-image", \.wantsUnknownImage, "asks for image 99"),
    .init("end-status", \.endStatusValue, argument: "CODE", "ends the image with this status"),
    .init("strict-zlp", \.isStrictAboutZLP, "takes a zero-length packet during image data for an error"),
    .init("joined-packets", \.joinsPackets, "sends packets that follow each other in one transfer"),
  ]

  var endStatusValue: StatusValue? {
    get { endStatus.map { status in StatusValue(status: status) } }
    set { endStatus = newValue?.status }
  }
}

extension StatusValue {
  init(status: SaharaStatus) { self.status = status }
}
