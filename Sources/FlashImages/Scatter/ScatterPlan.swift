/// What a mode does with a device, step by step, each with its reason.
///
/// A plan is made by `ScatterPlanner`, from facts alone; whoever carries it out decides how.
/// Source: `docs/protocols/mtk-scatter.md` 7.
public struct ScatterPlan: Equatable, Sendable {
  public enum Action: Equatable, Sendable {
    /// Read to a file on the host, with its digest; a failure ends the job before anything is changed.
    case backUp(name: String, section: ScatterSection, range: Range<UInt64>)
    case erase(name: String?, section: ScatterSection, range: Range<UInt64>)
    /// Write both copies of the partition table and read them again.
    case writeTable(ScatterTable)
    /// Write what was backed up, at its new place.
    case restore(name: String, section: ScatterSection, range: Range<UInt64>)
    /// Write an image. `range` is the room that it has; `nil` in boot sections whose size the device did not say.
    case write(name: String, sections: [ScatterSection], range: Range<UInt64>?, image: ScatterImage)
    /// Read a boot section back and compare, before the device is restarted.
    case prove(name: String, sections: [ScatterSection])
  }

  public enum Reason: Equatable, Sendable {
    /// Ticked in the file, or named by the user.
    case selected
    /// Only this device has the content.
    case deviceSpecific
    /// About to be replaced by a file, which does not bring its content back.
    case aboutToBeReplaced
    case layoutDiffers([ScatterTable.Difference])
    /// The device has no table.
    case noTable
    /// The device has the layout's table, and one copy of it is damaged.
    case tableDamaged
    /// Its range is new, and what lies there belongs to something else.
    case rangeChanged
    /// Its place counts from the end and has moved.
    case movedWithEnd
    /// Its size follows from the room that is left.
    case resized
    /// The mode erases everything.
    case formatted
    /// A boot loader that is partly written leaves a device that does not start.
    case bootLoader
  }

  public struct Step: Equatable, Sendable {
    public var action: Action
    public var reason: Reason

    public init(_ action: Action, because reason: Reason) {
      self.action = action
      self.reason = reason
    }
  }

  /// Something that a user should know, and that stops nothing.
  public enum Remark: Equatable, Sendable {
    /// The layout differs, and images go where the device's table says.
    case byDeviceTable([ScatterTable.Difference])
    /// One copy of the device's table is damaged, and stays so.
    case tableDamaged
    /// The device has the layout's table already, and nothing else was wanted.
    case tableSame
    /// The layout differs where nothing is written.
    case differsElsewhere([ScatterTable.Difference])
    /// The device's chip is another one than the file's, which was overridden.
    case otherPlatform(scatter: String, device: String)
    /// The variant letter behind the chip's number cannot be compared.
    case variant(String)
    /// An image that does not fit its entry, and need not by its `boundary_check`.
    case largerThanEntry(String, byteCount: UInt64, room: UInt64)
    /// What only this device has in a partition of this name has no place in the new layout: the copy on the host is all
    /// that is left of it.
    case withoutPlace(String)
    /// An entry of this name brings its own partition table.
    case imageBringsTable(String)
  }

  public var mode: ScatterMode
  public var steps: [Step]
  public var remarks: [Remark]
}

/// Why a job is refused before anything is done. Source: `docs/protocols/mtk-scatter.md` 7.
public enum ScatterRefusal: Error, Equatable, Sendable {
  /// A list of an OTA package says too little.
  case notFlashable
  case noLayout(ScatterStorage, has: [ScatterStorage])
  case otherPlatform(scatter: String, device: String)
  /// The device does not say how large a section is.
  case sectionUnknown(ScatterSection)
  /// A name that the user gave is in no entry.
  case unknownEntry(String)
  case fileMissing(entry: String, file: String?)
  /// The device has no partition table, and this mode does not make one.
  case noTable
  case layoutDiffers([ScatterTable.Difference])
  /// The device's table has no such partition.
  case notOnDevice(String)
  case outsideSection(String)
  case overlap(String, String)
  case unaligned(String, sectorByteCount: UInt64)
  case imageTooLarge(entry: String, byteCount: UInt64, room: UInt64)
  /// Only this device has the content of these; `--allow-protected`.
  case protected([String])
  /// The mode erases what only this device has.
  case losesIdentity([String])
  case needsPreloader
  /// What is kept does not fit into its new place.
  case backupDoesNotFit(entry: String, byteCount: UInt64, room: UInt64)
  case unknownRegion(entry: String, region: String)
  /// RPMB is never written.
  case neverWritten(String)
  case translationLayer(String)
  case noImage(entry: String, ContentKind)
  /// What is to become the boot loader begins as none.
  case noLoader(entry: String)
  /// The first partition lies where the table belongs.
  case tableHasNoRoom(entry: String, needed: UInt64)
  case table(GPTEditError)
  case nothingSelected

  /// The entry of the scatter file that it is about; `nil` where it is about several, or about none.
  public var entry: String? {
    switch self {
    case .unknownEntry, .notFlashable, .noLayout, .otherPlatform, .sectionUnknown, .noTable, .layoutDiffers, .protected,
      .losesIdentity, .needsPreloader, .table, .nothingSelected:
      nil
    case .notOnDevice(let name), .outsideSection(let name), .overlap(_, let name), .unaligned(let name, _),
      .imageTooLarge(let name, _, _), .backupDoesNotFit(let name, _, _), .unknownRegion(let name, _),
      .neverWritten(let name), .translationLayer(let name), .noImage(let name, _), .noLoader(let name),
      .tableHasNoRoom(let name, _), .fileMissing(let name, _):
      name
    }
  }
}
