import FlashCore

/// A plan as a table for people and as the members of the `plan` event.
///
/// `digests` are those of the images, step by step (`FlashPlan.imageDigests`); none where nobody has computed them.
enum PlanText {
  static func lines(_ plan: FlashPlan, digests: [String?] = []) -> [String] {
    var lines = [heading(plan)]
    for (index, step) in plan.steps.enumerated() {
      switch step {
      case .write(let write):
        lines += self.lines(write, number: index + 1)
        if index < digests.count, let digest = digests[index] { lines.append("     sha256 \(digest)") }
      default: lines.append("  \(index + 1). " + step.words)
      }
    }
    for skipped in plan.skipped {
      lines.append("  left out: \(skipped.name) (\(Units.bytes(skipped.byteCount))), \(skipped.reason.words)")
    }
    return lines
  }

  private static func heading(_ plan: FlashPlan) -> String {
    let count = plan.steps.count { if case .write = $0 { true } else { false } }
    let target =
      plan.model.map { model in
        " for \(model)" + (plan.hardwareRevision.map { ", hardware revision \($0)" } ?? "")
      } ?? ""
    return "plan\(target): \(count == 1 ? "1 image" : "\(count) images"), \(Units.bytes(plan.byteCount))"
  }

  private static func lines(_ write: FlashPlan.Write, number: Int) -> [String] {
    let place = write.extent.description == write.name ? "" : " to \(write.extent)"
    let first = "  \(number). write \(write.name)\(place): \(Units.bytes(write.byteCount)) from \(write.image.name)"
    let range = "at byte \(write.image.offset), \(write.image.length) bytes"
    let padding = write.byteCount - min(write.byteCount, write.image.length)
    var details = [padding > 0 ? range + " and \(padding) of padding" : range]
    for name in write.attributes.keys.sorted() where name != "header" {
      guard let value = write.attributes[name], !value.isEmpty else { continue }
      details.append("\(name) \(oneLine(value))")
    }
    return [first, "     " + details.joined(separator: ", ")]
  }

  private static func oneLine(_ text: String) -> String {
    text.contains { $0.isNewline || $0 == "\t" }
      ? "“" + text.split { $0.isNewline || $0 == "\t" }.joined(separator: " ") + "”" : text
  }

  static func members(_ plan: FlashPlan, digests: [String?] = []) -> [(key: String, value: JSONValue)] {
    let steps = plan.steps.enumerated().map { index, step in
      step.json(number: index + 1, sha256: index < digests.count ? digests[index] : nil)
    }
    return [
      (key: "family", value: .string(plan.family)), (key: "model", value: .optional(plan.model)),
      (key: "hardwareRevision", value: .optional(plan.hardwareRevision)),
      (key: "bytes", value: .unsigned(plan.byteCount)),
      (key: "steps", value: .array(steps)),
      (
        key: "skipped",
        value: .array(
          plan.skipped.map {
            ["name": .string($0.name), "bytes": .unsigned($0.byteCount), "reason": .string($0.reason.rawValue)]
          })
      ),
      (
        key: "warnings",
        value: .array(plan.warnings.map { ["code": .string($0.code), "subject": .string($0.subject)] })
      ),
    ]
  }
}

extension SkipReason {
  var words: String {
    switch self {
    case .notSupportedByDevice: "the device does not list this image type"
    case .otherDevice: "for another device or hardware revision"
    case .otherMode: "used in another mode only"
    case .notSelected: "not among the chosen ones"
    case .unchanged: "the device has it already"
    case .missingFile: "its file is missing"
    case .emptyFile: "its file is empty"
    case .factoryOnly: "for factories only (--factory)"
    case .readsOnly: "it reads from the device, which `flashctl read` does"
    }
  }
}
