import WireFormat

/// Commands of the session. Source: `docs/protocols/mtk-xml.md` 7.1.
extension XMLAgentCommand {
  public enum LogLevel: String, Sendable, CaseIterable {
    case trace = "TRACE"
    case debug = "DEBUG"
    case info = "INFO"
    case warn = "WARN"
    case error = "ERROR"
  }

  public enum LogChannel: String, Sendable, CaseIterable {
    case usb = "USB"
    case uart = "UART"
    case both = "BOTH"
  }

  public enum Battery: String, Sendable, CaseIterable {
    case present = "YES"
    case absent = "NO"
    case detected = "AUTO-DETECT"
  }

  public static func setRuntimeParameter(
    logLevel: LogLevel = .info, logChannel: LogChannel = .uart, battery: Battery = .detected,
    initializesMemory: Bool? = true
  ) -> XMLAgentCommand {
    var command = XMLAgentCommand(
      "SET-RUNTIME-PARAMETER", version: initializesMemory == nil ? "1.0" : "1.1",
      [
        "checksum_level": "NONE", "battery_exist": battery.rawValue, "da_log_level": logLevel.rawValue,
        "log_channel": logChannel.rawValue, "system_os": "LINUX",
      ])
    if let initializesMemory {
      command.advanced = [XMLElement("initialize_dram", text: initializesMemory ? "YES" : "NO")]
    }
    return command
  }

  /// What the agent may ask this host to do.
  public static let hostSupportedCommands = XMLAgentCommand(
    "HOST-SUPPORTED-COMMANDS",
    [
      "host_capability":
        "CMD:DOWNLOAD-FILE^1@CMD:FILE-SYS-OPERATION^1@CMD:PROGRESS-REPORT^1@CMD:UPLOAD-FILE^1@"
    ])

  public static func setHostInfo(_ info: String) -> XMLAgentCommand { XMLAgentCommand("SET-HOST-INFO", ["info": info]) }

  /// Sets up memory, in the first stage, or storage, in the second.
  public static let notifyInitHardware = XMLAgentCommand("NOTIFY-INIT-HW")

  /// Loads the second stage and starts it.
  public static func bootTo(_ address: UInt32, byteCount: UInt64) -> XMLAgentCommand {
    let place = XMLAgentNumber.text(UInt64(address))
    return XMLAgentCommand(
      "BOOT-TO", ["at_address": place, "jmp_address": place, "source_file": memory(byteCount)])
  }

  /// Nobody has seen its message; what it does is expected.
  public static let switchHigherUSBSpeed = XMLAgentCommand("SWITCH-HIGHER-USB-SPEED")

  public static let canHigherUSBSpeed = XMLAgentCommand("CAN-HIGHER-USB-SPEED", ["target_file": memory(0x40)])

  public enum RebootAction: String, Sendable, CaseIterable {
    case immediate = "IMMEDIATE"
    /// The agent lets go of the host.
    case disconnect = "DISCONNECT"
    case coldReset = "COLD-RESET"
  }

  public static func reboot(_ action: RebootAction) -> XMLAgentCommand {
    XMLAgentCommand("REBOOT", ["action": action.rawValue])
  }

  public enum BootMode: String, Sendable, CaseIterable {
    case meta = "META"
    case fastboot = "FASTBOOT"
    case androidTest = "ANDROID-TEST-MODE"
  }

  /// What the next restart leads to.
  public static func setBootMode(_ mode: BootMode, hasMobileLog: Bool, hasADB: Bool = true) -> XMLAgentCommand {
    XMLAgentCommand(
      "SET-BOOT-MODE",
      [
        "mode": mode.rawValue, "connect_type": "USB", "mobile_log": hasMobileLog ? "ON" : "OFF",
        "adb": hasADB ? "ON" : "OFF",
      ])
  }
}

/// Questions. Source: `docs/protocols/mtk-xml.md` 7.2.
extension XMLAgentCommand {
  private static func asking(_ name: String, byteCount: UInt64 = documentByteCount) -> XMLAgentCommand {
    XMLAgentCommand(name, ["target_file": memory(byteCount)])
  }

  public static let getHardwareInfo = asking("GET-HW-INFO")
  public static let getAgentInfo = asking("GET-DA-INFO", byteCount: 0x2_0000)
  public static let readPartitionTable = asking("READ-PARTITION-TABLE")
  public static let getImageFeedback = asking("GET-DOWNLOADED-IMAGE-FEEDBACK", byteCount: 0x2_0000)

  /// `DA.SLA`, `product_id`.
  public static func getSystemProperty(_ key: String) -> XMLAgentCommand {
    XMLAgentCommand("GET-SYS-PROPERTY", ["key": key, "target_file": memory(documentByteCount)])
  }

  public enum EMMCFunction: String, Sendable, CaseIterable {
    case lifeCycleStatus = "LIFE-CYCLE-STATUS"
    case rpmbKeyStatus = "GET-RPMB-KEY-STATUS"
    /// As one host calls the same.
    case rpmbStatus = "GET-RPMB-STATUS"
  }

  public static func emmcControl(_ function: EMMCFunction) -> XMLAgentCommand {
    XMLAgentCommand("EMMC-CONTROL", ["function": function.rawValue, "target_file": memory(documentByteCount)])
  }
}
