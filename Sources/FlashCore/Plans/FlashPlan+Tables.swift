public import FlashImages

extension FlashPlan {
  /// A plan that writes the copies of a partition table to a section, in the order of `writes`; each is read back.
  ///
  /// `purpose` is what the plan is called where descriptors are named. Throws `StorageError` for a sector that no section
  /// has.
  public init(
    writing writes: [GPTWrite], to section: StorageSection, family: String, model: String? = nil, purpose: String
  ) throws {
    let steps = try writes.map { write -> Step in
      let (start, overflows) = write.lba.multipliedReportingOverflow(by: section.sectorByteCount)
      let extent = PlanExtent(
        section: section.name, start: .fromStart(overflows ? .max : start), length: UInt64(write.bytes.count))
      guard !overflows else { throw StorageError.outside(extent, sectionByteCount: section.byteCount ?? 0) }
      return .write(
        Write(
          name: write.part.rawValue, extent: extent,
          image: ImageReference(bytes: write.bytes, name: "gpt-" + write.part.rawValue),
          byteCount: UInt64(write.bytes.count), isReadBack: true))
    }
    self.init(family: family, model: model, descriptors: [purpose], steps: steps)
  }
}
