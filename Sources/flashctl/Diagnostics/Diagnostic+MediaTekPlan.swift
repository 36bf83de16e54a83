import FlashImages
import MediaTek

extension Diagnostic {
  /// Why nothing was planned for a MediaTek device.
  init(_ error: MediaTekPlanError) {
    switch error {
    case .badRegion(let text):
      self = .usage("“\(text)” is no region", remedy: "examples: boot, user/boot, boot1/0x0+0x100000")
    case .image(let error): self.init(error)
    case .scatter(let error): self.init(error)
    case .refused(let refusal, let path): self.init(refusal, path: path)
    case .protectedRegions(let names):
      self.init(
        code: "plan.protected",
        message: "\(names.joined(separator: ", ")): data that only this one device has would be lost",
        remedy: "save it with `flashctl backup`, and allow it with --allow-protected if you are sure",
        exitStatus: .usage)
    case .neverWritten(let section):
      self.init(
        code: "plan.never-written",
        message: "\(section) takes requests that are signed with the device's own key, and no others",
        remedy: "leave it out; it can be read", exitStatus: .usage)
    case .severalPackages(let paths):
      self = .usage(
        "a scatter package is flashed by itself, and these are several files: \(paths.joined(separator: ", "))",
        remedy: "give the scatter file, the package's folder or its flash.xml alone")
    case .severalLayouts(let storages):
      self = .usage(
        "the package has layouts for \(storages.map(\.rawValue).joined(separator: " and ")), and no device tells which "
          + "one is meant",
        remedy: "attach the device, or choose one with --storage")
    case .needsDevice(let mode, let section):
      self = .usage(
        "what --mode \(mode.rawValue) does depends on the device",
        remedy: "attach the device, or plan for an empty one with --disk-sectors \(section)=SECTORS")
    case .needsSectionSize(let section):
      self = .usage(
        "nothing says how large section \(section) is", remedy: "give its size with --sectors \(section)=SECTORS")
    case .noCopiesFolder:
      self = .usage(
        "there is no place for copies of what only this device has, because there is no home folder",
        remedy: "name one with --copies")
    case .noBootHeader(let entry, let storage):
      self = .usage(
        "\(entry): the header of a boot section is known for eMMC alone, and this is \(storage.rawValue)",
        remedy: "leave it out with --skip \(entry); on a device the agent makes the header, without --raw-preloader")
    }
    step = step ?? "plan"
  }

  /// The agent's protocol cannot do what was asked.
  init(_ error: AgentLacksCommand, device: String?) {
    self.init(
      code: "protocol.unsupported",
      message: "\(device ?? "the device"): \(error.protocolName) agents have no command for \(error.command)",
      remedy: "docs/mediatek.md says what each kind of agent can do", exitStatus: .protocolError, device: device)
  }

  /// A scatter package that the rules of its modes forbid to be flashed (`docs/protocols/mtk-scatter.md` 7).
  init(_ refusal: ScatterRefusal, path: String) {
    let words = Self.words(refusal)
    self.init(
      code: "scatter." + words.code, message: "\(path): \(words.message)", remedy: words.remedy,
      exitStatus: words.status, step: "plan")
  }

  private typealias Words = (code: String, message: String, remedy: String, status: ExitStatus)

  private static func words(_ refusal: ScatterRefusal) -> Words {
    switch refusal {
    case .notFlashable, .noLayout, .otherPlatform, .sectionUnknown, .unknownEntry, .fileMissing, .nothingSelected:
      packageWords(refusal)
    case .noTable, .layoutDiffers, .notOnDevice, .tableHasNoRoom, .table: tableWords(refusal)
    case .protected, .losesIdentity, .needsPreloader, .backupDoesNotFit, .neverWritten, .noLoader: consentWords(refusal)
    case .outsideSection, .overlap, .unaligned, .imageTooLarge, .unknownRegion, .translationLayer, .noImage:
      entryWords(refusal)
    }
  }

  private static func packageWords(_ refusal: ScatterRefusal) -> Words {
    switch refusal {
    case .notFlashable:
      return (
        "list", "a list of an OTA package says too little to be flashed", "use the scatter file of the firmware",
        .badData
      )
    case .noLayout(let storage, let has):
      return (
        "no-layout",
        "the package has no layout for \(storage.rawValue) (has: \(has.map(\.rawValue).joined(separator: ", ")))",
        "get the package for this device's kind of storage", .badData
      )
    case .otherPlatform(let scatter, let device):
      return (
        "other-platform", "the package is for \(scatter), and the device is an \(device)",
        "get the package for this device; --force goes on all the same", .badData
      )
    case .sectionUnknown(let section):
      return (
        "section-unknown", "the device does not say how large its section \(section.name) is",
        "`flashctl info` shows what its agent tells of the storage", .protocolError
      )
    case .unknownEntry(let name):
      return ("unknown-entry", "there is no entry \(name)", "`flashctl scatter show` lists them", .usage)
    case .fileMissing(let entry, let file):
      return (
        "file-missing", "\(entry): " + (file.map { "its file \($0) is not there" } ?? "no file is named for it"),
        "put it beside the scatter file, name its folder with --search-path or the file with --file \(entry)=FILE, or "
          + "leave the entry out with --skip \(entry)", .missingInput
      )
    default:
      return (
        "nothing-selected", "nothing is to be written", "`flashctl scatter show` shows what is ticked; --only chooses",
        .badData
      )
    }
  }

  private static func tableWords(_ refusal: ScatterRefusal) -> Words {
    switch refusal {
    case .noTable:
      return (
        "no-table", "there is no partition table on the device",
        "use --mode firmware-upgrade, which makes one, or --mode format-all-download", .usage
      )
    case .layoutDiffers(let differences):
      return (
        "layout-differs",
        "the package divides the storage otherwise than the device: "
          + differences.prefix(8).map(Self.words).joined(separator: ", ")
          + (differences.count > 8 ? " and \(differences.count - 8) more" : ""),
        "use --mode firmware-upgrade, which changes the layout and keeps what only this device has, or --by-name, which "
          + "writes where the device's own table says", .usage
      )
    case .notOnDevice(let name):
      return (
        "not-on-device", "\(name): the device has no such partition", "leave it out with --skip \(name)", .usage
      )
    case .tableHasNoRoom(let entry, let needed):
      return (
        "no-room-for-table", "\(entry) lies in the first \(needed) bytes, which the partition table needs",
        "get another package", .badData
      )
    default:
      guard case .table(let error) = refusal else { return ("table", "\(refusal)", "get another package", .badData) }
      let inner = Diagnostic(error)
      return ("table", "its layout makes no partition table: \(inner.message)", "get another package", .badData)
    }
  }

  private static func words(_ difference: ScatterTable.Difference) -> String {
    switch difference {
    case .missing(let name): "\(name) is missing on the device"
    case .extra(let name): "\(name) is on the device only"
    case .moved(let name, let from, let to): "\(name) is at \(hex(from)), not \(hex(to))"
    case .resized(let name, let from, let to): "\(name) has \(Units.bytes(from)), not \(Units.bytes(to))"
    }
  }

  private static func consentWords(_ refusal: ScatterRefusal) -> Words {
    let backup = "save it with `flashctl backup`, and allow it with"
    switch refusal {
    case .protected(let names):
      return (
        "protected", "\(names.joined(separator: ", ")): data that only this one device has would be replaced",
        "\(backup) --allow-protected if you are sure", .usage
      )
    case .losesIdentity(let names):
      return (
        "loses-identity",
        "everything on the device would be erased, and with it what only this device has: IMEI, calibration, Wi-Fi and "
          + "Bluetooth addresses, keys" + (names.isEmpty ? "" : " (\(names.joined(separator: ", ")))"),
        "\(backup) both --allow-full-erase and --allow-protected if you are sure", .usage
      )
    case .needsPreloader:
      return (
        "needs-preloader", "everything would be erased, and the package brings no preloader to write",
        "give one with --file preloader=FILE, or do not leave it out", .usage
      )
    case .backupDoesNotFit(let entry, let count, let room):
      return (
        "kept-does-not-fit",
        "\(entry): the device's \(Units.bytes(count)) are to be kept, and the new layout has room for \(Units.bytes(room))",
        "get another package", .badData
      )
    case .neverWritten(let name):
      return ("never-written", "\(name): RPMB is never written", "leave it out with --skip \(name)", .usage)
    default:
      return (
        "no-loader", "what is to become the boot loader is none, or not all of one",
        "check the file (`flashctl image inspect`); --force writes it all the same", .badData
      )
    }
  }

  private static func entryWords(_ refusal: ScatterRefusal) -> Words {
    let correct = "correct the scatter file, or get it again"
    switch refusal {
    case .outsideSection(let name):
      return ("outside", "\(name) reaches beyond the device's storage", "get the package for this device", .badData)
    case .overlap(let one, let other):
      return (
        "overlap", "\(one) and \(other) are written to the same bytes",
        "leave one of them out, or allow it with --allow-overlap", .badData
      )
    case .unaligned(let name, let unit):
      return ("unaligned", "\(name) does not begin and end where sectors of \(unit) bytes do", correct, .badData)
    case .imageTooLarge(let entry, let count, let room):
      return (
        "image-too-large", "\(entry): the image has \(count) bytes, and there is room for \(room)",
        "check that it is the right file for this device", .badData
      )
    case .unknownRegion(let entry, let region):
      return ("unknown-region", "\(entry): nobody has described the region “\(region)”", correct, .badData)
    case .translationLayer(let name):
      return (
        "translation-layer", "\(name): its image is for the vendor's own flash translation layer",
        "leave it out with --skip \(name)", .badData
      )
    default:
      guard case .noImage(let entry, let kind) = refusal else { return ("refused", "\(refusal)", correct, .badData) }
      return (
        "no-image", "\(entry): its file is no image but a \(ContentText.name(kind))", "get the file again", .badData
      )
    }
  }
}
