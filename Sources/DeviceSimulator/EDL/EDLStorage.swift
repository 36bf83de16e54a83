/// The storage of a simulated device in emergency download mode: sections by physical partition number.
struct EDLStorage: Sendable {
  /// One physical partition: a UFS LUN, an area of an eMMC, a whole flash.
  struct Section: Sendable {
    var number: Int
    var sectorByteCount: Int
    var file: SectionFile

    var sectorCount: UInt64 { file.byteCount / UInt64(sectorByteCount) }
  }

  var sections: [Section]
  /// What is kept besides the sections; written to the folder by `record`.
  var state: EDLStorageState

  subscript(number: Int) -> Section? { sections.first { $0.number == number } }
}
