/// Checks a layout: against itself, against the device where its sizes are known, and against the images.
///
/// Source: `docs/protocols/mtk-scatter.md` 4.2 and 4.6.
public struct ScatterCheck {
  private let map: ScatterMap
  private let sections: [ScatterSection: UInt64]
  private let sectorByteCount: UInt64
  /// By the entry's index; entries that are written are those with one.
  private let images: [Int: ScatterImage]
  /// Entries whose file was looked for and is not there.
  private let missing: Set<Int>
  private let namesFiles: Bool
  /// In the order of the entries that they are about.
  public private(set) var findings: [ScatterFinding] = []

  /// `sections` are sizes of the device's sections, as far as they are known; `images` the images of entries that are to
  /// be written, by index; `missing` the entries whose file is not there. `namesFiles` is false for forms that name none.
  public init(
    _ map: ScatterMap, sections: [ScatterSection: UInt64] = [:], sectorByteCount: UInt64? = nil,
    images: [Int: ScatterImage] = [:], missing: Set<Int> = [], namesFiles: Bool = true
  ) {
    self.map = map
    self.sections = sections
    self.sectorByteCount = max(1, sectorByteCount ?? map.layout.storage?.usualSectorByteCount ?? 512)
    self.images = images
    self.missing = missing
    self.namesFiles = namesFiles
    for placement in map.placements { check(placement) }
    for disagreement in map.disagreements {
      add(.placeholder(stated: disagreement.stated, computed: disagreement.computed), .warning, disagreement.index)
    }
    checkNeighbours()
    findings.sort { $0.index < $1.index }
  }

  private mutating func add(_ kind: ScatterFinding.Kind, _ severity: ScatterFinding.Severity, _ index: Int) {
    findings.append(ScatterFinding(kind, severity, at: index))
  }

  private func isWritten(_ index: Int) -> Bool { images[index] != nil || missing.contains(index) }

  // MARK: One entry

  private mutating func check(_ placement: ScatterPlacement) {
    let (partition, index) = (placement.partition, placement.index)
    let severity: ScatterFinding.Severity = isWritten(index) ? .error : .warning
    if map.layout.storage != nil, placement.sections.isEmpty {
      add(.unknownRegion(partition.region.text), severity, index)
    }
    checkSelection(of: partition, index)
    if partition.type.needsTranslationLayer, isWritten(index) { add(.translationLayer, .error, index) }
    if !isAligned(placement) { add(.unaligned(sectorByteCount: sectorByteCount), severity, index) }
    for section in placement.sections {
      guard let size = sections[section] else { continue }
      checkEnd(of: placement, in: section, size)
    }
    checkImage(of: placement)
  }

  private mutating func checkSelection(of partition: ScatterPartition, _ index: Int) {
    if missing.contains(index) { return add(.fileMissing(partition.fileName ?? partition.name), .error, index) }
    guard images[index] == nil else { return }
    if partition.isDownload, partition.fileName == nil, namesFiles {
      add(.nothingToWrite, .note, index)
    }
    if !partition.isDownload, partition.fileName != nil { add(.notSelected, .note, index) }
  }

  private func isAligned(_ placement: ScatterPlacement) -> Bool {
    var numbers: [UInt64] = []
    if case .fromStart(let start) = placement.start { numbers.append(start) }
    if case .fromEnd(let distance) = placement.start { numbers.append(distance) }
    if !placement.takesRest { numbers.append(placement.partition.byteCount) }
    return numbers.allSatisfy { $0.isMultiple(of: sectorByteCount) }
  }

  private mutating func checkEnd(of placement: ScatterPlacement, in section: ScatterSection, _ size: UInt64) {
    guard placement.range(inSectionOf: size) == nil else { return }
    // What a boot loader's entry states is the room of a board's boot sections together.
    if placement.partition.role == .preloader || placement.partition.role == .preloaderBackup { return }
    let severity: ScatterFinding.Severity = isWritten(placement.index) || isInTable(placement) ? .error : .warning
    if placement.takesRest, placement.byteCount(inSectionOf: size) == nil {
      add(.noRoom, severity, placement.index)
    } else if placement.size != .unknown, placement.start != .unknown {
      add(.beyondEnd(section: section, sectionByteCount: size), severity, placement.index)
    }
  }

  /// Whether the partition table has the entry: no table can be made of one that lies outside.
  private func isInTable(_ placement: ScatterPlacement) -> Bool {
    guard let storage = map.layout.storage, storage.hasPartitionTable, map.layout.partition(named: "MBR") == nil else {
      return false
    }
    return placement.sections == [storage.userSection] && !placement.partition.isTable
  }

  private mutating func checkImage(of placement: ScatterPlacement) {
    guard let image = images[placement.index] else { return }
    if let kind = image.content, kind.isRefused {
      add(.noImage(kind), .error, placement.index)
    } else if image.isLoader == false {
      add(.noLoader, .error, placement.index)
    }
    guard let room = room(of: placement), image.byteCount > room else { return }
    let isError =
      placement.partition.checksBoundary || nextStart(behind: placement).map { image.byteCount > $0 } == true
    add(.imageTooLarge(byteCount: image.byteCount, room: room), isError ? .error : .warning, placement.index)
  }

  /// Bytes that an image may have; `nil` where only a device can tell.
  private func room(of placement: ScatterPlacement) -> UInt64? {
    let sizes = placement.sections.compactMap { sections[$0] }
    let isBoot = placement.partition.role == .preloader || placement.partition.role == .preloaderBackup
    if isBoot, let smallest = sizes.min() {
      return min(smallest, placement.partition.byteCount == 0 ? .max : placement.partition.byteCount)
    }
    if let known = placement.knownByteCount { return known }
    return sizes.compactMap { placement.byteCount(inSectionOf: $0) }.min()
  }

  /// Bytes up to the next entry: the limit of an image that need not fit into its own.
  private func nextStart(behind placement: ScatterPlacement) -> UInt64? {
    guard case .fromStart(let start) = placement.start else { return placement.knownByteCount }
    return map.placements.compactMap { other -> UInt64? in
      guard case .fromStart(let next) = other.start, next > start, other.sections == placement.sections else {
        return nil
      }
      return next - start
    }.min()
  }

  // MARK: Neighbours

  private struct Span {
    var index: Int
    var range: Range<UInt64>
    /// Its end is nominal, and overlaps what comes behind as a rule.
    var isNominal: Bool
  }

  private mutating func checkNeighbours() {
    for section in ScatterSection.allCases {
      let spans = spans(in: section)
      for (one, other) in zip(spans, spans.dropFirst()) where other.range.lowerBound < one.range.lowerBound {
        add(.notAscending, .note, other.index)
      }
      sweep(spans.sorted { $0.range.lowerBound < $1.range.lowerBound }, in: section)
    }
  }

  private mutating func sweep(_ spans: [Span], in section: ScatterSection) {
    guard var furthest = spans.first else { return }
    for span in spans.dropFirst() {
      if span.range.lowerBound < furthest.range.upperBound, !furthest.isNominal {
        let shared = min(span.range.upperBound, furthest.range.upperBound) - span.range.lowerBound
        if shared > 0 {
          add(
            .overlap(
              other: map.placements[furthest.index].partition.name, section: section, bytes: shared),
            isWritten(span.index) && isWritten(furthest.index) ? .error : .warning, span.index)
        }
      } else if span.range.lowerBound > furthest.range.upperBound, !furthest.isNominal {
        add(.gap(bytes: span.range.lowerBound - furthest.range.upperBound), .note, span.index)
      }
      if span.range.upperBound > furthest.range.upperBound || furthest.isNominal { furthest = span }
    }
  }

  private func spans(in section: ScatterSection) -> [Span] {
    map.placements.compactMap { placement in
      guard placement.sections.contains(section) else { return nil }
      if let size = sections[section], let range = placement.range(inSectionOf: size) {
        return Span(index: placement.index, range: range, isNominal: false)
      }
      guard case .fromStart(let start) = placement.start else { return nil }
      let count = placement.takesRest ? 0 : placement.partition.byteCount
      return Span(index: placement.index, range: start..<start.addingClamped(count), isNominal: placement.takesRest)
    }
  }
}
