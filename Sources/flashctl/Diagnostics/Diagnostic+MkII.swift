import FlashCore
import MkII

extension Diagnostic {
  static let afterCut =
    "reboot the device (`flashctl reboot --to update`, or take the battery out) and flash again from the start"

  /// What went wrong with a Mk II device. Remedies follow `docs/protocols/mkii.md` 11.3.
  init(_ error: MkIIError, device: String?) {
    let name = device ?? "the device"
    switch error {
    case .sending(let progress, let failure):
      self.init(failure, device: device)
      self = describingImage(progress, failure: failure)
    case .transfer, .noReply, .rawWriteFailed: self = Self.linkFailure(error, name: name, device: device)
    case .creditTimedOut(let available, let needed, let limit):
      self.init(
        code: "mkii.buffer-stuck",
        message: "\(name) stopped taking data: \(available) bytes free for \(Units.duration(limit)), \(needed) needed",
        remedy: Self.afterCut, exitStatus: .tryAgain)
    case .finishingTimedOut(let limit):
      self.init(
        code: "mkii.finishing-stuck",
        message: "\(name) took all data and showed no change for \(Units.duration(limit)) without finishing",
        remedy: Self.afterCut, exitStatus: .tryAgain)
    case .refused, .serviceNotRunning, .violation, .noMessageInterface, .modelMismatch, .noRawEndpoint:
      self = Self.protocolFailure(error, name: name)
    case .cancelled: self = .cancelled(device: device)
    case .file(let error): self.init(error)
    default: self = Self.planFailure(error, name: name)
    }
  }

  private static func linkFailure(_ error: MkIIError, name: String, device: String?) -> Diagnostic {
    switch error {
    case .noReply(let request, let limit):
      Diagnostic(
        code: "mkii.no-reply", message: "\(name) did not answer \(request) within \(Units.duration(limit))",
        remedy: "restart the device in update mode and run the command again; --timeout allows more time",
        exitStatus: .tryAgain)
    case .rawWriteFailed(let failure, let code):
      Diagnostic(
        code: "mkii.raw-write-failed",
        message: "\(name): writing image data failed: \(Diagnostic(failure, device: device).message)"
          + (code.flatMap { $0 == .success ? nil : "; the device says \(words($0))" } ?? ""),
        remedy: "connect the device to a direct port, not a hub; then " + afterCut,
        exitStatus: Diagnostic(failure, device: device).exitStatus)
    case .transfer(let failure, let request):
      Diagnostic(failure, device: device).during(request)
    default: .cancelled(device: device)
    }
  }

  private func during(_ request: String) -> Diagnostic {
    var diagnostic = self
    diagnostic.message += " (during \(request))"
    return diagnostic
  }

  /// `01 “Unknown error”`, as the protocol writes codes.
  static func words(_ code: MkIIStatusCode) -> String {
    let digits = String(code.rawValue, radix: 16, uppercase: true)
    return (digits.count < 2 ? "0" : "") + digits + (code.name.map { " “\($0)”" } ?? "")
  }

  private static func protocolFailure(_ error: MkIIError, name: String) -> Diagnostic {
    switch error {
    case .refused(let request, let code):
      Diagnostic(
        code: "mkii.refused", message: "\(name) refused \(request): error \(words(code))",
        remedy: remedy(code, request),
        exitStatus: .protocolError)
    case .serviceNotRunning(let request):
      Diagnostic(
        code: "mkii.service-not-running",
        message: "\(name) answered \(request) with “entity not reachable”: its update service is not running",
        remedy: "wait some seconds after the device has started, or restart it in update mode",
        exitStatus: .protocolError)
    case .violation(let violation, let request):
      Diagnostic(
        code: "mkii.protocol-violation",
        message: "\(name) broke the protocol in its reply to \(request): \(MkIIViolationText.words(violation))",
        remedy: "restart the device and run the command again; if it stays, report it with the output of --trace",
        exitStatus: .protocolError)
    case .noMessageInterface:
      Diagnostic(
        code: "mkii.no-interface",
        message: "\(name) has no Mk II interface (interface 1 with alternate setting 1 and two bulk endpoints)",
        remedy: "U-Boot shows the same ids; start the device in update mode or PC Suite mode",
        exitStatus: .protocolError)
    case .modelMismatch(let product, let code):
      Diagnostic(
        code: "mkii.model-mismatch",
        message: "\(name) is “\(product)” by its USB product string, and \(code) by its product code",
        remedy: "do not flash this device before you know what it is", exitStatus: .protocolError)
    default:
      Diagnostic(
        code: "mkii.no-raw-endpoint", message: "\(name) has no raw endpoint, so it takes no images",
        remedy: "start the device in update mode (`flashctl reboot --to update`) and flash there",
        exitStatus: .protocolError)
    }
  }

  private static func remedy(_ code: MkIIStatusCode, _ request: String) -> String {
    switch code {
    case .securityFailure:
      "what arrived is damaged, not signed for this device, or too old: check cable and file; then " + afterCut
    case .wrongState: "an earlier transfer was cut; " + afterCut
    case .unknownError: "check battery and image; then " + afterCut
    default:
      code == .noSuchItem
        ? "check the item's name; docs/mkii.md lists those known" : "restart the device in update mode and try again"
    }
  }

  private static func planFailure(_ error: MkIIError, name: String) -> Diagnostic {
    switch error {
    case .experimentalVersion(let version):
      Diagnostic(
        code: "mkii.experimental-version",
        message: "\(name) speaks protocol version “\(version)”; sending images to it has never been tried",
        remedy: "go on with --force only if you can recover the device by cold flashing", exitStatus: .protocolError)
    case .unknownProduct(let code):
      Diagnostic(
        code: "mkii.unknown-product",
        message: code.isEmpty ? "\(name) gave no product code" : "\(name) has the unknown product code “\(code)”",
        remedy: "go on with --force only if you are sure what device it is", exitStatus: .protocolError)
    case .notListed(let types):
      Diagnostic(
        code: "mkii.not-listed",
        message: "\(name) does not take images of type \(types.joined(separator: ", ")) in this mode",
        remedy: "`flashctl info` lists what it takes; choose with --type", exitStatus: .protocolError)
    case .tooLarge(let image, let count):
      Diagnostic(
        code: "mkii.too-large", message: "\(image): \(count) bytes, and the protocol carries at most 4294967295",
        remedy: "use a smaller image", exitStatus: .badData)
    case .hashMismatch(let image, let path, let offset):
      Diagnostic(
        code: "fiasco.hash-mismatch",
        message:
          "\(path): offset \(hex(offset)): F10 the data of \(image) do not have the hash that the plan was made with",
        remedy: "the file is damaged or was changed; get it again (`flashctl image verify` checks all of it)",
        exitStatus: .badData)
    case .lengthChanged(let image, let planned, let found):
      Diagnostic(
        code: "file.changed", message: "\(image): \(found) bytes now, \(planned) when the plan was made",
        remedy: "leave the file alone while it is flashed, and run the command again", exitStatus: .badData)
    case .otherDevice(let planned, let found):
      Diagnostic(
        code: "mkii.other-device", message: "the plan is for \(planned), and \(name) is \(found)",
        remedy: "choose the right device with --device", exitStatus: .protocolError)
    case .invalidItem(let text):
      Diagnostic(
        code: "mkii.invalid-item", message: "“\(text)” cannot be sent: items and values are short printable ASCII",
        remedy: "check the spelling; docs/mkii.md lists the items known", exitStatus: .usage)
    case .invalidStep(let step, let reason):
      Diagnostic(
        code: "mkii.invalid-step", message: "\(name): the plan's step \(step) does not suit Mk II: \(reason)",
        remedy: "give a FIASCO file or TYPE=FILE", exitStatus: .badData)
    default: .cancelled(device: name)
    }
  }

  /// Adds how far the image had got, and what state that leaves the device in.
  private func describingImage(_ progress: MkIIImageProgress, failure: MkIIError) -> Diagnostic {
    var diagnostic = self
    diagnostic.step = "write \(progress.image)"
    guard progress.isBegun else {
      diagnostic.message += "; nothing of \(progress.image) had been sent"
      return diagnostic
    }
    let state = progress.lastState.map { ", state: \($0.name)\($0.percent.map { " \($0) %" } ?? "")" } ?? ""
    diagnostic.message +=
      "; \(progress.accepted) of \(progress.total) bytes of \(progress.image) had been sent\(state), "
      + "so \(progress.image) on the device is incomplete"
    if failure.category == .cancelled { diagnostic.remedy = Self.afterCut }
    return diagnostic
  }
}
