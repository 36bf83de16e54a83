import FlashCore
import FlashImages

/// Turns FIASCO files and `TYPE=FILE` pairs into a plan for one device, by the rules of `docs/protocols/mkii.md` 10
/// and `docs/protocols/fiasco.md` 13.
struct MkIIPlanner {
  let request: PlanRequest
  let policy: MkIIPolicy
  let subject: MkIIPlanSubject
  var images: [MkIIPlannedImage] = []
  var skipped: [FlashPlan.Skipped] = []
  var warnings: [PlanWarning] = []

  init(_ request: PlanRequest, subject: MkIIPlanSubject, policy: MkIIPolicy) {
    self.request = request
    self.subject = subject
    self.policy = policy
  }

  /// The plan; throws when nothing would be written.
  mutating func plan(containers: [FIASCOFile]) throws(MkIIPlanError) -> FlashPlan {
    try subject.requireConsent(isForced: request.isForced, warnings: &warnings)
    let layout = try request.layoutPath.map { (path) throws(MkIIPlanError) in try Self.layout(at: path) }
    let raw = try rawImages(layout: layout)
    try take(containers, except: Set(raw.map(\.type)))
    images += raw
    try leaveOutUnlisted()
    try checkLoaders()
    warnAboutLayouts(isGiven: layout != nil)
    guard !images.isEmpty else { throw .nothingToFlash(skipped: skipped) }
    return FlashPlan(
      family: MkIIFamily.name, model: subject.model, hardwareRevision: subject.model == nil ? nil : subject.revision,
      descriptors: request.descriptors + request.pairs.map(\.path), steps: steps(), skipped: skipped,
      warnings: warnings)
  }

  private func steps() -> [FlashPlan.Step] {
    let ordered = images.enumerated().sorted { one, other in
      (Self.rank(of: one.element.type), one.offset) < (Self.rank(of: other.element.type), other.offset)
    }
    return ordered.map { .write($0.element.write(blockByteCount: policy.blockByteCount)) }
      + (request.reboots ? [.reboot(.system)] : [])
  }

  /// The order of flashing: boot loaders, modem, kernel, others, and `mmc` last, which takes longest (mkii.md 10, 11.3).
  private static func rank(of type: String) -> Int {
    let order = FIASCOImageType.flashingOrder
    if type == "mmc" { return order.count + 1 }
    return order.firstIndex(of: type) ?? order.count
  }

  /// Rule 1: the device's list decides. What the user named by hand is not left out silently.
  private mutating func leaveOutUnlisted() throws(MkIIPlanError) {
    guard let listed = subject.supportedImages else { return }
    let unlisted = images.filter { !listed.contains($0.type) }
    let refused = request.isStrict ? unlisted : unlisted.filter(\.isNamed)
    guard refused.isEmpty else { throw .notListed(types: refused.map(\.type)) }
    skipped += unlisted.map {
      FlashPlan.Skipped(name: $0.type, byteCount: $0.byteCount, reason: .notSupportedByDevice)
    }
    images.removeAll { !listed.contains($0.type) }
    if subject.isSupportAssumed {
      warnings.append(
        PlanWarning(
          code: MkIIWarning.assumedSupport, subject: "supported images", facts: ["model": subject.model ?? ""]))
    }
  }

  private mutating func checkLoaders() throws(MkIIPlanError) {
    let types = images.map(\.type)
    for (chosen, missing) in [("xloader", "secondary"), ("secondary", "xloader")]
    where types.contains(chosen) && !types.contains(missing) {
      guard request.isForced else { throw .unpairedLoaders(chosen: chosen, missing: missing) }
      warnings.append(PlanWarning(code: MkIIWarning.unpairedLoaders, subject: chosen, facts: ["missing": missing]))
    }
  }

  private mutating func warnAboutLayouts(isGiven: Bool) {
    if images.contains(where: { $0.type == "mmc" && $0.layout == nil }) {
      warnings.append(PlanWarning(code: MkIIWarning.missingLayout, subject: "mmc"))
    }
    if isGiven, !images.contains(where: { $0.type == "mmc" && $0.isNamed }) {
      warnings.append(PlanWarning(code: MkIIWarning.unusedLayout, subject: request.layoutPath ?? ""))
    }
  }
}
