import FlashCore
import MediaTek
import WireFormat

extension Diagnostic {
  private static let again =
    "take the device's power away (hold its power key, or pull the battery), then run the command with --wait and plug "
    + "it in"

  /// What went wrong with a boot ROM or preloader. Remedies follow `docs/protocols/mtk-brom.md` 15 and 18.
  init(_ error: BootROMError, device: String?) {
    let name = device ?? "the device"
    switch error {
    case .transfer(let failure, let step):
      self.init(failure, device: device)
      message += " (during \(step))"
    case .cancelled: self = .cancelled(device: device)
    case .file(let error): self.init(error)
    case .noInterface, .leftDuringHandshake, .notResponding, .noHandshake, .agentRunning, .notListening, .tokenRefused:
      self = Self.bootROMContact(error, name)
    case .silence, .lostEcho, .refused, .wrongChecksum, .oversizedBlock, .wrongActor, .unknownWatchdog:
      self = Self.bootROMAnswer(error, name)
    case .missingMaterial, .signatureRefused, .signer: self = Self.bootROMAuthentication(error, name)
    case .noAgent, .noFirstStage, .noSuchEntry, .noAgentFile, .oldChip: self = Self.agentChoice(error, name)
    }
  }

  /// `0x7024 “verification of the agent's signature failed”`.
  static func words(_ status: BootROMStatus) -> String {
    hex(UInt64(status.rawValue)) + (status.meaning.map { " “\($0)”" } ?? "")
  }

  private static func bootROMContact(_ error: BootROMError, _ name: String) -> Diagnostic {
    func late(_ code: String, _ message: String, _ remedy: String) -> Diagnostic {
      Diagnostic(code: code, message: message, remedy: remedy, exitStatus: .tryAgain)
    }
    switch error {
    case .leftDuringHandshake(let time, isBootROM: true):
      return late(
        "brom.left", "\(name) is a boot ROM, and left the bus after \(Units.duration(time)), before the handshake",
        "check cable, hub and battery, then \(again)")
    case .leftDuringHandshake(let time, _):
      return late(
        "brom.left",
        "\(name) was seen and left the bus after \(Units.duration(time)), before the handshake: a preloader's window",
        "turn the device off, hold the volume key and plug it in, with the command waiting (--wait)")
    case .notResponding(let attempts):
      return late(
        "brom.not-responding", "\(name) answered none of \(attempts) bytes of the handshake",
        "another program may hold the port (ModemManager: `flashctl udev-rules`), or it is a phone's COM port; \(again)"
      )
    case .notListening(let time):
      return late(
        "brom.not-listening", "\(name) did not say within \(Units.duration(time)) that it listens",
        "only a preloader that has just been turned on takes this; \(again)")
    case .noHandshake(let answer):
      return Diagnostic(
        code: "brom.no-handshake",
        message: "\(name) answers, but not the handshake: \(Hex.string(answer, separator: " "))",
        remedy: again, exitStatus: .protocolError)
    case .agentRunning(let beginning):
      return Diagnostic(
        code: "brom.agent-running",
        message: "\(name): an agent runs there already (\(Hex.string(beginning.prefix(16), separator: " ")))",
        remedy: again, exitStatus: .protocolError)
    case .tokenRefused(let token, let answer):
      let said = answer.isEmpty ? "nothing" : "“\(SafeText.line(String(decoding: answer, as: UTF8.self)))”"
      return Diagnostic(
        code: "brom.mode-refused", message: "\(name) answered \(token) with \(said)",
        remedy: "its preloader does not offer this mode", exitStatus: .protocolError)
    default:
      return Diagnostic(
        code: "brom.no-interface", message: "\(name) has no interface with a bulk endpoint each way",
        remedy: "bring the device into its boot ROM or preloader; `flashctl doctor` shows what it is in",
        exitStatus: .protocolError)
    }
  }

  private static func bootROMAnswer(_ error: BootROMError, _ name: String) -> Diagnostic {
    func broken(_ code: String, _ message: String, _ remedy: String) -> Diagnostic {
      Diagnostic(code: code, message: message, remedy: remedy, exitStatus: .protocolError)
    }
    switch error {
    case .silence(let step, let received, let expected, let limit):
      return Diagnostic(
        code: "brom.silence",
        message:
          "\(name) sent \(received) of \(expected) bytes of its answer to \(step) within \(Units.duration(limit))",
        remedy: "check cable and hub; \(again). --timeout allows more time", exitStatus: .tryAgain)
    case .lostEcho(let step, let sent, let received):
      return broken(
        "brom.lost-echo",
        "\(name) is out of step at \(step): sent \(Hex.string(sent.prefix(8), separator: " ")), came back "
          + Hex.string(received.prefix(8), separator: " "), again)
    case .refused(let status, let step):
      return broken("brom.refused", "\(name) refused \(step): status \(words(status))", remedy(for: status))
    case .wrongChecksum(let step, let sent, let computed):
      return broken(
        "brom.checksum",
        "\(name) computed checksum \(hex(UInt64(computed))) over what \(step) sent, which has \(hex(UInt64(sent)))",
        "check cable and hub, and run the command again; nothing was started")
    case .oversizedBlock(let step, let count, let limit):
      return broken(
        "brom.oversized-block", "\(name) announces \(count) bytes in answer to \(step), and \(limit) are taken at most",
        again)
    case .wrongActor(let needed, let step):
      return broken(
        "brom.wrong-actor", "\(name): \(step) needs a \(needed.name)",
        needed.isBootROM
          ? "reach the boot ROM: turn the device off, hold the volume key and plug it in"
          : "reach the preloader: plug the device in without a key held")
    case .unknownWatchdog(let code):
      return broken(
        "brom.unknown-watchdog",
        "\(name): nobody has described the watchdog of the chip with the code \(fourDigits(code)), which would restart it",
        "take the device's power away")
    default: return .cancelled(device: name)
    }
  }

  private static func remedy(for status: BootROMStatus) -> String {
    switch status.rawValue {
    case 0x1000, 0x1001, 0x1D00...0x1D02:
      "this address cannot be reached this way; a locked chip allows few (`flashctl info`: security)"
    case 0x1D0E...0x1D15, 0xFFFD...0xFFFF: "check address, length and signature"
    case 0x5A5B: "the device does not take this agent any more: get a newer one"
    case 0xA000...0xA005: "the device takes no older software than it has: get a newer agent"
    default: "run the command again; if it stays, report it with the output of --trace"
    }
  }

  private static func bootROMAuthentication(_ error: BootROMError, _ name: String) -> Diagnostic {
    switch error {
    case .missingMaterial(let materials):
      let wanted = materials.map { material in
        switch material {
        case .authentication: "an authentication file (DAA): --auth FILE"
        case .certificate: "a root certificate: --cert FILE"
        case .signer: "a signature over a challenge (SLA): --sla-signer COMMAND"
        }
      }
      return Diagnostic(
        code: "brom.authentication-required",
        message: "\(name) is locked, and demands " + wanted.joined(separator: ", "),
        remedy: "these come from the device's manufacturer; a preloader, where it can be reached, demands less",
        exitStatus: .usage)
    case .signatureRefused(let status, let step, let actor):
      return Diagnostic(
        code: "brom.signature-refused",
        message: "the \(actor.name) of \(name) refused a signature at \(step): status \(words(status))"
          + (actor.isBootROM ? "" : "; it restarts"),
        remedy: "this device needs files that its own manufacturer has signed", exitStatus: .protocolError)
    case .signer(let failure):
      return Diagnostic(
        code: "brom.signer", message: "the command of --sla-signer \(words(failure))",
        remedy: "try it by hand: the challenge comes on standard input, the response goes to standard output",
        exitStatus: .usage)
    default: return .cancelled(device: name)
    }
  }

  private static func words(_ failure: BootROMError.SignerFailure) -> String {
    switch failure {
    case .notStarted(let code): "could not be started (errno \(code))"
    case .ended(let status): "ended with status \(status)"
    case .noAnswer(let limit): "did not answer within \(Units.duration(limit))"
    case .badAnswer(let count): "answered \(count) bytes, which is no signature"
    }
  }

  private static func agentChoice(_ error: BootROMError, _ name: String) -> Diagnostic {
    switch error {
    case .noAgent(let code, let path, let listed):
      let codes = listed.map { fourDigits($0) }.joined(separator: ", ")
      return Diagnostic(
        code: "brom.no-agent",
        message: "\(path) has no agent for \(name) (hardware code \(fourDigits(code))); it has \(codes)",
        remedy: "get an agent file that lists the chip, or choose an entry with --force-entry", exitStatus: .badData)
    case .noFirstStage(let path, let entry):
      return Diagnostic(
        code: "brom.no-first-stage", message: "entry \(entry) of \(path) has no first stage",
        remedy: "`flashctl image inspect` shows what is in the file", exitStatus: .badData)
    case .noSuchEntry(let path, let entry, let count):
      return Diagnostic(
        code: "brom.no-such-entry", message: "\(path) has \(count) entries, and no entry \(entry)",
        remedy: "entries count from 0; `flashctl image inspect` shows them", exitStatus: .usage)
    case .oldChip:
      return Diagnostic(
        code: "brom.old-chip",
        message: "\(name) has one of the oldest chips, which does not know GET_HW_CODE: it takes agents of the legacy "
          + "protocol only",
        remedy: "this version speaks to XFlash and XML agents; `flashctl mtk brom peek` reaches the memory",
        exitStatus: .protocolError)
    case .noAgentFile:
      return .usage(
        "the storage of \(name) is reached through a Download Agent, and there is no agent file",
        remedy: "give it with --loader FILE, or set FLASHCTL_LOADER")
    default: return .cancelled(device: name)
    }
  }

  private static func fourDigits(_ code: UInt16) -> String {
    let digits = String(code, radix: 16, uppercase: true)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }
}
