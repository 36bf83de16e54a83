import FlashCore
import Qualcomm
import WireFormat

extension Diagnostic {
  static let edlAgain = "bring the device into EDL again (power it off, then test point or key combination)"

  /// What went wrong with a device that speaks Firehose. Remedies follow `docs/protocols/firehose.md` 9 and 13.
  init(_ error: FirehoseError, device: String?) {
    let name = device ?? "the device"
    switch error {
    case .at(let extent, let error):
      self.init(error, device: device)
      message += " (\(Self.words(extent)))"
    case .transfer(let failure, let step):
      self.init(failure, device: device)
      message += " (during \(step))"
    case .cancelled: self = .cancelled(device: device)
    case .sahara(let error): self.init(error, device: device)
    case .loader(let error): self.init(error)
    case .output(let error): self.init(error)
    case .file(let error):
      self.init(error)
      message += "; \(name) was sent zeros in its place, so that it goes on listening"
    case .refused(let refusal): self.init(refusal, name)
    case .provisioning(let error): self = Self.provisioning(error)
    case .digestTables(let error): self.init(error)
    case .silence, .notResponding, .stillInSahara, .restartWanted, .loaderNeeded, .otherMode:
      self = Self.firehoseState(error, name)
    case .violation(let violation, let step):
      self.init(
        code: "firehose.protocol-violation", message: "\(name) broke the protocol at \(step): \(Self.words(violation))",
        remedy: "\(Self.edlAgain); if it stays, report it with the output of --trace", exitStatus: .protocolError)
    default: self = Self.firehoseRequest(error, name)
    }
  }

  /// A NAK: always with the device's own last words.
  init(_ refusal: FirehoseRefusal, _ name: String) {
    let said = refusal.lastError.map { ": the device says “\($0)”" } ?? ", and gave no reason"
    let command = refusal.command + (refusal.followsData ? " after all of its data" : "")
    self.init(
      code: "firehose.refused", message: "\(name) refused \(command)\(said)",
      remedy: Self.remedy(refusal.reasons.first, command: refusal.command), exitStatus: .protocolError)
  }

  private static func remedy(_ reason: FirehoseReason?, command: String) -> String {
    switch reason {
    case .sectorSize(let size): "run the command again with --sector-size \(size)"
    case .wrongMemory(let memory?):
      "leave --memory out, so that the storage is found out, or try --memory \(memory.rawValue)"
    case .wrongMemory(nil): "leave --memory out: every kind of storage is tried then"
    case .storageNotOpened:
      "leave --memory out, so that the storage is found out; UFS that is not provisioned yet: --skip-storage-init, and "
        + "`flashctl qcom firehose provision`"
    case .noPartition: "`flashctl partitions` shows the LUNs that there are"
    case .ioOptions: "name the storage with --memory nand, and its page with --sector-size"
    case .storageStackLost: "take the device's power away, \(edlAgain), and touch no sector before provisioning"
    case .authenticationRequired:
      "the manufacturer's programmer wants to be unlocked first: send its element and file with "
        + "`flashctl qcom firehose xml --no-configure --raw-in`"
    case .signatureRefused: "the signature or table is not for this device; get the one made for it"
    case .patchTooLarge: "split the patch into ones of at most 8 bytes"
    case .rangeRestricted: "the manufacturer's programmer keeps this area closed; another programmer may not"
    case .storageFailure: "the storage reported a failure: try again; if it stays, the flash is worn or broken"
    case .digestTablesRequired: "give the folder with the signed digest tables: --vip FOLDER"
    case .invalidParameters: "the programmer is older than the command; `flashctl qcom firehose info` lists what it has"
    case .notXML: "\(edlAgain), then run the command again"
    case .payloadTooLarge: "run the command again with a smaller --max-payload"
    case .unknownCommand: "`flashctl qcom firehose info` lists what this programmer can do"
    case nil: "run the command again with --verbose to see everything that the device says"
    }
  }

  /// The place of a failure in the storage: `section 0, sectors 34 to 2081`.
  static func words(_ extent: FirehoseExtent) -> String {
    let section = "section \(extent.physicalPartition)" + (extent.slot.map { " of storage \($0)" } ?? "")
    guard extent.sectorCount > 0 else { return section }
    guard let first = UInt64(extent.startSector), !first.addingReportingOverflow(extent.sectorCount).overflow else {
      return section + ", \(extent.sectorCount) sectors from \(SafeText.line(extent.startSector))"
    }
    let last = first + extent.sectorCount - 1
    return section + (first == last ? ", sector \(first)" : ", sectors \(first) to \(last)")
  }

  private static func firehoseState(_ error: FirehoseError, _ name: String) -> Diagnostic {
    switch error {
    case .silence(let step, let limit, let said):
      Diagnostic(
        code: "firehose.silence",
        message: "\(name) did not go on with \(step) within \(Units.duration(limit))"
          + (said.map { "; its last words: “\(SafeText.line($0))”" } ?? ""),
        remedy: "run the command again; if it stays silent, \(edlAgain). --timeout allows more time",
        exitStatus: .tryAgain)
    case .notResponding(let isAttached):
      Diagnostic(
        code: "firehose.not-responding",
        message: isAttached
          ? "\(name): a programmer seems to run there and answers nothing; it may wait for the rest of data that another "
            + "session did not finish sending"
          : "\(name) took the programmer, which answers nothing",
        remedy: isAttached ? edlAgain : "get the programmer made for this device, and \(edlAgain)",
        exitStatus: .tryAgain)
    case .loaderNeeded:
      .usage(
        "\(name) is in its boot ROM, which knows nothing of storage: this command needs the programmer of the device's "
          + "manufacturer", remedy: "give it with --loader FILE, or set FLASHCTL_LOADER")
    case .stillInSahara(let status):
      Diagnostic(
        code: "firehose.still-in-sahara",
        message: "\(name) has not left its boot ROM: it reports status \(hex(UInt64(status)))",
        remedy: "`flashctl qcom sahara recover`, then run the command again with --loader", exitStatus: .protocolError)
    case .restartWanted(let step):
      Diagnostic(
        code: "firehose.restart-wanted", message: "\(name) wants its programmer to be loaded again (at \(step))",
        remedy: "\(edlAgain), then run the command again", exitStatus: .protocolError)
    case .otherMode(let mode):
      Diagnostic(
        code: "firehose.other-mode", message: "\(name) is in another mode: \(mode)",
        remedy: "\(edlAgain); `flashctl list` shows what it is in", exitStatus: .protocolError)
    default: .cancelled(device: name)
    }
  }

  private static func firehoseRequest(_ error: FirehoseError, _ name: String) -> Diagnostic {
    func failure(_ code: String, _ message: String, _ remedy: String, _ status: ExitStatus = .protocolError)
      -> Diagnostic
    {
      Diagnostic(code: "firehose." + code, message: message, remedy: remedy, exitStatus: status)
    }
    switch error {
    case .missingCommand(let command):
      return failure(
        "missing-command", "\(name): the programmer has no \(command)",
        "`flashctl qcom firehose info` lists what it has; most production programmers leave some out")
    case .payload(let payload, let sector):
      return failure(
        "payload", "\(name) takes \(payload) bytes at a time, less than a sector of \(sector)",
        "check --sector-size and --max-payload")
    case .sectorSize(let device, let given):
      return failure(
        "sector-size", "\(name) has sectors of \(device) bytes, not \(given)",
        "use the package made for this storage, or --sector-size \(device)")
    case .sectorCount(let section, let device, let given):
      return failure(
        "sector-count",
        "\(name) says that its section \(section) has \(device) sectors, and --disk-sectors says \(given)",
        "leave the option out for section \(section), and check that the package is for this device", .badData)
    case .shortRead(let received, let expected):
      return failure(
        "short-read", "\(name) sent \(received) of \(expected) bytes", "run the command again; check cable and hub",
        .transferFailed)
    case .endlessData(let command, let limit):
      return failure(
        "endless-data",
        "\(name) goes on sending raw data at \(command): no end after \(Units.bytes(limit)), or in the time that they take",
        "say how many bytes they are with --raw-length")
    case .rawData(let command, let given, let needed):
      let there = given.map { "\($0) bytes are given" } ?? "no file is given"
      let wanted = needed.map { "\($0) bytes" } ?? "a file"
      return .usage(
        "\(command) moves raw data: it needs \(wanted), and \(there)",
        remedy: "give the file with --raw-in or --raw-out, and --raw-length only where the document says nothing else")
    case .noRawData(let command):
      return failure(
        "no-raw-data", "\(name) acknowledged \(command) and announced no raw data, so no file was used",
        "leave --raw-in or --raw-out out: the command itself has been done", .usage)
    case .document(let error):
      return .usage("not a Firehose document: \(words(error))", remedy: "give <data> with one command in it")
    case .tooLong(let count, let limit):
      return failure("too-long", "a document of \(count) bytes; \(name) takes \(limit)", "leave attributes out", .usage)
    case .digestTablesRequired:
      return failure(
        "digest-tables-required", "\(name) takes only what signed digest tables list (VIP), and none are given",
        "make them with `flashctl qcom vip create`, have them signed, and give their folder with --vip")
    default:
      return failure(
        "digest-tables-not-wanted", "\(name) does not ask for digest tables (VIP)", "leave --vip out")
    }
  }

  static func words(_ error: FirehoseMessageError) -> String {
    switch error {
    case .xml(let error): "line \(error.position.line): \(XMLText.words(error.problem))"
    case .notOneCommand(let root, let count): "<\(SafeText.line(root))> with \(count) elements in it"
    case .missingAttribute(let element, let name): "\(element) has no \(name)"
    case .invalidAttribute(let element, let name, let value): "\(element): \(name) is “\(value)”"
    }
  }

  private static func words(_ violation: FirehoseViolation) -> String {
    switch violation {
    case .endlessDocument: "a document that does not end"
    case .unknownResponse(let text): "the response “\(text)”, which is neither ACK nor NAK"
    case .rawMode(true): "no raw data were announced"
    case .rawMode(false): "raw data were announced where there are none"
    case .excessData(let count): "\(count) bytes more than were asked for"
    case .endlessLogs(let count): "\(count) log lines without an answer"
    case .noDigest: "no digest in its answer"
    case .noMemory(let received, let expected): "\(received) of \(expected) bytes of memory in its answer"
    }
  }
}
