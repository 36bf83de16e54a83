import FlashCore
import FlashImages

extension QualcommPlanner {
  // MARK: program

  mutating func add(
    _ program: ProgramElement.Program, at position: PackagePlace, of document: QualcommPackage.Document, pass: Int
  ) throws(QualcommPlanError) {
    labels.insert(program.label)
    noteBootLoader(program)
    let place = place(program.area, position)
    let key = PlanClaims.Key(pass: pass, section: place.section)
    try guardPartition(program, place, key)
    guard !program.fileName.isEmpty else { return try addForcedErase(program, place, key) }
    guard isSelected(program.label) else { return skip(program.label, .notSelected) }
    let found: PackageFile?
    do throws(PackageError) { found = try document.find(program.fileName, named: position) } catch {
      throw .package(error)
    }
    guard let file = found else {
      guard options.allowsMissing else {
        missing.append(QualcommPlanError.Missing(file: program.fileName, place: position))
        return
      }
      return skip(program.label, .missingFile)
    }
    guard file.byteCount > 0 else {
      plan.warnings.append(PlanWarning(code: "empty-file", subject: program.label, facts: ["file": file.name]))
      return skip(program.label, .emptyFile)
    }
    if !options.erasesFirst { try addForcedErase(program, place, key) }
    try addWrite(program, file, place, key)
  }

  private mutating func addWrite(
    _ program: ProgramElement.Program, _ file: PackageFile, _ place: AreaPlace, _ key: PlanClaims.Key
  ) throws(QualcommPlanError) {
    let image = try PlannedImage(program, file: file, place: place, options: options)
    plan.warnings += image.warnings
    guard image.reference.length > 0 else { return skip(program.label, .emptyFile) }
    try place.requireInside(sectors: image.sectorCount)
    let start = try place.start()
    let room = try place.length().flatMap { $0 > 0 ? $0 : nil }
    let length = try room.map { sectors throws(QualcommPlanError) in try place.byteCount(sectors) } ?? nil
    let name = program.label.isEmpty ? program.fileName : program.label
    var attributes = place.attributes
    attributes["compression"] = image.compression?.rawValue
    if options.erasesFirst {
      let sectors = room ?? image.sectorCount
      try addErase(name, place, sectors: sectors, length: try place.byteCount(sectors), key)
    }
    plan.steps.append(
      .write(
        FlashPlan.Write(
          name: name, extent: PlanExtent(section: place.section, start: start, length: length),
          image: image.reference, byteCount: image.byteCount, isReadBack: program.readsBack,
          attributes: attributes)))
    if ProtectedPartitions.burnsFuses(program.label, file: program.fileName) {
      fusing.append(name)
    } else if ProtectedPartitions.contains(program.label) {
      guardedLabels.insert(program.label)
    }
    let written = (try place.byteCount(image.sectorCount)) ?? image.byteCount
    claims.addWrite(PlanClaims.Claim(start: start, byteCount: written, place: place.place), in: key)
  }

  private mutating func addForcedErase(
    _ program: ProgramElement.Program, _ place: AreaPlace, _ key: PlanClaims.Key
  ) throws(QualcommPlanError) {
    guard program.forcesErase, options.honoursForcedErase, isSelected(program.label) else { return }
    guard let sectors = try place.length(), sectors > 0, let length = try place.byteCount(sectors) else { return }
    try addErase(program.label, place, sectors: sectors, length: length, key)
  }

  /// Remembers where partitions lie that need consent, with or without a file of their own.
  private mutating func guardPartition(
    _ program: ProgramElement.Program, _ place: AreaPlace, _ key: PlanClaims.Key
  ) throws(QualcommPlanError) {
    guard ProtectedPartitions.contains(program.label), let sectors = try place.length(), sectors > 0,
      let length = try place.byteCount(sectors)
    else { return }
    let claim = PlanClaims.Claim(start: try place.start(), byteCount: length, place: place.place)
    claims.guardPartition(program.label, claim, in: key)
  }

  /// `--only` and `--skip`; partition tables are named by their labels, or all by `gpt`.
  func isSelected(_ label: String) -> Bool {
    let name = label.lowercased()
    let isTable = name == "primarygpt" || name == "backupgpt" || name.hasPrefix("mbr")
    if isTable, options.skip.contains(where: { $0.lowercased() == Self.tables }) { return false }
    if isTable, options.only.contains(where: { $0.lowercased() == Self.tables }) {
      return !options.skip.contains { $0.lowercased() == name }
    }
    return options.selects(label)
  }

  // MARK: erase and zeroout

  mutating func add(
    _ erase: ProgramElement.Erase, at position: PackagePlace, pass: Int
  ) throws(QualcommPlanError) {
    let name = erase.label.isEmpty ? "erase" : erase.label
    labels.insert(erase.label)
    let place = place(erase.area, position)
    let key = PlanClaims.Key(pass: pass, section: place.section)
    guard isSelected(erase.label) else { return skip(name, .notSelected) }
    if erase.isWholeDrive {
      guard options.allowsFullErase else { throw .fullErase(at: position) }
      let extent = PlanExtent(section: place.section)
      plan.steps.append(.erase(FlashPlan.Erase(name: name, extent: extent, attributes: place.attributes)))
      claims.addErase(PlanClaims.Claim(start: .fromStart(0), byteCount: UInt64(Int64.max), place: position), in: key)
      return
    }
    guard let sectors = try place.length() else { throw unknownSize(place) }
    try addErase(name, place, sectors: sectors, length: try place.byteCount(sectors), key)
  }

  private mutating func addErase(
    _ name: String, _ place: AreaPlace, sectors: UInt64, length: UInt64?, _ key: PlanClaims.Key
  ) throws(QualcommPlanError) {
    guard let length else { throw .noSectorSize(at: place.place) }
    try place.requireInside(sectors: sectors)
    let start = try place.start()
    let extent = PlanExtent(section: place.section, start: start, length: length)
    plan.steps.append(.erase(FlashPlan.Erase(name: name, extent: extent, attributes: place.attributes)))
    if ProtectedPartitions.contains(name) { guardedLabels.insert(name) }
    claims.addErase(PlanClaims.Claim(start: start, byteCount: length, place: place.place), in: key)
  }

  mutating func add(_ zero: ProgramElement.Zero, at position: PackagePlace, pass: Int) throws(QualcommPlanError) {
    let name = zero.label.isEmpty ? "zeroout" : zero.label
    labels.insert(zero.label)
    guard isSelected(zero.label) else { return skip(name, .notSelected) }
    guard !zero.isForFactory || options.isFactory else { return skip(name, .factoryOnly) }
    let place = place(zero.area, position)
    guard let sectors = try place.length() else { throw unknownSize(place) }
    guard let length = try place.byteCount(sectors) else { throw .noSectorSize(at: position) }
    try place.requireInside(sectors: sectors)
    let start = try place.start()
    let extent = PlanExtent(section: place.section, start: start, length: length)
    plan.steps.append(.zero(FlashPlan.Zero(name: name, extent: extent, attributes: place.attributes)))
    if ProtectedPartitions.contains(zero.label) { guardedLabels.insert(zero.label) }
    let key = PlanClaims.Key(pass: pass, section: place.section)
    claims.addWrite(PlanClaims.Claim(start: start, byteCount: length, place: position), in: key)
  }

  private func unknownSize(_ place: AreaPlace) -> QualcommPlanError {
    .expression(place.area.sectorCount.text, .unknownSectorCount, at: place.place)
  }

  // MARK: patch

  /// A patch of the disk. Patches of files on the host belong to whoever makes packages.
  mutating func add(_ patch: ProgramElement.Patch, at position: PackagePlace) throws(QualcommPlanError) {
    guard patch.isForDisk else { return }
    let wantsTables = options.only.isEmpty || options.only.contains { $0.lowercased() == Self.tables }
    guard wantsTables, !options.skip.contains(where: { $0.lowercased() == Self.tables }) else { return }
    let place = place(patch.area, position)
    try place.requireInside(sectors: 1)
    plan.steps.append(
      .patch(
        FlashPlan.Patch(
          section: place.section, start: try place.start(), byteOffset: patch.byteOffset, byteCount: patch.byteCount,
          value: patch.value.text, comment: patch.purpose, attributes: place.attributes)))
  }

  // MARK: Boot section

  private mutating func noteBootLoader(_ program: ProgramElement.Program) {
    let label = program.label.lowercased()
    guard DevicePartitions.bootLoaders.contains(label) else { return }
    bootSections[label, default: []].append(String(program.area.partition))
  }

  /// Chooses the section to boot from once a storage is done, and forgets its boot loaders.
  mutating func addBootable() {
    defer { bootSections = [:] }
    switch options.bootable {
    case .never: return
    case .section(let number): plan.steps.append(.makeBootable(section: String(number)))
    case .byLabel:
      // A few chosen partitions leave alone what the device boots from.
      guard options.only.isEmpty else { return }
      let found = DevicePartitions.bootLoaders.compactMap { label in bootSections[label].map { (label, $0) } }
      guard let (label, sections) = found.first, let section = sections.first else { return }
      let all = Set(found.flatMap { $0.1 })
      if all.count > 1 {
        plan.warnings.append(
          PlanWarning(
            code: "several-boot-sections", subject: label,
            facts: ["section": section, "all": all.sorted().joined(separator: ", ")]))
      }
      plan.steps.append(.makeBootable(section: section))
    }
  }
}
