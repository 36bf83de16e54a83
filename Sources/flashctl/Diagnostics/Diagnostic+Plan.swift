import FlashCore

extension Diagnostic {
  /// A plan that was refused before anything was written.
  init(_ error: PlanError) {
    switch error {
    case .doesNotFit(let name, let byteCount, let room):
      self.init(
        code: "plan.does-not-fit", message: "\(name): the image has \(byteCount) bytes, and there is room for \(room)",
        remedy: "check that it is the right file for this device (`flashctl partitions`)", exitStatus: .badData)
    case .otherSectorSize(let name, let section, let planned, let size):
      self.init(
        code: "plan.sector-size",
        message: "\(name): planned for sectors of \(planned) bytes, and those of section \(section) have \(size)",
        remedy: "get the package for this device's kind of storage", exitStatus: .badData)
    case .overlap(let first, let second, let place):
      self.init(
        code: "plan.overlap", message: "\(first) and \(second) are about the same bytes (\(place))",
        remedy: "leave one of them out, or allow it with --allow-overlap: the later one stays", exitStatus: .badData)
    case .protected(let names):
      self.init(
        code: "plan.protected",
        message: "\(names.joined(separator: ", ")): holds data that only this device has (calibration, IMEI, keys)",
        remedy: "save it with `flashctl backup`, and allow it with --allow-protected if you are sure",
        exitStatus: .usage)
    case .fusing(let names):
      self.init(
        code: "plan.fusing",
        message: "\(names.joined(separator: ", ")): burns fuses on some products, which nothing undoes",
        remedy: "allow it with --allow-fusing if you are sure", exitStatus: .usage)
    case .fileDigest(let file, let expected, let found):
      self.init(
        code: "plan.file-digest", message: "\(file): its SHA-256 is \(found), and should be \(expected)",
        remedy: "the file is damaged or another one; get it again", exitStatus: .badData)
    case .otherStorage(let section, let savedSectors, let savedSize, let sectors, let size):
      self.init(
        code: "plan.other-storage",
        message: "the backup's section \(section) has \(savedSectors) sectors of \(savedSize) bytes, and the device's "
          + "\(sectors.map { "\($0)" } ?? "an unknown number") of \(size)",
        remedy: "restore to the device that it is from, or write single files with `flashctl write`",
        exitStatus: .badData)
    case .unfinished(let journal, let finished, let steps):
      self.init(
        code: "plan.unfinished",
        message: "the same plan was cut off on this device after step \(finished) of \(steps) (\(journal))",
        remedy: "go on with --resume, or begin anew with --restart", exitStatus: .usage)
    }
    step = "check the plan"
  }

  /// A place in the storage that could not be found.
  init(_ error: StorageError, device: String?) {
    let name = device ?? "the device"
    switch error {
    case .noSection(let section, let known):
      self.init(
        code: "storage.no-section",
        message: "\(name) has no section \(section)"
          + (known.isEmpty ? "" : "; it has \(known.joined(separator: ", "))"),
        remedy: "`flashctl partitions` shows how the storage is divided", exitStatus: .usage)
    case .noPartition(let partition):
      self.init(
        code: "storage.no-partition", message: "\(name) has no partition \(partition)",
        remedy: "`flashctl partitions` lists them", exitStatus: .usage)
    case .ambiguousPartition(let partition, let sections):
      self.init(
        code: "storage.ambiguous-partition",
        message: "\(name) has \(partition) several times, in sections \(sections.joined(separator: ", "))",
        remedy: "write \(sections.first ?? "SECTION")/\(partition)", exitStatus: .usage)
    case .outside(let extent, let size) where extent.beginsBefore(size):
      self.init(
        code: "storage.outside", message: "\(extent) begins before its section, which has \(size) bytes",
        remedy: "check the numbers; `flashctl partitions` shows sizes", exitStatus: .usage)
    case .outside(let extent, let size):
      self.init(
        code: "storage.outside", message: "\(extent) reaches beyond its section, which has \(size) bytes",
        remedy: "check the numbers; `flashctl partitions` shows sizes", exitStatus: .usage)
    case .sizeUnknown(let extent):
      self.init(
        code: "storage.size-unknown", message: "\(name) does not tell how large section \(extent.section) is",
        remedy: "say it with --disk-sectors \(extent.section)=SECTORS, or write a region as SECTION/START+LENGTH",
        exitStatus: .usage)
    case .unaligned(let extent, let unit):
      self.init(
        code: "storage.unaligned", message: "\(extent) does not begin and end where sectors of \(unit) bytes do",
        remedy: "use multiples of \(unit), or numbers of sectors with the suffix s", exitStatus: .usage)
    case .expression(let text, let reason):
      self.init(
        code: "storage.expression", message: "“\(text)” has no value on this device (\(reason))",
        remedy: "check the descriptor that it is from", exitStatus: .badData)
    case .invalidPatch(let section, let value):
      self.init(
        code: "storage.invalid-patch", message: "a patch of section \(section) with “\(value)” has not 1 to 8 bytes",
        remedy: "check the descriptor that it is from", exitStatus: .badData)
    }
    self.device = device
  }

  /// A part of a backup that could not be read: the step's name says which.
  init(_ failure: StorageBackup.Failure, device: String?) {
    self.init(describing: failure.underlying, device: device)
    step = "back up \(failure.name)"
    guard !(failure.underlying is CancellationError) else { return }
    message = "\(failure.name): \(message)"
    let hint = "--skip \(failure.name) saves everything else"
    remedy = remedy.map { "\($0); \(hint)" } ?? hint
  }

  /// The device holds something else.
  init(_ error: ContentDiffers, device: String?) {
    self.init(
      code: "device.content-differs",
      message: "\(error.name): \(device ?? "the device") holds something else at \(error.range), "
        + (error.found == .digest ? "by its own digest" : "as reading back shows"),
      remedy: "write it (`--delta` sends only what differs); when it differs right after that, the storage is failing",
      exitStatus: .transferFailed,
      device: device)
  }

  /// A failed step of a plan: the step's own error, with the step's name and what state it leaves behind.
  init(_ failure: PlanRunner.Failure, device: String?) {
    self.init(describing: failure.underlying, device: device)
    guard failure.step > 0 else {
      step = step ?? "check the plan"
      if let descriptor = failure.descriptor { blame(descriptor, failure) }
      return
    }
    step = failure.action == failure.name ? failure.action : "\(failure.action) \(failure.name)"
    if failure.action == "verify", failure.underlying is ContentDiffers {
      remedy = "write it again; when it differs again, look at the cable, then at the storage"
    }
    if failure.action == "erase", (failure.underlying as? any DeviceRefusal)?.leavesDeviceListening != true {
      message += "; \(failure.name) may be erased in part"
    }
    if failure.hasBegun, failure.acceptedBytes == 0 { message += "; \(failure.name) may be overwritten in part" }
    guard failure.isResumable else { return }
    if failure.acceptedBytes > 0 {
      message += "; \(Units.bytes(failure.acceptedBytes)) of \(failure.name) were sent, and the rest is not written"
    }
    if code == "cancelled", failure.acceptedBytes == 0 { message += Self.remaining(failure) }
    let hint = "the same command with --resume goes on where it stopped"
    remedy = remedy.map { "\($0); \(hint)" } ?? hint
  }

  /// What a run that was ended between two pieces of work leaves behind.
  private static func remaining(_ failure: PlanRunner.Failure) -> String {
    let done =
      switch failure.finishedSteps {
      case 0: "no step is finished"
      case 1: "step 1 is done"
      case let count: "steps 1 to \(count) are done"
      }
    return failure.action == "compare" || failure.action == "verify"
      ? "; it was comparing \(failure.name), which changes nothing; \(done)"
      : "; \(done), and the device waits for more"
  }

  /// A descriptor's entry was refused: its file, line and label come first, and the package is wrong, not the command.
  private mutating func blame(_ descriptor: String, _ failure: PlanRunner.Failure) {
    guard failure.underlying is StorageError || failure.underlying is PlanError else { return }
    let name = failure.name + ": "
    message = "\(descriptor): \(name)" + (message.hasPrefix(name) ? String(message.dropFirst(name.count)) : message)
    switch failure.underlying {
    case StorageError.sizeUnknown(let extent):
      remedy = "say how large the section is with --disk-sectors \(extent.section)=SECTORS"
    case StorageError.noSection, StorageError.outside, StorageError.unaligned:
      remedy = "get the package for this device's storage; `flashctl partitions` shows how that is divided"
      exitStatus = .badData
    default: return
    }
  }
}

extension PlanExtent {
  /// Whether it begins before a section of that many bytes does.
  fileprivate func beginsBefore(_ sectionByteCount: UInt64) -> Bool {
    if case .fromEnd(let distance) = start { distance > sectionByteCount } else { false }
  }
}
