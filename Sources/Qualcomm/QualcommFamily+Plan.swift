public import FlashCore
import FlashImages

extension QualcommFamily {
  /// What depends on a device's storage is said in a plan as it is written, and found out when it is run.
  public var plansForAnyDevice: Bool { true }

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
    plan.steps += try pairs.steps(request.pairs)
    plan.descriptors += request.pairs.map(\.path)
    if request.reboots { plan.steps.append(.reboot(.system)) }
    return plan
  }

  /// Looks at every header and checksum of sparse images, and reads members of archives to their checksums, which a plan
  /// alone does not.
  public func check(_ plan: FlashPlan) throws {
    var checked: Set<String> = []
    for case .write(let write) in plan.steps
    where checked.insert(write.image.layers.rawValue + write.image.name).inserted {
      let image = write.image
      if let member = image.member {
        try Self.check(member, of: image.path, image.layers)
      } else if image.layers != .asIs,
        let sparse = try ImageFile(path: image.path, options: image.layers.options).sparse
      {
        try Self.check(sparse)
      }
    }
  }

  private static func check(_ sparse: SparseImageSource) throws(ImageError) {
    try ImageWork.report(.checking, of: sparse.path) { (progress) throws(ImageError) in
      _ = try SparseCheck().run(sparse, progress: progress)
    }
  }

  private static func check(
    _ name: String, of path: String, _ layers: ImageReference.Layers
  ) throws(ImageError) {
    let archive = try ZIPArchive(RegularFile(path: path))
    guard let member = archive.member(named: name) else { throw .missing(path: path + ":" + name) }
    let bytes = try archive.bytes(of: member)
    try ImageWork.report(.checking, of: bytes.path, total: bytes.byteCount) { (progress) throws(ImageError) in
      _ = unsafe try ImageScan(ByteImageSource(bytes), progress: progress)
    }
    if layers != .asIs, let sparse = try ImageFile(bytes, options: layers.options).sparse { try check(sparse) }
  }

  /// The programmer that a package brings. Throws `QualcommPlanError`.
  public func loaders(for request: PlanRequest) throws -> [String] { try package(of: request)?.loaders() ?? [] }

  public func partitions(of request: PlanRequest, on sections: StorageMap) throws -> [Partition]? {
    try package(of: request)?.partitions(on: sections)
  }

  private func package(of request: PlanRequest) throws(QualcommPlanError) -> QualcommPackage? {
    do throws(PackageError) { return try QualcommPackage(request) } catch { throw .package(error) }
  }
}
