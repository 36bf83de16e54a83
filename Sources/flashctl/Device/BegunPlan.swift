import FlashCore

/// A plan that was made from what the device held and has been cut off: making it again would take what is there now for
/// what was there before.
struct BegunPlan {
  /// The plan to go on with; `nil` where there is none, or where the user gives it up.
  let plan: FlashPlan?

  /// Throws `PlanError.unfinished` where something else was begun, unless the user says that it is to be forgotten.
  init(
    for request: PlanRequest, _ context: DeviceSession.Context, _ selector: DeviceSelector?, _ running: RunOptions
  ) throws {
    guard let place = JournalPlace.place(for: context, selector: selector),
      let begun = PlanJournal.begunPlan(at: place, family: context.family.name)
    else {
      plan = nil
      return
    }
    let isSame = Self.names(begun.plan.descriptors) == Self.names(request.descriptors + request.pairs.map(\.path))
    guard isSame || running.restart else {
      throw PlanError.unfinished(journal: begun.path, finished: begun.finished, steps: begun.plan.steps.count)
    }
    // As long as nothing but copies has been made the device is as it was.
    let hasChanged = begun.plan.steps.prefix(begun.finished + 1).contains { step in
      if case .save = step { false } else { true }
    }
    plan = isSame && (hasChanged || running.resume) ? begun.plan : nil
  }

  /// The same files may be named from another folder.
  private static func names(_ paths: [String]) -> [String] {
    paths.map { path in String(path.split(separator: "/").last ?? "") }
  }
}
