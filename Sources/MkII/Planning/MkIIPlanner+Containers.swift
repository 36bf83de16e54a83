import FlashCore
import FlashImages

extension MkIIPlanner {
  /// An image with the file it is in.
  private typealias Place = (file: FIASCOFile, index: Int)

  /// Chooses among the images of all containers together, but for the types that the user gives as raw files.
  mutating func take(_ containers: [FIASCOFile], except replaced: Set<String>) throws(MkIIPlanError) {
    var places: [Place] = []
    for file in containers {
      for (index, image) in file.images.enumerated() {
        if replaced.contains(image.type) {
          skipped.append(FlashPlan.Skipped(name: image.type, byteCount: image.size, reason: .notSelected))
        } else {
          places.append((file, index))
        }
      }
    }
    guard !places.isEmpty else { return try requireNamedTypes(in: replaced) }
    let all = places.map { $0.file.images[$0.index] }
    let target = try target(for: all)
    let selection = try select(among: all, places, target: target, except: replaced)
    for leftOut in selection.leftOut {
      guard let reason = Self.reason(leftOut.reason) else { continue }
      let image = all[leftOut.image]
      skipped.append(FlashPlan.Skipped(name: image.type, byteCount: image.size, reason: reason))
    }
    try check(selection, among: all, target: target)
    for index in selection.chosen {
      let place = places[index]
      images.append(try planned(place.file, place.index, target: target))
    }
  }

  private func requireNamedTypes(in replaced: Set<String>) throws(MkIIPlanError) {
    if let missing = request.types.first(where: { !replaced.contains($0) }) { throw .notInFiles(type: missing) }
  }

  /// The device that entries are compared with. Without one, images that all name the same device tell it.
  private func target(for images: [FIASCOImage]) throws(MkIIPlanError) -> (device: String, revision: String?) {
    if let model = subject.model { return (model, subject.revision) }
    let wanted = images.filter { request.types.isEmpty || request.types.contains($0.type) }
    var devices: [String] = []
    for entry in wanted.flatMap(\.devices) where !devices.contains(entry.device) { devices.append(entry.device) }
    guard devices.count <= 1 else { throw .modelNeeded(devices: devices) }
    return (devices.first ?? "", nil)
  }

  private func select(
    among all: [FIASCOImage], _ places: [Place], target: (device: String, revision: String?),
    except replaced: Set<String>
  ) throws(MkIIPlanError) -> FIASCOSelection {
    let types = request.types.filter { !replaced.contains($0) }
    let wanted = FIASCOSelection.Request(
      device: target.device, revision: target.revision, types: request.types.isEmpty ? nil : types,
      acceptsUnknownRevision: request.isForced, allowsUnpairedLoaders: true)
    do throws(ImageError) {
      return try FIASCOSelection(among: all, for: wanted) { (one, other) throws(ImageError) in
        try MkIISameData.areEqual(places[one].file, places[one].index, places[other].file, places[other].index)
      }
    } catch {
      throw .file(error)
    }
  }

  /// `nil` for identical images, of which one is written.
  private static func reason(_ reason: FIASCOSelection.LeftOut.Reason) -> SkipReason? {
    switch reason {
    case .notWanted: .notSelected
    case .otherMode: .otherMode
    case .otherDevice, .otherRevision, .revisionUnknown: .otherDevice
    case .duplicate: nil
    case .truncated: .notSelected
    }
  }

  /// Problems count only for types that the device takes; others would be left out anyway.
  private mutating func check(
    _ selection: FIASCOSelection, among all: [FIASCOImage], target: (device: String, revision: String?)
  ) throws(MkIIPlanError) {
    for problem in selection.problems {
      switch problem {
      case .ambiguous(let type, let candidates) where isListed(type):
        if subject.model == nil { throw .modelNeeded(devices: []) }
        throw .ambiguous(type: type, candidates: candidates.map { Self.describe(all[$0]) })
      case .noMatch(let type) where !all.contains { $0.type == type }:
        throw .notInFiles(type: type)
      case .noMatch(let type) where isListed(type):
        try explainMissing(type, selection, among: all, target: target)
      case .ambiguous, .noMatch, .unpaired: continue
      }
    }
    for index in selection.chosen where target.revision == nil && isLimited(all[index], to: target.device) {
      warnings.append(PlanWarning(code: MkIIWarning.unknownRevision, subject: all[index].type))
    }
  }

  private func explainMissing(
    _ type: String, _ selection: FIASCOSelection, among all: [FIASCOImage], target: (device: String, revision: String?)
  ) throws(MkIIPlanError) {
    let reasons = selection.leftOut.filter { all[$0.image].type == type }.map(\.reason)
    if reasons.contains(.revisionUnknown) { throw .revisionNeeded(types: [type]) }
    throw .noMatch(type: type, device: target.device, revision: target.revision)
  }

  private func isListed(_ type: String) -> Bool { subject.supportedImages?.contains(type) ?? true }

  private func isLimited(_ image: FIASCOImage, to device: String) -> Bool {
    let entries = image.devices.filter { $0.device == device }
    return !entries.isEmpty && entries.allSatisfy { !$0.revisions.isEmpty }
  }

  /// What tells one image from another of its type: `xloader RX-51:2101,2102 version 1.4 at 0x1A2B`.
  private static func describe(_ image: FIASCOImage) -> String {
    let devices = image.devices.map {
      $0.device + ($0.revisions.isEmpty ? "" : ":" + $0.revisions.joined(separator: ","))
    }
    return
      ([image.type] + devices + (image.version.map { ["version " + $0] } ?? [])
      + ["at 0x" + String(image.headerOffset, radix: 16)]).joined(separator: " ")
  }

  /// The image as it is sent: filled up, with a header of its own for this device.
  private mutating func planned(
    _ file: FIASCOFile, _ index: Int, target: (device: String, revision: String?)
  ) throws(MkIIPlanError) -> MkIIPlannedImage {
    let image = file.images[index]
    guard image.size > 0 else { throw .emptyImage(type: image.type, path: file.path) }
    let fileData: FIASCOFileData
    do throws(ImageError) { fileData = try file.paddedFileData(of: index) } catch { throw .file(error) }
    let device = target.device.isEmpty ? nil : target.device
    let header = FIASCODeviceHeader(
      for: image, fileData: fileData, device: device, revision: target.revision,
      adding: policy.sendsParts ? .mkII : [.layout, .endByte])
    if let detected = image.detectedKind, detected.rawValue != image.type {
      warnings.append(
        PlanWarning(
          code: MkIIWarning.detectedOtherType, subject: image.type, facts: ["detected": detected.rawValue]))
    }
    return try MkIIPlannedImage(
      fileData: fileData,
      reference: MkIIPlannedImage.reference(path: file.path, range: image.dataRange, type: image.type),
      header: Self.checked(header.bytes, type: image.type), version: image.version,
      device: header.blocks.lazy.compactMap { if case .device(let entry) = $0.block { entry } else { nil } }.first,
      layout: image.layout, isNamed: false)
  }

  static func checked(_ header: [UInt8], type: String) throws(MkIIPlanError) -> [UInt8] {
    guard header.count <= MkIIMessage.maximumDataByteCount else {
      throw .headerTooLong(type: type, byteCount: header.count)
    }
    return header
  }
}
