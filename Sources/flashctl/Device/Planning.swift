import FlashCore

/// Makes and shows plans.
enum Planning {
  /// A plan by the first family that understands the files, for a model the user named, or for any device; the files
  /// themselves have been checked.
  static func plan(_ request: PlanRequest, for identity: DeviceIdentity?) throws -> FlashPlan {
    for family in Families.all {
      var identity = identity
      identity?.family = family.name
      if let plan = try family.plan(request, for: identity) {
        try family.check(plan)
        return plan
      }
    }
    throw Diagnostic.noDescriptor(request, family: nil)
  }

  /// The programmers that the files themselves name.
  static func loaders(for request: PlanRequest) throws -> [String] {
    for family in Families.all {
      let loaders = try family.loaders(for: request)
      if !loaders.isEmpty { return loaders }
    }
    return []
  }

  /// `--dry-run`: the whole plan with the digests of its images, as a result. Throws what
  /// `FlashPlan.imageDigests` throws.
  static func show(_ plan: FlashPlan, on console: Console) throws {
    let digests = try plan.imageDigests()
    console.emit("plan", PlanText.members(plan, digests: digests))
    for line in PlanText.lines(plan, digests: digests) { console.result(line) }
    warn(plan, on: console)
    console.event("result", ["status": "planned", "bytes": .unsigned(plan.byteCount)])
  }

  /// Before a real run: the plan as an event, and what people must know about it.
  static func announce(_ plan: FlashPlan, on console: Console) {
    console.emit("plan", PlanText.members(plan))
    for line in PlanText.lines(plan) { console.debug(line) }
    for skipped in plan.skipped where skipped.reason != .notSelected {
      console.info("leaving out \(skipped.name): \(skipped.reason.words)")
    }
    warn(plan, on: console)
  }

  private static func warn(_ plan: FlashPlan, on console: Console) {
    for warning in plan.warnings {
      console.warning(Notices.sentence(warning.code, warning.facts.merging(["subject": warning.subject]) { $1 }))
    }
  }
}

extension Diagnostic {
  /// Descriptors that hold nothing.
  static func emptyPlan(_ request: PlanRequest) -> Diagnostic {
    Diagnostic(
      code: "plan.empty", message: "\(request.descriptors.joined(separator: ", ")): holds nothing to flash",
      remedy: "`flashctl package inspect` shows what a package holds", exitStatus: .badData, step: "plan")
  }

  /// None of the files is a descriptor of the family (or, without a device, of any).
  static func noDescriptor(_ request: PlanRequest, family: String?) -> Diagnostic {
    let files = (request.descriptors + request.pairs.map { $0.region + "=" + $0.path }).joined(separator: ", ")
    return Diagnostic(
      code: "plan.no-descriptor",
      message:
        "\(files): not a firmware file \(family == nil ? "that flashctl knows" : "for this kind of device")",
      remedy:
        "give a package or firmware file of the device's family, or single images as REGION=FILE (`flashctl flash --help`)",
      exitStatus: .badData,
      step: "plan")
  }
}
