import FlashImages

/// What is in the sections of an imitated device before anything has been flashed: data, not code.
struct EDLLayout: Sendable {
  /// One partition; sizes are those of the device, except where they would only waste time.
  struct Partition: Sendable {
    var name: String
    /// `nil`: all that is left.
    var byteCount: UInt64?

    init(_ name: String, _ byteCount: UInt64?) {
      self.name = name
      self.byteCount = byteCount
    }
  }

  enum Content: Sendable {
    case partitions([Partition])
    /// No table: boot areas.
    case none
    /// A NAND's table in its MIBIB block; the partitions' sizes are whole blocks.
    case mibib([Partition])
  }

  struct Section: Sendable {
    var number: Int
    var byteCount: UInt64
    var content: Content
    /// Which of several storage devices of the kind it belongs to.
    var slot = 0
  }

  var sections: [Section]
}

extension EDLLayout.Section {
  /// What GPT entries there are on a section of `sectorCount` sectors. Where the partitions are too large for it, all get
  /// smaller alike.
  static func entries(
    of partitions: [EDLLayout.Partition], sectorByteCount: Int, sectorCount: UInt64
  ) -> [GPTBuilder.Partition] {
    let unit = UInt64(sectorByteCount)
    let usable = sectorCount - min(sectorCount, 2 * (UInt64(128 * 128) / unit + 2))
    let sizes = partitions.map { $0.byteCount.map { max(1, ($0 + unit - 1) / unit) } }
    let total = sizes.reduce(0) { $0 + ($1 ?? 0) }
    let room = usable / 4 * 3
    return zip(partitions, sizes).map { partition, size in
      let isActive = partition.name.hasSuffix("_a")
      var attributes = GPTAttributes(rawValue: 0)
      var type = GUID(derivedFrom: "partition type " + partition.name)
      if isActive { attributes.slotByte = 0x6F }
      if partition.name.hasSuffix("_b") {
        attributes.slotByte = 0x3A
        type = inactiveType
      }
      let count = size.map { total > room ? max(1, $0 * room / max(1, total)) : $0 }
      return GPTBuilder.Partition(name: partition.name, type: type, sectorCount: count, attributes: attributes)
    }
  }

  /// The type of the slots that are not active.
  private static var inactiveType: GUID { GUID("77036CD4-03D5-42BB-8ED1-37E5A88BAA34") ?? .linuxData }
}
