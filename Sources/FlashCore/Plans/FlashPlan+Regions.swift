extension FlashPlan.Write {
  /// The attribute of a step whose place the user wrote as REGION, which only a device can find.
  public static let regionAttribute = "region"
}

extension FlashPlan {
  /// The same plan with every region that the user wrote found on the device. Throws `StorageError`.
  public func findingRegions(on target: any FlashTarget) async throws -> FlashPlan {
    var plan = self
    for (index, step) in steps.enumerated() {
      guard case .write(var write) = step, let text = write.attributes[Write.regionAttribute],
        let region = Region(parsing: text)
      else { continue }
      write.extent = try await target.resolve(region)
      write.attributes[Write.regionAttribute] = nil
      plan.steps[index] = .write(write)
    }
    return plan
  }
}
