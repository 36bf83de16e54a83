public import FlashCore
import FlashImages

extension MediaTekFamily {
  /// A plan from a scatter package, from `REGION=FILE` pairs, or from both; pairs come behind what the package holds.
  ///
  /// Without an open device a package is planned as for any that has its layout. `nil` for descriptors that are none of the
  /// family's, and for pairs where no device of the family is meant. Throws `MediaTekPlanError`.
  public func plan(_ request: PlanRequest, for device: DeviceIdentity?) throws -> FlashPlan? {
    if let device, device.family != Self.name { return nil }
    if let package = try MediaTekPackage(request) {
      var plan = try MediaTekPlanner(package: package, request: request).plan()
      plan.model = device?.model
      return try finish(plan, request)
    }
    guard device != nil, request.descriptors.isEmpty, !request.pairs.isEmpty else { return nil }
    return try finish(FlashPlan(family: Self.name, descriptors: []), request)
  }

  /// The same, with what the device tells of its storage: what each mode does is decided by that.
  public func plan(_ request: PlanRequest, on target: any FlashTarget) async throws -> FlashPlan? {
    guard let target = target as? MediaTekTarget, let package = try MediaTekPackage(request) else {
      return try plan(request, for: target.identity)
    }
    let device = try await MediaTekPlanDevice(target)
    return try finish(try MediaTekPlanner(package: package, request: request).plan(for: device), request)
  }

  private func finish(_ plan: FlashPlan, _ request: PlanRequest) throws -> FlashPlan {
    var plan = plan
    plan.steps += try MediaTekPairs(options: request.package).steps(request.pairs)
    plan.descriptors += request.pairs.map(\.path)
    if request.reboots { plan.steps.append(.reboot(.system)) }
    return plan
  }

  /// Reads a scatter package and looks for its files. Throws `MediaTekPlanError`.
  public func examine(_ request: PlanRequest) throws {
    guard let package = try MediaTekPackage(request) else { return }
    try MediaTekPlanner(package: package, request: request).examine()
  }

  /// The agent that a `flash.xml` or a configuration names.
  public func loaders(for request: PlanRequest) throws -> [String] {
    try MediaTekPackage(request)?.package.agentPath.map { [$0] } ?? []
  }

  /// A file of the package with settings of memory, which its boot loader has; `nil` where there is none outside of an
  /// archive.
  public func memorySettings(in request: PlanRequest) -> String? {
    guard let package = try? MediaTekPackage(request) else { return nil }
    for partition in package.scatter.layouts.flatMap(\.partitions) where partition.role == .preloader {
      guard let found = try? package.package.find(partition), found.member == nil,
        (try? XFlashDriver.memorySettings(path: found.path)) != nil
      else { continue }
      return found.path
    }
    return nil
  }

  /// The entries of the user section in a package's layout for the storage, tables apart.
  public func partitions(of request: PlanRequest, on sections: StorageMap) throws -> [Partition]? {
    guard let package = try MediaTekPackage(request) else { return nil }
    guard let user = sections.sections.first else { return [] }
    let storage = request.scatter.storage ?? MediaTekSections.kind(of: sections)
    let isKnown = package.scatter.layouts.contains { $0.storage == storage }
    let layout = package.scatter.layouts[try package.layout(for: isKnown ? storage : nil)]
    guard let kind = layout.storage else { return [] }
    let map = ScatterMap(layout, sectorByteCount: user.sectorByteCount)
    return map.placements.compactMap { placement -> Partition? in
      guard placement.sections == [kind.userSection], !placement.partition.isTable, let size = user.byteCount,
        let range = placement.range(inSectionOf: size), !range.isEmpty
      else { return nil }
      return Partition(
        name: placement.partition.name,
        extent: PlanExtent(
          section: user.name, start: .fromStart(range.lowerBound), length: range.upperBound - range.lowerBound))
    }
  }

  /// Looks at every header and checksum of sparse images, which a plan alone does not.
  public func check(_ plan: FlashPlan) throws {
    var checked: Set<String> = []
    for case .write(let write) in plan.steps
    where write.image.layers != .asIs && write.image.member == nil && write.image.bytes == nil {
      guard checked.insert(write.image.layers.rawValue + write.image.path).inserted else { continue }
      let image = try ImageFile(path: write.image.path, options: write.image.layers.options)
      if let sparse = image.sparse { _ = try SparseCheck().run(sparse) }
    }
  }
}
