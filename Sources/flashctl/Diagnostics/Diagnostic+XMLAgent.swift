import FlashCore
import MediaTek
import WireFormat

extension Diagnostic {
  private static let newPower =
    "take the device's power away (hold its power key, or pull the battery), bring it into download mode again, and run "
    + "the command again"

  /// What went wrong with an XML agent. Remedies follow `docs/protocols/mtk-xml.md` 11 to 14.
  init(_ error: XMLAgentError, device: String?) {
    let name = device ?? "the device"
    switch error {
    case .transfer(let failure, let step):
      self.init(failure, device: device)
      message += " (during \(step))"
    case .cancelled: self = .cancelled(device: device)
    case .reopening(let error), .signer(let error): self.init(error, device: device)
    case .notBack(let error):
      self.init(error, device: device)
      message += " (after the device had left to change its USB speed)"
      remedy = "without --try-usb-speed it stays as it is; --timeout allows more time"
    case .file(let error), .output(let error): self.init(error)
    case .emptyFile(let file):
      self = .usage("nothing can be written to \(file): the file is empty", remedy: "check the file")
    case .silence, .notStarted, .noSecondStage, .firstStageRunning, .outOfStep: self = Self.xmlStart(error, name)
    case .refused(let refusal, let step): self = Self.xmlRefusal(refusal, step, name)
    case .signatureRequired, .unsupported, .noStorage, .noSection: self = Self.xmlDemand(error, name)
    case .violation(let violation, let step):
      self = Self.xmlViolation("it sent \(Self.words(violation))", step, name)
    case .foreignFile(let file, let step):
      self = Self.xmlViolation("it asked for the file “\(file)”, which is not part of the command", step, name)
    case .size(let announced, let expected, let step):
      self = Self.xmlViolation("it announced \(announced) bytes in place of \(expected)", step, name)
    }
  }

  private static func xmlStart(_ error: XMLAgentError, _ name: String) -> Diagnostic {
    switch error {
    case .notStarted(let stage, let limit):
      return Diagnostic(
        code: "xml.not-started",
        message: "the agent's \(stage == 1 ? "first" : "second") stage did not start on \(name) within "
          + Units.duration(limit),
        remedy: "check that the agent file is for this chip; \(newPower); --timeout allows more time",
        exitStatus: .tryAgain)
    case .noSecondStage(let path, let entry):
      return Diagnostic(
        code: "xml.no-second-stage", message: "entry \(entry) of \(path) has no second stage for \(name)",
        remedy: "`flashctl image inspect` shows what is in the file", exitStatus: .badData)
    case .firstStageRunning:
      return Diagnostic(
        code: "xml.first-stage",
        message: "only the first stage of an agent runs on \(name), left by an earlier session",
        remedy: newPower, exitStatus: .protocolError)
    case .silence(let step, let expected, let limit):
      return Diagnostic(
        code: "xml.silence",
        message: "\(name) did not answer during \(step): no \(expected) within \(Units.duration(limit))",
        remedy: "\(newPower); --timeout allows more time", exitStatus: .tryAgain)
    default:
      return Diagnostic(
        code: "xml.out-of-step", message: "\(name) waits for the rest of a command that an earlier session left",
        remedy: newPower, exitStatus: .protocolError)
    }
  }

  private static func xmlRefusal(_ refusal: XMLAgentRefusal, _ step: String, _ name: String) -> Diagnostic {
    var words = refusal.text.isEmpty ? "no reason given" : "“\(refusal.text)”"
    if let status = refusal.status, let meaning = XFlashStatus(rawValue: status).name { words += " (\(meaning))" }
    let remedy =
      switch refusal.reason {
      case .rollback: "the device accepts newer agents only: take the agent file of its newest firmware"
      case .secondStageAddress: "check that the agent file is for this chip; the device restarts now"
      case .notAuthenticated: "the signature has to be made with the key that belongs to this agent (--sla-signer)"
      case .security: "the device is locked: this needs files or signatures of its manufacturer"
      case .other where step == "SECURITY-SET-FLASH-POLICY":
        "the signature has to be made with the key that belongs to this agent (--sla-signer); one without a challenge needs "
          + "another agent file"
      case .other where step == "READ-FLASH" && refusal.text.lowercased().contains("storage"):
        "run the command again; `flashctl read --skip-unreadable` reads what can be read"
      case .other where step == "BOOT-TO":
        "check that the agent file is for this chip (`flashctl image inspect`), then \(newPower)"
      case .pathSeparator, .other:
        "`flashctl partitions` and `flashctl info` show what there is; if it stays, report it with the output of --trace"
      }
    return Diagnostic(
      code: "xml.refused", message: "\(name) refused \(step): \(words)", remedy: remedy, exitStatus: .protocolError)
  }

  private static func xmlDemand(_ error: XMLAgentError, _ name: String) -> Diagnostic {
    switch error {
    case .unsupported("WRITE-FLASH"):
      return Diagnostic(
        code: "xml.unsupported",
        message: "the agent on \(name) does not know WRITE-FLASH, and writes whole partitions from their starts only",
        remedy: "give an image without gaps, from its start (--restart); `flashctl mtk agent write` has the agent "
          + "expand a sparse one",
        exitStatus: .protocolError)
    case .unsupported(let command):
      return Diagnostic(
        code: "xml.unsupported", message: "the agent on \(name) does not know \(command)",
        remedy: "another agent file may", exitStatus: .protocolError)
    case .noStorage(let kind):
      return Diagnostic(
        code: "xml.no-storage", message: "the agent on \(name) knows of no storage that can be worked with (\(kind))",
        remedy: "check that the agent file is for this device; its storage may be broken", exitStatus: .protocolError)
    case .noSection(let section):
      return .usage("\(name) has no section “\(section)”", remedy: "`flashctl info` shows the sections")
    default:
      return Diagnostic(
        code: "xml.signature-required",
        message: "the agent on \(name) wants its challenge signed (SLA): --sla-signer COMMAND",
        remedy: "the key is the manufacturer's; the challenge comes on the command's standard input",
        exitStatus: .usage)
    }
  }

  private static func words(_ violation: XMLAgentViolation) -> String {
    switch violation {
    case .noFrame(let bytes): "what is no frame (\(Hex.string(bytes.prefix(12), separator: " ")))"
    case .emptyFrame: "a frame of no bytes"
    case .oversizedFrame(let count, let limit): "a frame of \(count) bytes, and \(limit) are taken at most"
    case .unexpected(let expected, let found): "“\(found)” in place of \(expected)"
    case .noSize(let file): "no size for \(file)"
    case .noPacketLength: "a request without the length of chunks"
    case .startedAnew: "CMD:START in the middle of a command"
    case .endedEarly(let done, let expected):
      "the end of the command after \(done)\(expected.map { " of \($0)" } ?? "") bytes"
    case .endless(let count): "\(count) messages without an end"
    case .wrongDocument(let name): "a document that is no \(name)"
    }
  }

  private static func xmlViolation(_ what: String, _ step: String, _ name: String) -> Diagnostic {
    Diagnostic(
      code: "xml.protocol-violation", message: "\(name) broke the protocol at \(step): \(what)",
      remedy: "\(newPower); if it stays, report it with the output of --trace", exitStatus: .protocolError)
  }
}
