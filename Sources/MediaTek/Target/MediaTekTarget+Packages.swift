public import FlashCore
import FlashImages
import WireFormat

/// What packages need beside ranges: facts for the plan, images that the agent finds the place of, and boot loaders.
extension MediaTekTarget {
  /// What kind of storage the agent has found.
  func storageKind() async throws -> ScatterStorage { try await agent().storageKind() }

  /// As boot ROM or preloader answered, else as the agent tells; empty where neither is known.
  func chipNames() async -> [String] {
    if session.beginning == nil, let found = try? await driver.identify() {
      let names = AgentChip.names(ofHardwareCode: found.hardwareCode)
      if !names.isEmpty { return names }
    }
    return (try? await agent().chipNames()) ?? []
  }

  func batteryVoltage() async -> UInt64? { try? await agent().batteryVoltage() }

  // MARK: Writing by name

  /// A step with a name of the device's own goes to the agent as a whole; boot loaders are read back at once.
  public func write(
    _ write: FlashPlan.Write, ranges: [Range<UInt64>]?, progress: @escaping @Sendable (WriteProgress) -> Void
  ) async throws -> Verification {
    guard let name = write.attributes[FlashPlan.Write.deviceNameAttribute] else {
      let range = try await resolve(write)
      try await self.write(try write.image.source(selecting: ranges), to: range, progress: progress)
      return .acknowledged
    }
    guard ranges == nil else { throw unsupported(.writeRanges) }
    let isLoader = Self.loaderNames.contains(name)
    // Some agents write both copies at once.
    if name == Self.loaderNames.last, try await holdsLoader(write) { return .readback }
    let image = try Self.wholeImage(write.image)
    let byteCount = image.byteCount ?? write.image.length
    try await agent().write(ImageStream(image), byteCount: byteCount, partition: name) { bytes in
      progress(.bytes(min(bytes, write.byteCount)))
    }
    guard isLoader else { return .acknowledged }
    return try await proveStored(write) ?? .acknowledged
  }

  /// What agents call the two copies of the boot loader.
  private static var loaderNames: [String] { ["preloader", "preloader_backup"] }

  /// The bytes that an agent gets: a sparse image stays one, because agents expand it themselves. Members of archives are
  /// read in order, and expanded here.
  private static func wholeImage(_ reference: ImageReference) throws(ImageError) -> any ImageSource {
    guard reference.layers == .expanded || reference.layers == .unsparsed, reference.offset == 0 else {
      return try reference.source()
    }
    guard reference.member == nil else { return ZeroFilledImage(try reference.source()) }
    guard try ImageFile(path: reference.path, options: reference.layers.options).sparse != nil else {
      return try reference.source()
    }
    let layers: ImageReference.Layers = reference.layers == .expanded ? .unpacked : .asIs
    return try ImageFile(path: reference.path, options: layers.options).measured().source
  }

  // MARK: Proof

  /// Compares a boot loader with what lies behind the header that the agent has made; everything else is compared where it
  /// was written.
  public func proveStored(_ write: FlashPlan.Write) async throws -> Verification? {
    guard let name = write.attributes[FlashPlan.Write.deviceNameAttribute], Self.loaderNames.contains(name) else {
      return nil
    }
    let section = try await section(write.extent.section)
    let wanted = try MediaTekImage.content(of: write.image.source(), Int(clamping: write.image.length))
    let base = try write.extent.resolved(in: section).bytes.lowerBound
    let place = base + UInt64(try await loaderOffset(in: section, from: base))
    let unit = section.sectorByteCount
    let (low, end) = (place / unit * unit, place + UInt64(wanted.count))
    let high = min(section.byteCount ?? end, (end + unit - 1) / unit * unit)
    let range = StorageRange(section: section.name, bytes: low..<max(low, high))
    let found = try await bytes(of: range).dropFirst(Int(place - low)).prefix(wanted.count)
    guard Array(found) != wanted else { return .readback }
    let difference = zip(found, wanted).enumerated().first { $0.element.0 != $0.element.1 }?.offset ?? found.count
    let offset = place + UInt64(difference)
    throw ContentDiffers(
      name: write.name, range: StorageRange(section: section.name, bytes: offset..<offset + 1), found: .readback)
  }

  private func holdsLoader(_ write: FlashPlan.Write) async throws -> Bool {
    do { return try await proveStored(write) != nil } catch is ContentDiffers { return false }
  }

  /// Where the loader begins behind the header of a boot section; 0 where nothing tells.
  func loaderOffset(in section: StorageSection, from base: UInt64 = 0) async throws -> Int {
    let size = section.byteCount.map { $0 - min($0, base) } ?? UInt64(BootSectionHeader.searchByteCount)
    let count = min(size, UInt64(BootSectionHeader.searchByteCount)) / section.sectorByteCount * section.sectorByteCount
    guard count > 0 else { return 0 }
    let beginning = try await bytes(of: StorageRange(section: section.name, bytes: base..<base + count))
    return BootSectionHeader.loaderOffset(in: beginning) ?? 0
  }
}
