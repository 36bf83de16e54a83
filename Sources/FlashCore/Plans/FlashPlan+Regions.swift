extension FlashPlan.Write {
  /// The attribute of a step whose place the user wrote as REGION, which only a device can find.
  public static let regionAttribute = "region"
}

extension FlashPlan {
  /// The same plan with every region that the user wrote found on the device. Throws `StorageError`.
  public func findingRegions(on target: any FlashTarget) async throws -> FlashPlan {
    var plan = self
    for (index, step) in steps.enumerated() {
      switch step {
      case .write(var write):
        guard let extent = try await Self.extent(write.attributes, on: target) else { continue }
        write.extent = extent
        write.attributes[Write.regionAttribute] = nil
        plan.steps[index] = .write(write)
      case .erase(var erase):
        guard let extent = try await Self.extent(erase.attributes, on: target) else { continue }
        erase.extent = extent
        erase.attributes[Write.regionAttribute] = nil
        plan.steps[index] = .erase(erase)
      default: continue
      }
    }
    return plan
  }

  /// Where the region lies that a step's attributes name; `nil` for a step whose place is known.
  private static func extent(_ attributes: [String: String], on target: any FlashTarget) async throws -> PlanExtent? {
    guard let region = attributes[Write.regionAttribute].flatMap({ Region(parsing: $0) }) else { return nil }
    return try await target.resolve(region)
  }
}
