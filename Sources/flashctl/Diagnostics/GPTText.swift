import FlashImages

/// What is wrong with partition tables, in words.
enum GPTText {
  static func sentence(_ defect: GPTDefect) -> String {
    switch defect {
    case .outside(let lba): "sector \(lba) lies outside"
    case .noSignature(let lba): "no table at sector \(lba)"
    case .otherSectorSize(let size): "the table is for \(size)-byte sectors"
    case .headerSize(let size): "a header of \(size) bytes"
    case .headerChecksum(let stored, let computed):
      "header checksum \(Diagnostic.hex(UInt64(stored))), computed \(Diagnostic.hex(UInt64(computed)))"
    case .wrongLBA(let stored, let expected): "the header of sector \(expected) says that it is sector \(stored)"
    case .entryCount(let count): "\(count) entries"
    case .entrySize(let size): "entries of \(size) bytes"
    case .arrayOutside(let lba, let sectors, let total):
      "entries at sector \(lba) (\(sectors) sectors), and there are \(total)"
    case .arrayChecksum(let stored, let computed):
      "checksum of the entries \(Diagnostic.hex(UInt64(stored))), computed \(Diagnostic.hex(UInt64(computed)))"
    }
  }

  static func sentence(_ finding: GPTFinding) -> String {
    switch finding {
    case .primaryDamaged(let defect): "the primary table is damaged (\(sentence(defect))); the backup is used"
    case .backupDamaged(let defect): "the backup table is damaged or missing (\(sentence(defect)))"
    case .copiesDiffer(let field): "primary and backup table differ: \(field)"
    case .unverified: "the table's checksums are wrong; it is shown as it is"
    case .unpatched: "the table is unpatched: it does not know yet how large its disk is"
    case .backupElsewhere(let lba, let expected): "the backup table is at sector \(lba), and belongs at \(expected)"
    case .alternateElsewhere(let lba, let expected):
      "the table is for a disk that ends with sector \(lba), and this one ends with \(expected)"
    case .checksumOverSectors: "the checksum of the entries covers whole sectors; that is accepted"
    case .noProtectiveMBR: "no protective boot record in sector 0"
    case .hybridMBR: "the boot record has partitions of its own; the GUID partition table counts"
    case .invalidRange(let name, let first, let last): "\(name): sectors \(first) to \(last) are no range of this disk"
    case .outsideUsable(let name, let first, let last):
      "\(name): sectors \(first) to \(last) reach outside those that the table calls usable"
    case .overlap(let one, let other): "\(one) and \(other) overlap"
    case .duplicateName(let name): "several partitions are called \(name); NAME@NUMBER tells them apart"
    case .emptyPartition(let name): "\(name): no sectors yet"
    }
  }
}

extension Diagnostic {
  /// A table that is not there, or cannot be made as wanted.
  init(_ error: GPTEditError) {
    switch error {
    case .noTable(let primary, let backup):
      self.init(
        code: "gpt.none",
        message: "no valid partition table: primary: \(GPTText.sentence(primary)); "
          + "backup: \(GPTText.sentence(backup))",
        remedy: "check the file and --sector-size; --lenient shows a damaged table", exitStatus: .badData)
    case .diskTooSmall(let sectors, let needed):
      self.init(
        code: "gpt.disk-too-small", message: "\(sectors) sectors, and the table alone needs \(needed)",
        remedy: "use a larger disk", exitStatus: .badData)
    case .partitionsDoNotFit(let names, let lastUsable):
      self.init(
        code: "gpt.does-not-fit",
        message: "\(names.joined(separator: ", ")): behind sector \(lastUsable), the last usable one of this disk",
        remedy: "use a disk that is large enough, or another table", exitStatus: .badData)
    case .partitionsOverlap(let one, let other):
      self.init(
        code: "gpt.overlap", message: "\(one) and \(other) overlap", remedy: "use a table whose partitions do not",
        exitStatus: .badData)
    case .nameTooLong(let name):
      self.init(
        code: "gpt.name-too-long", message: "\(name): a name has at most 36 units", remedy: "use a shorter name",
        exitStatus: .usage)
    case .tooManyPartitions(let count, let limit):
      self.init(
        code: "gpt.too-many", message: "\(count) partitions, and the table has room for \(limit)",
        remedy: "use fewer partitions", exitStatus: .badData)
    case .noPartition(let name):
      self.init(
        code: "gpt.no-partition", message: "no partition \(name)", remedy: "`flashctl gpt show` lists what there is",
        exitStatus: .badData)
    case .badRange(let name, let first, let last):
      self.init(
        code: "gpt.bad-range", message: "\(name): sectors \(first) to \(last) cannot be used",
        remedy: "stay within the table's usable sectors", exitStatus: .badData)
    case .noSlots:
      self.init(
        code: "gpt.no-slots", message: "no partitions NAME_a and NAME_b, so there are no slots",
        remedy: "this device boots in one way only", exitStatus: .badData)
    case .activeSlotUnknown(let pair):
      self.init(
        code: "gpt.slot-unknown", message: "\(pair)_a and \(pair)_b: not exactly one is marked active",
        remedy: "use --assume-a to take a for the active one", exitStatus: .badData)
    }
  }
}
