import FlashCore

/// The sections of a MediaTek device's storage as users, scatter files and agents name them, whatever agent tells of them.
///
/// eMMC: `user`, `boot1`, `boot2`, `rpmb`, `gp1` … `gp4`. UFS: `lun0`, `lun1`, …, of which the first two are to boot from
/// and the third has the partitions; they also go by their numbers, and by `boot1`, `boot2` and `user`. NAND and NOR: `user`.
/// The section with the partitions comes first, because it is what commands without a section are about.
enum MediaTekSections {
  /// Sections without a size do not exist. All sizes are in bytes.
  static func emmc(
    sectorByteCount: UInt64, user: UInt64, boot1: UInt64, boot2: UInt64, rpmb: UInt64, general: [UInt64] = []
  ) -> StorageMap {
    var sizes: [(name: String, byteCount: UInt64)] = [
      ("user", user), ("boot1", boot1), ("boot2", boot2), ("rpmb", rpmb),
    ]
    sizes += general.prefix(4).enumerated().map { ("gp\($0.offset + 1)", $0.element) }
    return StorageMap(
      sizes.filter { $0.byteCount > 0 }.map { name, byteCount in
        StorageSection(name: name, byteCount: byteCount, sectorByteCount: sectorByteCount)
      })
  }

  /// `units` are the sizes of the logical units in order, 0 for those that do not exist.
  static func ufs(sectorByteCount: UInt64, units: [UInt64]) -> StorageMap {
    // The fourth one takes signed requests only, where there is one (`docs/protocols/mtk-xml.md` 9).
    let names = ["boot1", "boot2", "user", "rpmb"]
    var sections = units.prefix(8).enumerated().filter { $0.element > 0 }.map { number, byteCount in
      StorageSection(
        name: "lun\(number)", aliases: ["\(number)"] + (number < names.count ? [names[number]] : []),
        byteCount: byteCount, sectorByteCount: sectorByteCount)
    }
    if let user = sections.firstIndex(where: { $0.aliases.contains("user") }) {
      sections.insert(sections.remove(at: user), at: 0)
    }
    return StorageMap(sections)
  }

  /// Raw flash with bad blocks.
  static func nand(byteCount: UInt64, pageByteCount: UInt64, blockByteCount: UInt64) -> StorageMap {
    var section = StorageSection(
      name: "user", kind: .nand, byteCount: byteCount, sectorByteCount: pageByteCount)
    section.blockByteCount = blockByteCount
    return StorageMap([section])
  }

  static func nor(byteCount: UInt64, pageByteCount: UInt64) -> StorageMap {
    StorageMap([StorageSection(name: "user", byteCount: byteCount, sectorByteCount: pageByteCount)])
  }
}
