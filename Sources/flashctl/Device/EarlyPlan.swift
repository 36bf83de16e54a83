import FlashCore

/// A plan that needs nothing of a device, made and its files checked before one is opened: a package that is wrong is
/// refused while the device has not been touched.
struct EarlyPlan {
  private let family: String
  private let plan: FlashPlan

  /// `nil` where the descriptors mean different things to different devices, or there are none.
  init?(_ request: PlanRequest) throws {
    guard !request.descriptors.isEmpty else { return nil }
    for family in Families.all where !family.plansForAnyDevice { try family.examine(request) }
    for family in Families.all where family.plansForAnyDevice {
      guard let plan = try family.plan(request, for: nil) else { continue }
      guard !plan.isEmpty else { throw Diagnostic.emptyPlan(request) }
      try family.check(plan)
      try plan.checkDigests()
      (self.family, self.plan) = (family.name, plan)
      return
    }
    return nil
  }

  /// The plan, for a device of its family.
  func plan(for family: any DeviceFamily) -> FlashPlan? { family.name == self.family ? plan : nil }
}
