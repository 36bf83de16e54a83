import MediaTek
import WireFormat

/// Commands, and what each of them consists of. Source: `docs/protocols/mtk-xml.md` 6, 7 and 17.
extension XMLAgentSimulation {
  mutating func begin(_ payload: [UInt8]) {
    steps = []
    current = nil
    sequel = .start
    chunkCount = 0
    requestCount = 0
    hasEndedReport = false
    commandCount += 1
    if let last = quirks.fallsSilent?.value, commandCount > last {
      state = .deaf
      return
    }
    if quirks.sendsGarbage { return sayGarbage() }
    let text = XMLAgentText(payload)
    let name = text.value("command").map { $0.hasPrefix("CMD:") ? String($0.dropFirst(4)) : $0 } ?? ""
    state = .body
    if name == "SET-RUNTIME-PARAMETER", knows(name) { setLog(text) }
    logLine(.info, "CMD:" + name)
    guard knows(name) else {
      say(.unsupported)
      return fail("Unsupported command.", result: "ERR!UNSUPPORTED")
    }
    say(.ok(nil))
    if quirks.asksForUnknown { steps.append(.unknown) }
    if let reason = denial(of: name, text) { return fail(reason) }
    guard let problem = plan(name, text) else {
      if quirks.skipsTransfer { steps = [] }
      steps.append(.end(result: "OK", message: ""))
      return proceed()
    }
    fail(problem)
  }

  // MARK: What it knows

  private static let firstStage: Set<String> = [
    "SET-RUNTIME-PARAMETER", "HOST-SUPPORTED-COMMANDS", "SET-HOST-INFO", "NOTIFY-INIT-HW", "NOTIFY-INIT-DRAM",
    "BOOT-TO",
    "REBOOT",
  ]
  private static let security: Set<String> = [
    "GET-SYS-PROPERTY", "SECURITY-GET-DEV-FW-INFO", "SECURITY-SET-FLASH-POLICY", "SECURITY-SET-ALLINONE-SIGNATURE",
  ]
  private static let storageCommands: Set<String> = [
    "READ-PARTITION-TABLE", "READ-PARTITION", "WRITE-PARTITION", "ERASE-PARTITION", "READ-FLASH", "WRITE-FLASH",
    "ERASE-FLASH", "WRITE-PARTITIONS", "FLASH-ALL", "FLASH-UPDATE",
  ]
  private static let secondStage: Set<String> = storageCommands.union(security).union([
    "SET-RUNTIME-PARAMETER", "HOST-SUPPORTED-COMMANDS", "SET-HOST-INFO", "NOTIFY-INIT-HW", "NOTIFY-INIT-DRAM",
    "REBOOT", "SET-BOOT-MODE", "SWITCH-HIGHER-USB-SPEED", "GET-HW-INFO", "GET-DA-INFO", "EMMC-CONTROL",
    "GET-DOWNLOADED-IMAGE-FEEDBACK", "WRITE-PRIVATE-CERT", "SET-RSC", "READ-EFUSE", "READ-REGISTER", "WRITE-REGISTER",
    "RAM-TEST", "DEBUG:DRAM-REPAIR", "DRAM-REPAIR", "DEBUG:UFS",
  ])

  private func knows(_ name: String) -> Bool {
    guard !settings.missing.contains(name) else { return false }
    if name == "SECURITY-GET-DEV-FW-INFO", quirks.hasNoFirmwareInfo { return false }
    if isSecondStage { return Self.secondStage.contains(name) }
    return Self.firstStage.contains(name) || settings.firstStageAuthentication && Self.security.contains(name)
  }

  static let lockedText = "Server is not authenticated. Locked."

  /// Why a command is not begun.
  private func denial(of name: String, _ text: XMLAgentText) -> String? {
    if name == "HOST-SUPPORTED-COMMANDS", quirks.refusesHostCommands { return "Not allowed." }
    if name == "BOOT-TO", settings.firstStageAuthentication, !isAuthenticated { return Self.lockedText }
    guard isSecondStage, Self.storageCommands.contains(name) else { return nil }
    guard isInitialised else { return "Storage is not initialized." }
    guard !settings.linkAuthentication || isAuthenticated else { return Self.lockedText }
    let changes = ["WRITE-PARTITION", "ERASE-PARTITION"]
    if changes.contains(name), let partition = text.value("partition"), settings.protected.contains(partition) {
      return denialText(partition)
    }
    return nil
  }

  // MARK: What it does

  /// Fills in the steps; returns why it cannot.
  private mutating func plan(_ name: String, _ text: XMLAgentText) -> String? {
    if let document = document(for: name, text) {
      steps.append(upload(name == "GET-SYS-PROPERTY" ? "sys-prop" : "WriteLocalFile", text, document))
      return nil
    }
    switch name {
    case "SET-RUNTIME-PARAMETER", "HOST-SUPPORTED-COMMANDS", "SET-HOST-INFO": return nil
    case "NOTIFY-INIT-HW", "NOTIFY-INIT-DRAM":
      isInitialised = true
      report("init-hw", [100])
      return nil
    case "BOOT-TO": return planSecondStage(text)
    case "REBOOT", "SET-BOOT-MODE", "SWITCH-HIGHER-USB-SPEED": return planLeaving(name, text)
    case "READ-PARTITION", "READ-FLASH": return planReading(text)
    case "WRITE-PARTITION": return planWriting(text)
    case "WRITE-FLASH": return planRawWriting(text)
    case "ERASE-PARTITION", "ERASE-FLASH": return planErasing(text)
    case "WRITE-PARTITIONS", "FLASH-ALL", "FLASH-UPDATE": return planPackage(name, text)
    default: return planOther(name, text)
    }
  }

  mutating func report(_ message: String, _ percents: [Int]) {
    steps.append(.report(message: message, percents: percents))
    if quirks.reportsTwice { steps.append(.report(message: message, percents: percents)) }
  }

  private mutating func planSecondStage(_ text: XMLAgentText) -> String? {
    guard let address = text.number("at_address"), address == text.number("jmp_address") else {
      return "Invalid address."
    }
    if quirks.refusesAddress || !(0x4000_0000..<0x1_0000_0000).contains(address) {
      sequel = .leave(.restart)
      steps.append(.end(result: "ERR", message: "2nd DA address is invalid. reset.\r\n"))
      return nil
    }
    if quirks.refusesOldAgent { return "Invalid DA Version" }
    sequel = .secondStage
    steps.append(download("2nd-DA", text, .secondStage(address: address), packet: settings.firstStagePacket.value))
    return nil
  }

  private mutating func planLeaving(_ name: String, _ text: XMLAgentText) -> String? {
    switch name {
    case "SET-BOOT-MODE":
      guard let mode = text.value("mode"), ["META", "FASTBOOT", "ANDROID-TEST-MODE"].contains(mode) else {
        return "Invalid mode."
      }
      bootMode = mode
    case "SWITCH-HIGHER-USB-SPEED": sequel = .leave(.highSpeed(after: settings.speedTime))
    default:
      guard let action = text.value("action"), ["IMMEDIATE", "DISCONNECT", "COLD-RESET"].contains(action) else {
        return "Invalid action."
      }
      sequel = .leave(bootMode == "FASTBOOT" ? .fastboot : .restart)
    }
    return nil
  }

  private mutating func planOther(_ name: String, _ text: XMLAgentText) -> String? {
    switch name {
    case "SECURITY-SET-FLASH-POLICY", "SECURITY-SET-ALLINONE-SIGNATURE":
      steps.append(download("signature", text, .signature))
    case "WRITE-PRIVATE-CERT", "SET-RSC": steps.append(download("file", text, .ignored))
    case "WRITE-REGISTER":
      guard let address = text.number("base_address") else { return "Invalid parameter." }
      steps.append(download("register", text, .registers(address: address)))
    case "RAM-TEST":
      report("RAM test.", [50, 100])
      if text.value("function") == "CALIBRATION" {
        steps.append(upload("WriteLocalFile", text, Array("calibrated\n".utf8)))
      }
    case "DEBUG:DRAM-REPAIR", "DRAM-REPAIR":
      steps.append(download("param", text, .ignored, element: "param_file"))
      steps.append(upload("WriteLocalFile", text, Array("NO-NEED".utf8)))
    case "DEBUG:UFS":
      guard settings.kind == .ufs else { return "No UFS." }
      if let file = text.value("source_file") {
        steps.append(.question(key: "FILE-SIZE", path: file))
        steps.append(download("ffu", text, .ignored))
      }
      report("ufs", [100])
    default: return "Not implemented."
    }
    return nil
  }

  // MARK: Steps

  func upload(_ info: String, _ text: XMLAgentText, _ bytes: [UInt8]) -> XMLAgentStep {
    upload(info, target: text.value("target_file") ?? "", .bytes(bytes), packet: settings.documentPacket.value)
  }

  func upload(
    _ info: String, target: String, _ content: XMLAgentUpload.Content, packet: UInt64
  ) -> XMLAgentStep {
    .upload(XMLAgentUpload(info: info, target: target, content: content, packetByteCount: self.packet(packet)))
  }

  func download(
    _ info: String, _ text: XMLAgentText, _ purpose: XMLAgentDownload.Purpose, packet: UInt64? = nil,
    element: String = "source_file"
  ) -> XMLAgentStep {
    download(
      info, source: text.value(element) ?? "", purpose, packet: packet ?? settings.documentPacket.value)
  }

  func download(
    _ info: String, source: String, _ purpose: XMLAgentDownload.Purpose, packet: UInt64
  ) -> XMLAgentStep {
    .download(
      XMLAgentDownload(info: info, source: source, purpose: purpose, packetByteCount: self.packet(packet)))
  }

  private func packet(_ byteCount: UInt64) -> UInt64 {
    if quirks.hasTinyPackets { return 0x40 }
    guard quirks.changesPackets else { return max(1, byteCount) }
    return max(1, byteCount >> (commandCount % 4)) + commandCount % 3
  }
}
