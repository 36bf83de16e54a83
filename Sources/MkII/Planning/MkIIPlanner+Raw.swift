import FlashCore
import FlashImages
import WireFormat

extension MkIIPlanner {
  /// The images that the user gives as `TYPE=FILE`, each with a header of our own.
  mutating func rawImages(layout: [UInt8]?) throws(MkIIPlanError) -> [MkIIPlannedImage] {
    var raw: [MkIIPlannedImage] = []
    for pair in request.pairs {
      try checkType(pair.region)
      guard !raw.contains(where: { $0.type == pair.region }) else { throw .namedTwice(type: pair.region) }
      let source = try open(pair)
      guard request.types.isEmpty || request.types.contains(pair.region) else {
        skipped.append(
          FlashPlan.Skipped(name: pair.region, byteCount: source.byteCount ?? 0, reason: .notSelected))
        continue
      }
      try checkContent(of: pair, byteCount: source.range.upperBound)
      raw.append(try planned(pair, source, layout: pair.region == "mmc" ? layout : nil))
    }
    return raw
  }

  private func checkType(_ type: String) throws(MkIIPlanError) {
    if FIASCOImageType.otherModes.contains(type) { throw .otherMode(type: type) }
    let isKnown = FIASCOImageType.known.contains(type) || subject.supportedImages?.contains(type) == true
    guard isKnown, (1...12).contains(type.utf8.count) else { throw .unknownType(type) }
  }

  private func open(_ pair: PlanRequest.Pair) throws(MkIIPlanError) -> FileImageSource {
    let source: FileImageSource
    let padding = FileImageSource.Padding(
      byte: FIASCOImageType.paddingByte, toMultipleOf: FIASCOImageType.paddingMultiple(of: pair.region))
    do throws(ImageError) { source = try FileImageSource(path: pair.path, padding: padding) } catch {
      throw .file(error)
    }
    guard !source.range.isEmpty else { throw .emptyImage(type: pair.region, path: pair.path) }
    return source
  }

  /// A file whose first bytes contradict its type is refused unless the user insists (fiasco.md 8).
  private mutating func checkContent(of pair: PlanRequest.Pair, byteCount: UInt64) throws(MkIIPlanError) {
    let sample: [UInt8]
    do throws(ImageError) {
      let count = min(UInt64(RawImageKind.sampleByteCount), byteCount)
      sample = try RegularFile(path: pair.path).bytes(at: 0, count: Int(count))
    } catch { throw .file(error) }
    guard let kind = RawImageKind.detect(sample.rawSpan, byteCount: byteCount), kind.rawValue != pair.region else {
      return
    }
    guard request.isForced else {
      throw .detectedOtherType(path: pair.path, given: pair.region, detected: kind.rawValue)
    }
    warnings.append(
      PlanWarning(code: MkIIWarning.detectedOtherType, subject: pair.region, facts: ["detected": kind.rawValue]))
  }

  private func planned(
    _ pair: PlanRequest.Pair, _ source: FileImageSource, layout: [UInt8]?
  ) throws(MkIIPlanError) -> MkIIPlannedImage {
    let byteCount = source.byteCount ?? 0
    guard let size = UInt32(exactly: byteCount) else { throw .tooLarge(type: pair.region, byteCount: byteCount) }
    let hash: UInt16
    do throws(ImageError) { hash = try MkIIImageCheck.scan(source).hash } catch { throw .file(error) }
    let fileData = FIASCOFileData(name: pair.region, size: size, hash: hash)
    let device = subject.model.map { FIASCODeviceEntry(device: String($0.prefix(15))) }
    var blocks: [FIASCOBlock] = [.fileData(fileData)]
    if let device { blocks.append(.device(device)) }
    if let layout { blocks.append(.layout(layout)) }
    var header: [UInt8] = []
    for block in blocks { block.serialize(into: &header) }
    header.append(0)
    return try MkIIPlannedImage(
      fileData: fileData,
      reference: MkIIPlannedImage.reference(path: pair.path, range: source.range, type: pair.region),
      header: Self.checked(header, type: pair.region), device: device, layout: layout, isNamed: true)
  }

  /// The text of `--layout`: at most what a block 33 holds.
  static func layout(at path: String) throws(MkIIPlanError) -> [UInt8] {
    let text: (length: UInt64, bytes: [UInt8])
    do throws(ImageError) {
      let file = try RegularFile(path: path)
      let length = try file.length()
      text = (length, length <= 255 ? try file.bytes(at: 0, count: Int(length)) : [])
    } catch {
      throw .file(error)
    }
    guard text.length <= 255 else { throw .layoutTooLong(path: path, byteCount: text.length) }
    return text.bytes
  }
}
