import FlashCore
import Qualcomm

extension Diagnostic {
  private static let eatenHello =
    "another program may have read its first packet: end or hide ModemManager (`flashctl udev-rules`), then "
    + "bring the device into EDL again"

  /// What went wrong with a device that speaks Sahara. Remedies follow `docs/protocols/sahara.md` 2.5, 6.2 and 6.4.
  init(_ error: SaharaError, device: String?) {
    let name = device ?? "the device"
    switch error {
    case .transfer(let failure, let step):
      self.init(failure, device: device)
      message += " (during \(step))"
    case .cancelled: self = .cancelled(device: device)
    case .file(let error), .output(let error): self.init(error)
    case .silence, .notResponding, .noInterface: self = Self.saharaSilence(error, name)
    case .errorState, .programmerRunning, .hdlc, .wrongMode, .incompatibleVersion: self = Self.saharaState(error, name)
    case .imageRefused, .missingImage, .requestBeyondImage, .wantsAnotherImage, .endlessRequests:
      self = Self.saharaImage(error, name)
    case .memoryRefused, .shortMemory, .invalidTable: self = Self.saharaMemory(error, name)
    case .refused(let status, let step):
      self.init(
        code: "sahara.refused", message: "\(name) refused \(step): status \(Self.words(status))",
        remedy: status.advice == .featureMissing
          ? "this target does not have that feature" : "`flashctl qcom sahara recover`, then run the command again",
        exitStatus: .protocolError)
    case .violation(let violation, let step):
      self.init(
        code: "sahara.protocol-violation",
        message: "\(name) broke the protocol at \(step): \(SaharaViolationText.words(violation))",
        remedy: "\(Self.edlAgain); if it stays, report it with the output of --trace", exitStatus: .protocolError)
    }
  }

  /// `0x25 “image authentication failed”`.
  static func words(_ status: SaharaStatus) -> String {
    hex(UInt64(status.rawValue)) + (status.meaning.map { " “\($0)”" } ?? "")
  }

  private static func saharaSilence(_ error: SaharaError, _ name: String) -> Diagnostic {
    switch error {
    case .silence(let step, let limit):
      Diagnostic(
        code: "sahara.silence", message: "\(name) did not go on after \(step) within \(Units.duration(limit))",
        remedy: "run the command again; if it stays silent, \(edlAgain). --timeout allows more time",
        exitStatus: .tryAgain)
    case .noInterface:
      Diagnostic(
        code: "sahara.no-interface",
        message: "\(name) has no interface with the shape of Sahara's (class FF, subclass FF, two bulk endpoints)",
        remedy: "bring the device into EDL or crash dump mode; `flashctl doctor` shows what it is in",
        exitStatus: .protocolError)
    default:
      Diagnostic(
        code: "sahara.not-responding", message: "\(name) answers nothing: no Sahara, and no programmer",
        remedy: eatenHello, exitStatus: .tryAgain)
    }
  }

  private static func saharaState(_ error: SaharaError, _ name: String) -> Diagnostic {
    func refused(_ code: String, _ message: String, _ remedy: String) -> Diagnostic {
      Diagnostic(code: code, message: message, remedy: remedy, exitStatus: .protocolError)
    }
    return switch error {
    case .errorState(let status):
      refused(
        "sahara.error-state",
        "\(name) reports nothing but errors\(status.map { " (status \(words($0)))" } ?? ""), and a reset of its state "
          + "machine does not help", "take its power away, then \(edlAgain)")
    case .programmerRunning:
      refused(
        "sahara.programmer-running",
        "\(name): a Firehose programmer runs there already, so the boot ROM cannot be asked",
        "\(edlAgain); `flashctl qcom firehose info` asks the programmer")
    case .hdlc:
      refused(
        "sahara.other-protocol", "\(name) speaks in HDLC frames (streaming download or DIAG), not Sahara",
        "this version cannot talk to it; \(edlAgain)")
    case .wrongMode(let mode, let needed):
      refused(
        "sahara.wrong-mode", "\(name) is in \(mode.name) mode, and this needs \(needed.name) mode",
        needed == .memoryDebug
          ? "memory can be read from a device that has crashed (`flashctl list`: crash dump)" : edlAgain)
    case .incompatibleVersion(let version, let minimum):
      refused(
        "sahara.version", "\(name) speaks Sahara version \(version), and accepts no version below \(minimum)",
        "this version of flashctl speaks 1 to 3; report the device")
    default: .cancelled(device: name)
    }
  }

  private static func saharaImage(_ error: SaharaError, _ name: String) -> Diagnostic {
    func failure(_ code: String, _ message: String, _ remedy: String, _ status: ExitStatus = .protocolError)
      -> Diagnostic
    {
      Diagnostic(code: code, message: message, remedy: remedy, exitStatus: status)
    }
    switch error {
    case .imageRefused(let id, let status):
      return failure(
        "sahara.image-refused", "\(name) refused image \(SaharaImageID.text(id)): status \(words(status))",
        status.advice == .otherLoader
          ? "the ROM looked at this loader and refused it: wrong chip, wrong manufacturer's signature, damaged, or one "
            + "file where the device wants several; get the loader made for this very device (`flashctl info`)"
          : "check that the loader is the right kind of file (`flashctl image inspect`), and \(edlAgain)")
    case .missingImage(let id, let given):
      let there =
        given.isEmpty ? "one file without an id was given" : "given: " + given.map { "\($0)" }.joined(separator: ", ")
      return failure(
        "sahara.missing-image", "\(name) asks for image \(SaharaImageID.text(id)), and there is none (\(there))",
        "give every image: --loader \(id):FILE for each, a sahara_config XML file, or a programmer archive", .usage)
    case .requestBeyondImage(let id, let offset, let length, let imageLength):
      return failure(
        "sahara.request-beyond-image",
        "\(name) asks for \(length) bytes at offset \(hex(offset)) of image \(SaharaImageID.text(id)), which has "
          + "\(imageLength) bytes",
        "the loader is cut off or not for this device; --pad-loader sends FF where it ends", .badData)
    case .endlessRequests(let id, let requests, _):
      return failure(
        "sahara.endless-requests", "\(name) asked \(requests) times for image \(SaharaImageID.text(id)) without an end",
        "\(edlAgain); report the device")
    default:
      return failure(
        "sahara.wants-another-image", "\(name) took the images and waits for another one, without saying which",
        "give every image that the device needs: --loader ID:FILE for each, or a sahara_config XML file", .usage)
    }
  }

  private static func saharaMemory(_ error: SaharaError, _ name: String) -> Diagnostic {
    switch error {
    case .memoryRefused(let address, let length, let status):
      Diagnostic(
        code: "sahara.memory-refused",
        message: "\(name) refused to hand out \(length) bytes at \(hex(address)): status \(words(status))",
        remedy: "leave that region out with --filter", exitStatus: .protocolError)
    case .shortMemory(let address, let received, let expected):
      Diagnostic(
        code: "sahara.short-memory",
        message: "\(name) stopped at \(received) of \(expected) bytes of the memory at \(hex(address))",
        remedy: "run the command again; check cable and hub", exitStatus: .protocolError)
    default:
      Diagnostic(
        code: "sahara.invalid-table", message: "\(name): its table of memory regions makes no sense",
        remedy: "crash the device again; if it stays, report it with the output of --trace", exitStatus: .protocolError)
    }
  }
}

/// How a device broke Sahara, in words.
enum SaharaViolationText {
  static func words(_ violation: SaharaViolation) -> String {
    switch violation {
    case .packet(.tooShort(let count)): "a packet of \(count) bytes"
    case .packet(.lengthMismatch(let command, let length, let transfer)):
      "packet \(Diagnostic.hex(UInt64(command))) says that it has \(length) bytes, and \(transfer) came"
    case .packet(.wrongLength(let command, let length)): "\(command.name) with \(length) bytes"
    case .packet(.unknownCommand(let number, let length)):
      "unknown packet \(Diagnostic.hex(UInt64(number))) of \(length) bytes"
    case .unexpected(let command): "\(command.name) has no place here"
    case .excessData(let received, let expected): "\(received) bytes of data where \(expected) were asked for"
    case .oversizedAnswer(let count, let limit): "an answer of \(count) bytes, and \(limit) are taken at most"
    case .otherCommand(let asked, let answered): "asked for \(asked.name), and answered \(answered.name)"
    case .repeatedHello(let count): "HELLO \(count) times without going on"
    case .noise(let count): "\(count) bytes without any meaning"
    }
  }
}
