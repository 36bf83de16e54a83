import FlashCore
import FlashImages

/// Writes of images. Source: `docs/protocols/mtk-scatter.md` 5.4 to 5.6.
extension ScatterTranslation {
  /// What is done to write an image to one section.
  func writes(
    of image: MediaTekImage, to partition: ScatterPartition, _ section: ScatterSection, _ range: Range<UInt64>?
  ) throws(MediaTekPlanError) -> [FlashPlan.Step] {
    let isLoader = partition.role == .preloader || partition.role == .preloaderBackup
    let extent = extent(of: partition, in: section, range)
    if isLoader, request.scatter.writesRawPreloader { return try rawLoader(image, partition, extent) }
    var write = FlashPlan.Write(
      name: partition.name, extent: extent, image: isLoader ? image.loaderReference : image.reference,
      byteCount: isLoader ? image.facts.byteCount : image.sentByteCount, attributes: attributes(partition.name))
    if isLoader {
      write.attributes[FlashPlan.Write.deviceNameAttribute] = loaderName(partition, section)
      write.isReadBack = true
    } else if request.scatter.sendsWholeImages || storage == .nand, section == storage.userSection {
      write.attributes[FlashPlan.Write.deviceNameAttribute] =
        device.facts.partition(named: partition.name)?.name ?? partition.name
    }
    // The next stages of the boot loader lie among the partitions.
    if partition.operation.effective(hasFile: true) == .bootloaders { write.isReadBack = true }
    guard request.package.erasesFirst, !isLoader else { return [.write(write)] }
    return [
      .erase(FlashPlan.Erase(name: write.name, extent: extent, attributes: attributes(partition.name))), .write(write),
    ]
  }

  /// What agents call the place of a boot loader.
  private func loaderName(_ partition: ScatterPartition, _ section: ScatterSection) -> String {
    guard storage.bootSections.count > 1 else {
      return partition.role == .preloaderBackup ? "preloader_backup" : "preloader"
    }
    return section == storage.bootSections[1] ? "preloader_backup" : "preloader"
  }

  /// The bytes of a boot section: as the file has them, or behind a header that is made here.
  private func rawLoader(
    _ image: MediaTekImage, _ partition: ScatterPartition, _ extent: PlanExtent
  ) throws(MediaTekPlanError) -> [FlashPlan.Step] {
    func write(_ reference: ImageReference, at offset: UInt64) -> FlashPlan.Step {
      var place = extent
      if case .fromStart(let start) = extent.start { place.start = .fromStart(start + offset) }
      place.length = extent.length.map { $0 - min($0, offset) }
      return .write(
        FlashPlan.Write(
          name: partition.name, extent: place, image: reference, byteCount: reference.length, isReadBack: true,
          attributes: attributes(partition.name)))
    }
    guard let loader = image.loader, loader.lowerBound == 0 else { return [write(image.reference, at: 0)] }
    guard storage == .emmc, let header = BootSectionHeader.emmc(loaderByteCount: Int(clamping: image.facts.byteCount))
    else { throw .noBootHeader(entry: partition.name, storage) }
    let offset = UInt64(header.count)
    if let room = extent.length, image.facts.byteCount > room - min(room, offset) {
      throw .refused(
        .imageTooLarge(entry: partition.name, byteCount: image.facts.byteCount + offset, room: room), path: file.path)
    }
    return [
      write(ImageReference(bytes: header, name: "boot header"), at: 0), write(image.loaderReference, at: offset),
    ]
  }
}
