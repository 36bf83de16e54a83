import FlashCore
import FlashImages
import WireFormat

/// Turns a package into a plan, in the order of `docs/protocols/qualcomm-packages.md` 15.
///
/// Everything that can be known without a device is checked here: files, sizes, overlaps, consent. What depends on the
/// sizes of sections is checked again by the target.
struct QualcommPlanner {
  let package: QualcommPackage
  let options: PackageOptions
  var plan: FlashPlan
  var claims = PlanClaims()
  /// Sections of boot loaders, by label.
  var bootSections: [String: [String]] = [:]
  var missing: [QualcommPlanError.Missing] = []
  var fusing: [String] = []
  var guardedLabels: Set<String> = []
  var labels: Set<String> = []
  /// The storage device, among several of a kind, that the steps so far are about.
  private var slot: UInt32 = 0

  init(_ package: QualcommPackage, options: PackageOptions, descriptors: [String]) {
    self.package = package
    self.options = options
    plan = FlashPlan(family: QualcommFamily.name, descriptors: descriptors)
    plan.warnings = package.remarks.map(PlanWarning.init)
  }

  mutating func make(reboots: Bool) throws(QualcommPlanError) -> FlashPlan {
    for (index, pass) in package.passes.enumerated() {
      slot = pass.slot
      if let memory = pass.memory {
        plan.steps.append(.configure(FlashPlan.Configure(memory: memory, slot: UInt64(pass.slot))))
      }
      for document in pass.documents {
        if document.file.kind == .provisioning { throw .provisioning(path: document.file.path) }
        for element in document.file.elements { try add(element, of: document, pass: index) }
      }
      useSlot(nil, in: pass)
      addBootable()
    }
    try requireConsent()
    if reboots { plan.steps.append(.reboot(.system)) }
    return plan
  }

  private mutating func add(
    _ element: ProgramElement, of document: QualcommPackage.Document, pass: Int
  ) throws(QualcommPlanError) {
    if let area = element.action.area { useSlot(area.slot, in: package.passes[pass]) }
    let pass = pass << 8 | Int(slot)
    switch element.action {
    case .program(let program): try add(program, at: element.place, of: document, pass: pass)
    case .erase(let erase): try add(erase, at: element.place, pass: pass)
    case .zero(let zero): try add(zero, at: element.place, pass: pass)
    case .patch(let patch): try add(patch, at: element.place)
    case .read(let read): skip(read.fileName, .readsOnly)
    case .digest: skip("getsha256digest", .readsOnly)
    case .provision: throw .provisioning(path: element.place.path)
    case .command(let command): throw .command(command.name, at: element.place)
    }
  }

  /// Turns to another storage device where an element names one; `nil` is the pass's own.
  private mutating func useSlot(_ wanted: UInt32?, in pass: QualcommPackage.Pass) {
    let wanted = wanted ?? pass.slot
    guard wanted != slot else { return }
    slot = wanted
    let memory = pass.memory ?? ProgrammerSearch.memory(of: pass) ?? "ufs"
    plan.steps.append(.configure(FlashPlan.Configure(memory: memory, slot: UInt64(wanted))))
  }

  mutating func skip(_ name: String, _ reason: SkipReason, byteCount: UInt64 = 0) {
    plan.skipped.append(FlashPlan.Skipped(name: name, byteCount: byteCount, reason: reason))
  }

  func place(_ area: StorageArea, _ place: PackagePlace) -> AreaPlace {
    var area = area
    if let size = options.sectorByteCount { area.sectorByteCount = size }
    return AreaPlace(area: area, place: place, sectorCount: options.sectorCounts[String(area.partition)])
  }

  /// Everything that depends on the whole package: what is missing, what needs the user's word, what collides.
  private func requireConsent() throws(QualcommPlanError) {
    guard missing.isEmpty else { throw .missingFiles(missing) }
    let unknown = (options.only + options.skip).filter { label in
      label.lowercased() != Self.tables && !labels.contains { $0.lowercased() == label.lowercased() }
    }
    guard unknown.isEmpty else { throw .unknownLabels(unknown, known: labels.filter { !$0.isEmpty }.sorted()) }
    let burnt =
      fusing + claims.written(sizes: size).filter { ProtectedPartitions.burnsFuses($0) && !fusing.contains($0) }
    guard burnt.isEmpty || options.allowsFusing else { throw .fusing(burnt) }
    if !options.allowsProtected {
      var touched = guardedLabels.union(claims.touched(sizes: size))
      if options.allowsFusing { touched = touched.filter { !ProtectedPartitions.burnsFuses($0) } }
      guard touched.isEmpty else { throw .protected(touched.sorted()) }
    }
    if !options.allowsOverlap, let overlap = claims.overlap(sizes: size) {
      throw .overlap(section: overlap.section, first: overlap.first, second: overlap.second)
    }
  }

  /// Bytes of a section whose sectors the user told; the package's own sector size makes bytes of them.
  private func size(_ section: String) -> UInt64? {
    guard let sectors = options.sectorCounts[section] else { return nil }
    for program in package.passes.flatMap(\.documents).flatMap(\.file.programs) {
      guard String(program.area.partition) == section,
        let size = options.sectorByteCount ?? program.area.sectorByteCount
      else { continue }
      let (bytes, overflows) = sectors.multipliedReportingOverflow(by: size)
      return overflows ? nil : bytes
    }
    return nil
  }

  /// The word of `--only` that stands for partition tables and their patches.
  static let tables = "gpt"
}
