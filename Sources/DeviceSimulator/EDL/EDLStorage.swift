/// The storage of a simulated device in emergency download mode: sections by physical partition number.
struct EDLStorage: Sendable {
  /// One physical partition: a UFS LUN, an area of an eMMC, a whole flash.
  struct Section: Sendable {
    var number: Int
    /// Which of several storage devices of the kind it belongs to.
    var slot = 0
    var sectorByteCount: Int
    var file: SectionFile

    /// Tells the section from all others.
    var id: Int { slot << 16 | number }
    var sectorCount: UInt64 { file.byteCount / UInt64(sectorByteCount) }
  }

  var sections: [Section]
  /// What is kept besides the sections; written to the folder by `record`.
  var state: EDLStorageState

  subscript(id: Int) -> Section? { sections.first { $0.id == id } }

  /// A physical partition of one storage device.
  func section(_ number: UInt64, slot: UInt64) -> Section? {
    sections.first { UInt64($0.number) == number && UInt64($0.slot) == slot }
  }

  func sections(inSlot slot: Int) -> [Section] { sections.filter { $0.slot == slot } }
}
