import FlashCore
import FlashImages

/// Turns `REGION=FILE` into a step: the file unpacked and expanded, the region as it was written where only a device can
/// tell where it lies.
struct PairPlanner {
  let options: PackageOptions

  /// The pair's write, with the erasing that the user wants before it.
  func steps(_ pair: PlanRequest.Pair) throws(QualcommPlanError) -> [FlashPlan.Step] {
    let write = try write(pair)
    guard options.erasesFirst else { return [.write(write)] }
    return [
      .erase(FlashPlan.Erase(name: write.name, extent: write.extent, attributes: write.attributes)), .write(write),
    ]
  }

  private func write(_ pair: PlanRequest.Pair) throws(QualcommPlanError) -> FlashPlan.Write {
    guard let region = Region(parsing: pair.region) else { throw .badRegion(pair.region) }
    if DevicePartitions.isProtected(name(of: region)), !options.allowsProtected {
      throw .protected([name(of: region)])
    }
    if DevicePartitions.fuses(label: name(of: region), fileName: pair.path), !options.allowsFusing {
      throw .fusing([name(of: region)])
    }
    let image: ImageFile
    do throws(ImageError) {
      image = try ImageFile(path: pair.path, options: options.layers.options).measured()
    } catch {
      throw .image(error, at: nil)
    }
    let length = image.source.byteCount ?? 0
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
