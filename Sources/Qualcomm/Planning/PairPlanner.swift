import FlashCore
import FlashImages

/// Turns `REGION=FILE` into a step: the file unpacked and expanded, the region as it was written where only a device can
/// tell where it lies.
struct PairPlanner {
  let options: PackageOptions

  /// The writes of all pairs, once the user has agreed to all that needs it, with the erasing that the user wants before
  /// each.
  func steps(_ pairs: [PlanRequest.Pair]) throws(QualcommPlanError) -> [FlashPlan.Step] {
    var protected: [String] = []
    var fusing: [String] = []
    for pair in pairs {
      guard let region = Region(parsing: pair.region) else { throw .badRegion(pair.region) }
      let name = name(of: region)
      // What burns fuses has a word of its own, which says enough.
      if ProtectedPartitions.burnsFuses(name, file: pair.path) {
        fusing.append(name)
      } else if ProtectedPartitions.contains(name) {
        protected.append(name)
      }
    }
    guard fusing.isEmpty || options.allowsFusing else { throw .fusingRegions(fusing) }
    guard protected.isEmpty || options.allowsProtected else { throw .protectedRegions(protected) }
    var steps: [FlashPlan.Step] = []
    for pair in pairs {
      let write = try write(pair)
      if options.erasesFirst {
        steps.append(
          .erase(FlashPlan.Erase(name: write.name, extent: write.extent, attributes: write.attributes)))
      }
      steps.append(.write(write))
    }
    return steps
  }

  private func write(_ pair: PlanRequest.Pair) throws(QualcommPlanError) -> FlashPlan.Write {
    guard let region = Region(parsing: pair.region) else { throw .badRegion(pair.region) }
    let image: ImageFile
    do throws(RoomyImage.Failure) {
      image = try RoomyImage(room: pair.room, options: options.layers.options) { (options) throws(ImageError) in
        try ImageFile(path: pair.path, options: options)
      }.file
    } catch {
      switch error {
      case .image(let error): throw .image(error, at: nil)
      case .tooLarge(let room): throw .expandsBeyond(file: pair.path, room: room, at: nil)
      }
    }
    let length = image.source.byteCount ?? 0
    guard length > 0 else { throw .emptyImage(file: pair.path, region: pair.region) }
    var sent = length
    if let sparse = image.sparse, !options.zeroesSkips {
      do throws(ImageError) { sent = try SparseRuns(sparse, sectorByteCount: 512).sentByteCount } catch {
        throw .image(error, at: nil)
      }
    }
    return FlashPlan.Write(
      name: pair.region, extent: extent(region, pair.region),
      image: ImageReference(
        path: pair.path, layers: options.layers, offset: 0, length: length,
        imageByteCount: image.compression == nil ? nil : length),
      byteCount: sent, attributes: [FlashPlan.Write.regionAttribute: pair.region])
  }

  /// What the user calls the partition, without its section.
  private func name(of region: Region) -> String {
    switch region {
    case .named(let name), .partition(_, let name): name
    case .range(let section, _, _): section
    }
  }

  private func extent(_ region: Region, _ text: String) -> PlanExtent {
    if case .range(let section, .bytes(let start), .bytes(let length)) = region {
      return PlanExtent(section: section, start: .fromStart(start), length: length)
    }
    return PlanExtent(section: text)
  }

}
