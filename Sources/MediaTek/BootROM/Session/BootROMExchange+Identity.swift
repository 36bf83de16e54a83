extension BootROMExchange {
  /// A command without parameters, and what comes behind its echo.
  static func plain(_ opcode: BootROMOpcode, _ steps: [Step], _ policy: BootROMPolicy) -> BootROMExchange {
    BootROMExchange(opcode.name, [.opcode(opcode.rawValue)] + steps, policy: policy)
  }

  /// FE: a preloader's version; a boot ROM answers FE (8.3).
  public static func preloaderVersion(_ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    let opcode = BootROMOpcode.preloaderVersion
    return BootROMExchange(opcode.name, [.version(opcode.rawValue)], policy: policy)
  }

  /// FF: a boot ROM's version; a preloader answers FF (8.3).
  public static func bootROMVersion(_ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    let opcode = BootROMOpcode.bootROMVersion
    return BootROMExchange(opcode.name, [.version(opcode.rawValue)], policy: policy)
  }

  /// FD: the hardware code, and a status that some take for a version (16).
  public static func hardwareCode(_ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    let opcode = BootROMOpcode.hardwareCode
    return BootROMExchange(
      opcode.name, [.opcode(opcode.rawValue), .number(byteCount: 2), .status], policy: policy,
      valueLimit: policy.hardwareCodeLimit)
  }

  /// FC: sub code, hardware version, software version.
  public static func versions(_ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.versions, [.numbers(count: 3, byteCount: 2), .status], policy)
  }

  /// D8: what the chip's security demands.
  public static func targetConfig(_ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.targetConfig, [.number(byteCount: 4), .status], policy)
  }

  /// E1: 16 bytes of one chip's own.
  public static func meID(_ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.meID, [.block, .status], policy)
  }

  /// E7: 32 bytes of one chip's own.
  public static func socID(_ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.socID, [.block, .status], policy)
  }

  /// FB: what a preloader can do, two words without a status.
  public static func preloaderCapabilities(_ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.preloaderCapabilities, [.numbers(count: 2, byteCount: 4)], policy)
  }

  /// DF: the boot ROM's log.
  public static func log(_ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.log, [.block, .status], policy)
  }

  /// DD: the same on older chips, without a status.
  public static func oldLog(_ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.oldLog, [.block], policy)
  }

  /// DB: log lines on the chip's UART.
  public static func enableLog(_ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.enableLog, [.status], policy)
  }

  /// DC: the log UART's rate in bit/s.
  public static func setLogBaudRate(_ rate: UInt32, _ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.setLogBaudRate, [.echo(bytes(rate)), .status], policy)
  }

  /// B8: whether a feature phone has a secure area; 0 ready, 1 none, 2 not supported.
  public static func secureReady(_ policy: BootROMPolicy = BootROMPolicy()) -> BootROMExchange {
    plain(.secureReady, [.number(byteCount: 1)], policy)
  }
}
