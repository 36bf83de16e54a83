import FlashCore
import FlashImages

/// Turns the steps of a scatter plan into those of a plan that every target runs.
struct ScatterTranslation {
  let file: ScatterFile
  /// Of the file's layouts.
  let layout: Int
  let device: MediaTekPlanDevice
  let images: MediaTekImages
  let request: PlanRequest
  /// Whether places are said as the file says them, because no device tells how large its storage is.
  let isUnresolved: Bool
  /// Copies that the plan makes, by the partition's name in lower case.
  private var copies: [String: FlashPlan.Save] = [:]
  private var copyNames: Set<String> = []

  init(
    file: ScatterFile, layout: Int, device: MediaTekPlanDevice, images: MediaTekImages, request: PlanRequest,
    isUnresolved: Bool
  ) {
    self.file = file
    self.layout = layout
    self.device = device
    self.images = images
    self.request = request
    self.isUnresolved = isUnresolved
  }

  /// Where copies go; `nil` where none are made.
  var copiesFolder: String? { copies.isEmpty ? nil : request.copiesFolder }

  var storage: ScatterStorage { device.facts.storage }
  private var scatterLayout: ScatterLayout { file.scatter.layouts[layout] }

  mutating func steps(of plan: ScatterPlan) throws(MediaTekPlanError) -> [FlashPlan.Step] {
    var steps: [FlashPlan.Step] = []
    for step in plan.steps { steps += try self.steps(of: step) }
    return steps
  }

  private mutating func steps(of step: ScatterPlan.Step) throws(MediaTekPlanError) -> [FlashPlan.Step] {
    switch step.action {
    case .backUp(let name, let section, let range):
      return [.save(try save(name, extent(section, range), step.reason))]
    case .erase(let name, let section, let range):
      let extent = extent(section, range)
      return [
        .erase(
          FlashPlan.Erase(name: name ?? extent.section, extent: extent, attributes: attributes(name, step.reason)))
      ]
    case .writeTable(let table): return try tableWrites(table)
    case .restore(let name, let section, let range): return [.write(try restoration(name, section, range, step.reason))]
    case .write(let name, let sections, let range, _):
      guard let partition = scatterLayout.partition(named: name), let image = images.images[name] else { return [] }
      var steps: [FlashPlan.Step] = []
      for section in sections { steps += try writes(of: image, to: partition, section, range) }
      return steps
    // Boot sections are compared as soon as they are written.
    case .prove: return []
    }
  }

  // MARK: Places

  func extent(_ section: ScatterSection, _ range: Range<UInt64>) -> PlanExtent {
    PlanExtent(
      section: MediaTekSections.name(of: section), start: .fromStart(range.lowerBound),
      length: range.upperBound - range.lowerBound)
  }

  /// Where an entry is written, as far as it is known.
  func extent(of partition: ScatterPartition, in section: ScatterSection, _ range: Range<UInt64>?) -> PlanExtent {
    if let range, !isUnresolved { return extent(section, range) }
    let map = ScatterMap(scatterLayout, sectorByteCount: device.facts.sectorByteCount)
    var extent = PlanExtent(section: MediaTekSections.name(of: section))
    guard let placement = map.placement(named: partition.name) else { return extent }
    switch placement.start {
    case .fromStart(let offset): extent.start = .fromStart(offset)
    case .fromEnd(let distance): extent.start = .fromEnd(distance)
    case .unknown: break
    }
    if !placement.takesRest, partition.role == .partition { extent.length = placement.knownByteCount }
    return extent
  }

  /// The line that the entry is on, and what else is worth showing.
  func attributes(_ name: String?, _ reason: ScatterPlan.Reason? = nil) -> [String: String] {
    var attributes: [String: String] = [:]
    if let name, let index = scatterLayout.partitions.firstIndex(where: { $0.name == name }),
      let line = file.line(layout: layout, partition: index)
    {
      attributes[FlashPlan.descriptorAttribute] = PackagePath.name(of: file.path) + ":\(line)"
    }
    if let reason { attributes["reason"] = reason.name }
    return attributes
  }

  // MARK: Copies

  private mutating func save(
    _ name: String, _ extent: PlanExtent, _ reason: ScatterPlan.Reason
  ) throws(MediaTekPlanError) -> FlashPlan.Save {
    guard let folder = request.copiesFolder else { throw .noCopiesFolder }
    var file = Self.fileName(of: name) + ".bin"
    var number = 2
    while !copyNames.insert(file.lowercased()).inserted {
      file = Self.fileName(of: name) + "_\(number).bin"
      number += 1
    }
    let save = FlashPlan.Save(
      name: name, extent: extent, folder: folder, file: file, attributes: attributes(name, reason))
    copies[name.lowercased()] = save
    return save
  }

  private static func fileName(of name: String) -> String {
    let plain = String(
      name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "-_+".contains($0)) ? $0 : "_" }.prefix(64))
    return plain.isEmpty ? "_" : plain
  }

  private func restoration(
    _ name: String, _ section: ScatterSection, _ range: Range<UInt64>, _ reason: ScatterPlan.Reason
  ) throws(MediaTekPlanError) -> FlashPlan.Write {
    let count = range.upperBound - range.lowerBound
    guard let copy = copies[name.lowercased()] else { throw .noCopiesFolder }
    return FlashPlan.Write(
      name: name, extent: extent(section, range), image: ImageReference(path: copy.path, offset: 0, length: count),
      byteCount: count, isReadBack: true, attributes: attributes(name, reason))
  }

  // MARK: The table

  /// Both copies, the backup first: whatever interrupts the writing, one copy is whole.
  private func tableWrites(_ table: ScatterTable) throws(MediaTekPlanError) -> [FlashPlan.Step] {
    let unit = device.facts.sectorByteCount
    let size = device.facts.userByteCount ?? 0
    do throws(GPTEditError) {
      let count = size / max(1, unit)
      let writes = try table.gpt(sectorByteCount: Int(clamping: unit), userByteCount: size, keeping: device.table)
        .layout(sectorCount: count, protectiveMBR: MBR.protective(sectorCount: count))
      return writes.map { write in
        let bytes = UInt64(write.bytes.count)
        let start = write.lba * unit
        return .write(
          FlashPlan.Write(
            name: write.part.rawValue, extent: extent(storage.userSection, start..<start + bytes),
            image: ImageReference(bytes: write.bytes, name: "gpt-" + write.part.rawValue), byteCount: bytes,
            isReadBack: true))
      }
    } catch {
      throw .refused(.table(error), path: file.path)
    }
  }
}

extension ScatterPlan.Reason {
  /// A name that stays the same, for JSON.
  var name: String {
    switch self {
    case .selected: "selected"
    case .deviceSpecific: "device-specific"
    case .aboutToBeReplaced: "replaced"
    case .layoutDiffers: "layout-differs"
    case .noTable: "no-table"
    case .tableDamaged: "table-damaged"
    case .rangeChanged: "range-changed"
    case .movedWithEnd: "moved-with-end"
    case .resized: "resized"
    case .formatted: "formatted"
    case .bootLoader: "boot-loader"
    }
  }
}
