import FlashCore

/// What a run has done, at its end.
struct RunResult {
  let report: PlanRunner.Report
  let device: String
  /// Whether the user wants to know what was saved.
  let isDelta: Bool

  func show(on console: Console) {
    console.emit("result", members)
    console.result(line)
    if isDelta, report.unsentByteCount > 0 { console.result(savings) }
  }

  private var members: [(key: String, value: JSONValue)] {
    [
      (key: "status", value: "done"), (key: "device", value: .string(device)),
      (key: "bytes", value: .unsigned(report.byteCount)), (key: "sentBytes", value: .unsigned(report.sentByteCount)),
      (key: "unsentBytes", value: .unsigned(report.unsentByteCount)),
      (
        key: "savedMilliseconds",
        value: report.unsentByteCount == 0
          ? .integer(0) : report.unsentDuration.map { .integer($0.milliseconds) } ?? .null
      ),
      (key: "comparingMilliseconds", value: .integer(report.comparing.milliseconds)),
      (key: "extents", value: .array(report.extents.map(\.json))),
      (key: "erased", value: .array(report.erased.map { .string($0) })),
      (key: "saved", value: .array(report.saved.map(\.json))),
      (key: "patches", value: .array(report.patches.map(\.json))), (key: "bootable", value: .optional(report.bootable)),
      (key: "rebooted", value: .optional(report.rebooted?.rawValue)),
    ]
  }

  private var line: String {
    let count = report.extents.count
    var parts = [
      count == 1
        ? "1 image, \(Units.bytes(report.sentByteCount)) written to \(device)"
        : "\(count) images, \(Units.bytes(report.sentByteCount)) written to \(device)"
    ]
    if count > 0 { parts.append(report.weakest.words) }
    if !report.erased.isEmpty { parts.append("\(report.erased.count) erased") }
    let patches = report.patches.reduce(0) { $0 + $1.count }
    if patches > 0 {
      let verified = report.patches.allSatisfy { $0.verified != .acknowledged }
      parts.append("\(patches) \(patches == 1 ? "patch" : "patches")" + (verified ? " verified by reading back" : ""))
    }
    if let saved = report.saved.first {
      let folder = saved.path.lastIndex(of: "/").map { String(saved.path[..<$0]) } ?? saved.path
      parts.append("\(report.saved.count) copied to \(folder)")
    }
    return "done: " + parts.joined(separator: ", ") + (report.rebooted == nil ? "" : "; the device is rebooting")
  }

  private var savings: String {
    let time = report.unsentDuration.map { duration in
      let saved = duration - report.comparing
      return saved > .zero ? ", about \(Units.duration(saved)) less than sending everything" : ""
    }
    return "\(Units.bytes(report.unsentByteCount)) of \(Units.bytes(report.byteCount)) were there already and not sent"
      + (time ?? "")
  }
}

extension PlanRunner.Report {
  /// The weakest proof there is for any of the extents.
  var weakest: Verification {
    let order: [Verification] = [.acknowledged, .readback, .digest]
    return order.first { kind in extents.contains { $0.verified == kind } } ?? .acknowledged
  }
}

extension PlanRunner.Report.Extent {
  var json: JSONValue {
    [
      "name": .string(name), "extent": .string(extent.description), "bytes": .unsigned(byteCount),
      "sentBytes": .unsigned(sentByteCount), "milliseconds": .integer(elapsed.milliseconds),
      "verified": .string(verified.rawValue),
    ]
  }
}

extension PlanRunner.Report.Patches {
  var json: JSONValue {
    ["section": .string(section), "count": .integer(Int64(count)), "verified": .string(verified.rawValue)]
  }
}

extension PlanRunner.Report.Saved {
  var json: JSONValue {
    [
      "name": .string(name), "file": .string(path), "bytes": .unsigned(byteCount), "sha256": .string(sha256),
    ]
  }
}
