import FlashCore

/// Events that are a line, not a bar.
extension RunReporter {
  func note(_ event: FlashEvent) {
    switch event {
    case .resuming(let finished, let steps):
      console.event("resuming", ["finished": .integer(Int64(finished)), "steps": .integer(Int64(steps))])
      console.info("going on after step \(finished) of \(steps), once what is there has been compared")
    case .nothingToResume:
      console.event("nothingToResume", [:])
      console.info("no interrupted run of this plan on this device; beginning at the first step")
    case .deltaUnavailable(let name, let obstacle):
      console.event("deltaUnavailable", ["name": .string(name), "reason": .string(obstacle.rawValue)])
      console.warning("\(name): \(obstacle.words), so everything is sent")
    case .journalUnavailable(let path, let reason):
      console.event("journalUnavailable", ["path": .string(path), "reason": .string(reason)])
      console.warning("this run cannot be resumed if it is cut off: no journal in \(path) (\(reason))")
    case .performed(let step, let action, let name, let elapsed):
      console.event(
        "stepPerformed",
        [
          "step": .integer(Int64(step)), "action": .string(action), "name": .string(name),
          "milliseconds": .integer(elapsed.milliseconds),
        ])
      console.log(
        action == "patch" ? .debug : .info,
        SafeText.line("\(name): \(Self.words(action)) in \(Units.duration(elapsed))"))
    case .saved(let step, let name, let path, let sha256):
      console.status(nil)
      console.event(
        "saved",
        [
          "step": .integer(Int64(step)), "name": .string(name), "file": .string(path), "sha256": .string(sha256),
        ])
    case .compared(let step, let name, let differing):
      console.status(nil)
      console.event(
        "compared", ["step": .integer(Int64(step)), "name": .string(name), "differing": .unsigned(differing)])
      console.info(
        "\(name): " + (differing == 0 ? "nothing differs" : "\(Units.bytes(differing)) of it have to be sent"))
    case .verified(let step, let name, let verified):
      console.status(nil)
      console.event(
        "verified",
        ["step": .integer(Int64(step)), "name": .string(name), "verified": .string(verified.rawValue)])
      console.info("\(name): \(verified.words)")
    default: break
    }
  }

  private static func words(_ action: String) -> String {
    switch action {
    case "erase": "erased"
    case "save": "copied"
    case "patch": "patched"
    case "configure": "chosen"
    case "makeBootable": "made bootable"
    default: action
    }
  }
}

extension FlashEvent.DeltaObstacle {
  var words: String {
    switch self {
    case .noDigest: "the device computes no digests"
    case .nand: "raw flash is written as a whole"
    case .wholeImages: "the device takes whole images only"
    }
  }
}
