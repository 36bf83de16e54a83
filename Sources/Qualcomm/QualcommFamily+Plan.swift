public import FlashCore
import FlashImages

extension QualcommFamily {
  /// A plan from packages, descriptors, `REGION=FILE` pairs, or both; pairs come behind what packages hold.
  ///
  /// `nil` when no file is a descriptor of this family and no device of it is meant. Throws `QualcommPlanError`.
  public func plan(_ request: PlanRequest, for device: DeviceIdentity?) throws -> FlashPlan? {
    if let device, device.family != Self.name { return nil }
    let package = try package(of: request)
    guard package != nil || request.descriptors.isEmpty else { return nil }
    guard package != nil || (device != nil && !request.pairs.isEmpty) else { return nil }
    var plan = FlashPlan(family: Self.name, descriptors: request.descriptors)
    if let package {
      var planner = QualcommPlanner(package, options: request.package, descriptors: request.descriptors)
      plan = try planner.make(reboots: false)
    }
    let pairs = PairPlanner(options: request.package)
    for pair in request.pairs { plan.steps.append(.write(try pairs.write(pair))) }
    plan.descriptors += request.pairs.map(\.path)
    if request.reboots { plan.steps.append(.reboot(.system)) }
    return plan
  }

  /// Looks at every header and checksum of sparse images, which a plan alone does not.
  public func check(_ plan: FlashPlan) throws {
    for case .write(let write) in plan.steps where write.image.layers == .expanded && write.image.member == nil {
      let file = try ImageFile(path: write.image.path)
      if let sparse = file.sparse { _ = try SparseCheck().run(sparse) }
    }
  }

  /// The programmer that a package brings. Throws `QualcommPlanError`.
  public func loaders(for request: PlanRequest) throws -> [String] { try package(of: request)?.loaders() ?? [] }

  private func package(of request: PlanRequest) throws(QualcommPlanError) -> QualcommPackage? {
    do throws(PackageError) { return try QualcommPackage(request) } catch { throw .package(error) }
  }
}
