import FlashCore
import FlashImages

/// Turns `REGION=FILE` into steps: the file unpacked and expanded, the region as it was written, because only a device can
/// tell where it lies.
struct MediaTekPairs {
  let options: PackageOptions

  /// The writes of all pairs, once the user has agreed to all that needs it, with the erasing that the user wants before
  /// each.
  func steps(_ pairs: [PlanRequest.Pair]) throws(MediaTekPlanError) -> [FlashPlan.Step] {
    var protected: [String] = []
    for pair in pairs {
      guard let region = Region(parsing: pair.region) else { throw .badRegion(pair.region) }
      if ProtectedPartitions.contains(Self.name(of: region)) { protected.append(pair.region) }
    }
    guard protected.isEmpty || options.allowsProtected else { throw .protectedRegions(protected) }
    var steps: [FlashPlan.Step] = []
    for pair in pairs {
      let write = try write(pair)
      if options.erasesFirst {
        steps.append(.erase(FlashPlan.Erase(name: write.name, extent: write.extent, attributes: write.attributes)))
      }
      steps.append(.write(write))
    }
    return steps
  }

  private func write(_ pair: PlanRequest.Pair) throws(MediaTekPlanError) -> FlashPlan.Write {
    guard let region = Region(parsing: pair.region) else { throw .badRegion(pair.region) }
    do throws(ImageError) {
      let image = try ImageFile(path: pair.path, options: options.layers.options).measured()
      let length = image.source.byteCount ?? 0
      let sent = image.sparse == nil || options.zeroesSkips ? length : try Self.storedByteCount(image.source)
      return FlashPlan.Write(
        name: pair.region, extent: Self.extent(region, pair.region),
        image: ImageReference(
          path: pair.path, layers: options.layers, offset: 0, length: length,
          imageByteCount: image.compression == nil ? nil : length),
        byteCount: sent, attributes: [FlashPlan.Write.regionAttribute: pair.region])
    } catch {
      throw .image(error)
    }
  }

  /// Bytes of an image without what it skips.
  private static func storedByteCount(_ image: any ImageSource) throws(ImageError) -> UInt64 {
    let reader = try image.open()
    var count: UInt64 = 0
    while let extent = try reader.next() {
      if !extent.isSkip { count += extent.length }
    }
    return count
  }

  /// What the user calls the partition, without its section.
  private static func name(of region: Region) -> String {
    switch region {
    case .named(let name), .partition(_, let name): name
    case .range(let section, _, _): section
    }
  }

  private static func extent(_ region: Region, _ text: String) -> PlanExtent {
    if case .range(let section, .bytes(let start), .bytes(let length)) = region {
      return PlanExtent(section: section, start: .fromStart(start), length: length)
    }
    return PlanExtent(section: text)
  }
}
