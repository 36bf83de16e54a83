import FlashCore
import MediaTek
import WireFormat

extension Diagnostic {
  private static let powerCycle =
    "take the device's power away (hold its power key, or pull the battery), bring it into download mode again, and run "
    + "the command again"

  /// What went wrong with an XFlash agent. Remedies follow `docs/protocols/mtk-xflash.md` 11 to 14.
  init(_ error: XFlashError, device: String?) {
    let name = device ?? "the device"
    switch error {
    case .transfer(let failure, let step):
      self.init(failure, device: device)
      message += " (during \(step))"
    case .cancelled: self = .cancelled(device: device)
    case .signer(let error): self.init(error, device: device)
    case .notBack(let error, _):
      self.init(error, device: device)
      message += " (after the device had left to change its USB speed)"
      remedy = "--keep-usb-speed leaves it at the speed that it has; --timeout allows more time"
    case .file(let error): self.init(error)
    case .output(let error): self.init(error)
    case .silence, .secondStageSilent, .memoryFailed, .memorySettingsMissing, .noMemorySettings, .noSecondStage,
      .firstStageOnly, .noAgent:
      self = Self.xFlashStart(error, name)
    case .refused(let status, let step, let place):
      self.init(
        code: "xflash.refused",
        message: "\(name) refused \(step)\(place.map { " of \($0)" } ?? ""): status \(Self.words(status))",
        remedy: Self.remedy(status, during: step), exitStatus: .protocolError)
    case .lost(let status, let step):
      self.init(
        code: "xflash.lost",
        message:
          "\(name) answered \(step) with status \(Self.words(status)), and its agent may answer nothing any more",
        remedy: "\(Self.powerCycle); `flashctl gpt check` shows what is wrong with the partition table",
        exitStatus: .protocolError)
    case .signatureMissing, .signatureRefused: self = Self.xFlashSignature(error, name)
    case .noStorage, .noSection, .unaligned, .packetLengths: self = Self.xFlashStorage(error, name)
    case .frame, .oversizedFrame, .unexpectedFrame, .endlessLog, .answer: self = Self.xFlashViolation(error, name)
    }
  }

  /// `0xC004000B “range exceeded”`.
  private static func words(_ status: XFlashStatus) -> String {
    "0x" + status.hexadecimal + (status.name.map { " “\($0)”" } ?? "")
  }

  private static func remedy(_ status: XFlashStatus, during step: String) -> String {
    switch status {
    case .downloadForbidden, .writingNotAllowed, .formattingNotAllowed:
      "the device is locked: this needs a signature of its manufacturer (--sla-signer)"
    case .rangeExceeded: "`flashctl partitions` and `flashctl info` show how large sections are"
    case .partitionNotFound: "`flashctl partitions` shows the names"
    case .imageTooLarge: "the image is larger than its partition; check that it is for this device"
    case .wrongChecksum: "check cable and hub, and run the command again"
    case .unsupportedCommand, .unsupportedControl, .unsupportedOperation:
      "this agent does not know it; another agent file may"
    case .hashMismatch: "take both stages from one unchanged agent file"
    default:
      status.domain == .security
        ? "the device checks signatures and versions: it needs newer, or its manufacturer's, files"
        : step == XFlashCommand.readData.name && status.domain == .device
          ? "run the command again; `flashctl read --skip-unreadable` reads what can be read"
          : "run the command again; if it stays, report it with the output of --trace"
    }
  }

  private static func xFlashStart(_ error: XFlashError, _ name: String) -> Diagnostic {
    switch error {
    case .silence(let step, let limit):
      return Diagnostic(
        code: "xflash.silence", message: "\(name) did not answer \(step) within \(Units.duration(limit))",
        remedy: "\(powerCycle); --timeout allows more time", exitStatus: .tryAgain)
    case .secondStageSilent(let limit):
      return Diagnostic(
        code: "xflash.second-stage-silent",
        message: "the agent's second stage did not start on \(name) within \(Units.duration(limit))",
        remedy: "its memory does not work: give the device's own preloader with --preloader; \(powerCycle)",
        exitStatus: .tryAgain)
    case .memoryFailed(let status):
      return Diagnostic(
        code: "xflash.memory-failed",
        message: "the memory of \(name) does not work with these settings"
          + (status.map { ": status \(words($0))" } ?? ""),
        remedy: "give the preloader of exactly this device with --preloader; \(powerCycle)", exitStatus: .protocolError)
    case .memorySettingsMissing:
      return .usage(
        "\(name) was started from its boot ROM: the agent has to set up its memory, and has no settings",
        remedy: "give the device's own preloader, or a file with its memory settings, with --preloader FILE; or reach "
          + "its preloader in place of the boot ROM")
    case .noMemorySettings(let path):
      return Diagnostic(
        code: "xflash.no-memory-settings", message: "\(path) has no settings of memory",
        remedy: "`flashctl image inspect` shows what is in a preloader", exitStatus: .badData)
    case .noSecondStage(let path):
      return Diagnostic(
        code: "xflash.no-second-stage", message: "\(path) has no second stage for \(name)",
        remedy: "`flashctl image inspect` shows what is in the file", exitStatus: .badData)
    case .firstStageOnly:
      return .usage(
        "\(name): only the first stage of an agent runs there", remedy: "give its file with --loader FILE")
    case .noAgent(let beginning):
      return Diagnostic(
        code: "xflash.no-agent",
        message: "what was started on \(name) is no agent: it says \(Hex.string(beginning.prefix(16), separator: " "))",
        remedy: "check that the agent file is for this chip; \(powerCycle)", exitStatus: .protocolError)
    default: return .cancelled(device: name)
    }
  }

  private static func xFlashSignature(_ error: XFlashError, _ name: String) -> Diagnostic {
    guard case .signatureRefused(let status) = error else {
      return Diagnostic(
        code: "xflash.signature-required",
        message: "the agent on \(name) wants its challenge signed (SLA): --sla-signer COMMAND",
        remedy: "the key is the manufacturer's; the challenge comes on the command's standard input",
        exitStatus: .usage)
    }
    return Diagnostic(
      code: "xflash.signature-refused", message: "the agent on \(name) refused the signature: status \(words(status))",
      remedy: "it has to be made with the key that belongs to this agent", exitStatus: .protocolError)
  }

  private static func xFlashStorage(_ error: XFlashError, _ name: String) -> Diagnostic {
    switch error {
    case .noSection(let section):
      return .usage("\(name) has no section “\(section)”", remedy: "`flashctl info` shows the sections")
    case .unaligned(let count, let unit):
      return .usage("\(count) bytes are no whole sectors of \(unit)", remedy: "use multiples of \(unit)")
    case .packetLengths(let lengths):
      return Diagnostic(
        code: "xflash.packet-length", message: "the agent on \(name) takes only \(lengths.write) bytes at once",
        remedy: "try another agent file", exitStatus: .protocolError)
    default:
      return Diagnostic(
        code: "xflash.no-storage", message: "the agent on \(name) knows of no storage",
        remedy: "check that the agent file is for this device; its storage may be broken", exitStatus: .protocolError)
    }
  }

  private static func xFlashViolation(_ error: XFlashError, _ name: String) -> Diagnostic {
    let (step, what): (String, String) =
      switch error {
      case .frame(.invalid(let field, _, let value), let step): (step, "a frame with the \(field) \(hex(value))")
      case .frame(_, let step): (step, "what is no frame")
      case .oversizedFrame(let step, let count, let limit):
        (step, "a frame of \(count) bytes, and \(limit) are taken at most")
      case .unexpectedFrame(let step, let count): (step, "a frame of \(count) bytes that has no place there")
      case .endlessLog(let step, let count): (step, "\(count) lines of log and nothing else")
      case .answer(_, let step): (step, "an answer that is too short")
      default: ("a command", "something else")
      }
    return Diagnostic(
      code: "xflash.protocol-violation", message: "\(name) broke the protocol at \(step): it sent \(what)",
      remedy: "\(powerCycle); if it stays, report it with the output of --trace", exitStatus: .protocolError)
  }
}
