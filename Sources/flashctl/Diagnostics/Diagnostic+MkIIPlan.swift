import FlashCore
import MkII

extension Diagnostic {
  /// Files that could not be made into a plan for a Mk II device.
  init(_ error: MkIIPlanError) {
    switch error {
    case .file(let error): self.init(error)
    case .notFIASCO, .emptyImage, .tooLarge, .layoutTooLong, .headerTooLong, .detectedOtherType:
      self = Self.file(error)
    case .unknownType, .otherMode, .namedTwice, .notInFiles: self = Self.named(error)
    default: self = Self.device(error)
    }
    step = "plan"
  }

  private static func file(_ error: MkIIPlanError) -> Diagnostic {
    func bad(_ code: String, _ message: String, _ remedy: String) -> Diagnostic {
      Diagnostic(code: code, message: message, remedy: remedy, exitStatus: .badData)
    }
    return switch error {
    case .notFIASCO(let path):
      bad("plan.not-fiasco", "\(path): not a FIASCO file", "give a single image as TYPE=\(path)")
    case .emptyImage(let type, let path):
      bad("plan.empty-image", "\(path): the \(type) image is empty", "give a file that has content")
    case .tooLarge(let type, let count):
      bad(
        "mkii.too-large", "\(type): \(count) bytes, and the protocol carries at most 4294967295", "use a smaller image")
    case .layoutTooLong(let path, let count):
      bad("plan.layout-too-long", "\(path): \(count) bytes; a layout is at most 255 bytes long", "shorten the layout")
    case .headerTooLong(let type, let count):
      bad(
        "plan.header-too-long", "\(type): its header is \(count) bytes long and does not fit into a message",
        "use a file with fewer parts and devices")
    case .detectedOtherType(let path, let given, let detected):
      bad(
        "plan.other-type", "\(path) was given as \(given) and looks like \(detected)",
        "give it as \(detected)=\(path), or use --force if you are sure")
    default: bad("plan.file", "\(error)", "get the file again")
    }
  }

  private static func named(_ error: MkIIPlanError) -> Diagnostic {
    switch error {
    case .unknownType(let type):
      .usage(
        "there is no image type “\(type)”",
        remedy: "the types are xloader, secondary, kernel, initfs, rootfs, mmc, cmt-2nd, cmt-algo and cmt-mcusw")
    case .otherMode(let type):
      .usage("\(type) is not flashed in this mode", remedy: "leave it out: it is used for cold flashing only")
    case .namedTwice(let type):
      .usage("\(type) is named twice", remedy: "name each type once")
    case .notInFiles(let type):
      Diagnostic(
        code: "plan.type-not-found", message: "no file that was given holds an image of type \(type)",
        remedy: "`flashctl image inspect FILE` lists the images of a file", exitStatus: .badData)
    default: .usage("\(error)")
    }
  }

  private static func device(_ error: MkIIPlanError) -> Diagnostic {
    switch error {
    case .modelNeeded(let devices):
      Diagnostic(
        code: "plan.needs-device",
        message: "the images differ by device (\(devices.joined(separator: ", "))), and no device or model is known",
        remedy: "connect the device, or plan for a model: --dry-run --model \(devices.first ?? "RX-51")",
        exitStatus: .noDevice)
    case .revisionNeeded(let types):
      Diagnostic(
        code: "plan.needs-revision",
        message: "\(types.joined(separator: ", ")): for certain hardware revisions, and the device's is not known",
        remedy: "give --hw-revision with --dry-run; with a device, --force takes any revision", exitStatus: .noDevice)
    case .noMatch(let type, let device, let revision):
      Diagnostic(
        code: "plan.no-match",
        message: "no \(type) image is for \(device)" + (revision.map { ", hardware revision \($0)" } ?? ""),
        remedy: "get a firmware file for this device, or leave \(type) out with --type", exitStatus: .badData)
    case .ambiguous(let type, let candidates):
      Diagnostic(
        code: "plan.ambiguous",
        message: "several different \(type) images match: " + candidates.joined(separator: "; "),
        remedy: "extract the one you want (`flashctl image extract`) and give it as \(type)=FILE", exitStatus: .badData)
    case .unpairedLoaders(let chosen, let missing):
      Diagnostic(
        code: "plan.unpaired-loaders",
        message: "\(chosen) without \(missing): the two boot loader stages belong together",
        remedy: "flash both, or neither; --force if you know that they fit", exitStatus: .badData)
    case .notListed(let types):
      Diagnostic(
        code: "mkii.not-listed",
        message: "the device does not take images of type \(types.joined(separator: ", ")) in this mode",
        remedy: "`flashctl info` lists what it takes; leave the others out with --type", exitStatus: .protocolError)
    case .unknownProduct(let code): Diagnostic(MkIIError.unknownProduct(code), device: nil)
    case .experimentalVersion(let version): Diagnostic(MkIIError.experimentalVersion(version), device: nil)
    case .nothingToFlash(let skipped):
      Diagnostic(
        code: "plan.nothing-to-flash",
        message: skipped.isEmpty
          ? "nothing to flash: the file holds no image"
          : "nothing is left to flash: " + skipped.map { "\($0.name) (\($0.reason.words))" }.joined(separator: "; "),
        remedy: "`flashctl image inspect FILE` shows what a file holds, `flashctl info` what the device takes",
        exitStatus: .badData)
    default: Diagnostic(code: "plan", message: "\(error)", exitStatus: .badData)
    }
  }
}
