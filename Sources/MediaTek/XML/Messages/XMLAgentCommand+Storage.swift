import WireFormat

/// Commands about the storage. Source: `docs/protocols/mtk-xml.md` 7.3, 9, 10.
extension XMLAgentCommand {
  public static func readPartition(_ partition: String, to file: String) -> XMLAgentCommand {
    XMLAgentCommand("READ-PARTITION", ["partition": partition, "target_file": file])
  }

  public static func writePartition(_ partition: String, from file: String) -> XMLAgentCommand {
    XMLAgentCommand("WRITE-PARTITION", ["partition": partition, "source_file": file]).patient()
  }

  public static func erasePartition(_ partition: String) -> XMLAgentCommand {
    XMLAgentCommand("ERASE-PARTITION", ["partition": partition]).patient()
  }

  /// Offset and length are bytes in the section, whole sectors.
  public static func readFlash(
    _ section: String, offset: UInt64, byteCount: UInt64, to file: String
  ) -> XMLAgentCommand {
    XMLAgentCommand(
      "READ-FLASH",
      [
        "partition": section, "offset": XMLAgentNumber.text(offset), "length": XMLAgentNumber.text(byteCount),
        "target_file": file,
      ])
  }

  public static func writeFlash(_ section: String, offset: UInt64, from file: String) -> XMLAgentCommand {
    XMLAgentCommand(
      "WRITE-FLASH", ["partition": section, "offset": XMLAgentNumber.text(offset), "source_file": file]
    ).patient()
  }

  public static func eraseFlash(_ section: String, offset: UInt64, byteCount: UInt64) -> XMLAgentCommand {
    XMLAgentCommand(
      "ERASE-FLASH",
      [
        "partition": section, "offset": XMLAgentNumber.text(offset), "length": XMLAgentNumber.text(byteCount),
      ]
    ).patient()
  }

  /// A partition and the file for it.
  public struct Selection: Equatable, Sendable {
    public var partition: String
    public var file: String

    public init(partition: String, file: String) {
      self.partition = partition
      self.file = file
    }
  }

  public static func writePartitions(scatter: String, _ selections: [Selection]) -> XMLAgentCommand {
    XMLAgentCommand("WRITE-PARTITIONS", [XMLElement("source_file", text: scatter), list(selections)]).patient()
  }

  /// The device asks for the scatter file and then for what it needs.
  public static func flashAll(scatter: String, _ selections: [Selection]? = nil) -> XMLAgentCommand {
    flash("FLASH-ALL", [XMLElement("source_file", text: scatter)], selections)
  }

  /// As above; protected partitions go to `backup` and come back from there.
  public static func flashUpdate(
    scatter: String, backup: String, _ selections: [Selection]? = nil
  ) -> XMLAgentCommand {
    flash(
      "FLASH-UPDATE", [XMLElement("source_file", text: scatter), XMLElement("backup_folder", text: backup)], selections)
  }

  private static func flash(_ name: String, _ files: [XMLElement], _ selections: [Selection]?) -> XMLAgentCommand {
    var arguments = [XMLElement("path_separator", text: "/")] + files
    if let selections { arguments.append(list(selections)) }
    return XMLAgentCommand(name, version: selections == nil ? "1.0" : "2.0", arguments).patient()
  }

  private static func list(_ selections: [Selection]) -> XMLElement {
    XMLElement(
      "flash_list",
      children: selections.map { XMLElement("pt", attributes: [XMLAttribute("name", $0.partition)], text: $0.file) })
  }
}

/// Security. Source: `docs/protocols/mtk-xml.md` 7.4, 11. WRITE-EFUSE is left out: it cannot be undone.
extension XMLAgentCommand {
  /// Makes the challenge.
  public static let getFirmwareInfo = XMLAgentCommand(
    "SECURITY-GET-DEV-FW-INFO", ["target_file": memory(documentByteCount)])

  public static func setFlashPolicy(from file: String) -> XMLAgentCommand {
    XMLAgentCommand("SECURITY-SET-FLASH-POLICY", ["source_file": file])
  }

  public static func setAllInOneSignature(from file: String) -> XMLAgentCommand {
    XMLAgentCommand("SECURITY-SET-ALLINONE-SIGNATURE", ["source_file": file])
  }

  public static func writePrivateCertificate(from file: String) -> XMLAgentCommand {
    XMLAgentCommand("WRITE-PRIVATE-CERT", ["source_file": file])
  }

  public static func setRSC(project: String, from file: String) -> XMLAgentCommand {
    XMLAgentCommand("SET-RSC", ["key": project, "source_file": file])
  }

  public static func readEFuse(to file: String) -> XMLAgentCommand {
    XMLAgentCommand("READ-EFUSE", ["target_file": file])
  }
}

/// Debugging. Source: `docs/protocols/mtk-xml.md` 7.5.
extension XMLAgentCommand {
  public static func readRegister(at address: UInt64, byteCount: UInt64, bitWidth: Int = 32) -> XMLAgentCommand {
    XMLAgentCommand(
      "READ-REGISTER",
      [
        "bit_width": "\(bitWidth)", "base_address": XMLAgentNumber.text(address), "target_file": memory(byteCount),
      ])
  }

  public static func writeRegister(at address: UInt64, byteCount: UInt64, bitWidth: Int = 32) -> XMLAgentCommand {
    XMLAgentCommand(
      "WRITE-REGISTER",
      [
        "bit_width": "\(bitWidth)", "base_address": XMLAgentNumber.text(address), "source_file": memory(byteCount),
      ])
  }

  public enum MemoryTest: Equatable, Sendable {
    case flip(start: UInt64, byteCount: UInt64, repeats: UInt64)
    /// Brings a result.
    case calibration(file: String)
    case sram
  }

  public static func testMemory(_ test: MemoryTest) -> XMLAgentCommand {
    switch test {
    case .flip(let start, let byteCount, let repeats):
      XMLAgentCommand(
        "RAM-TEST",
        [
          "function": "FLIP", "start_address": XMLAgentNumber.text(start), "length": XMLAgentNumber.text(byteCount),
          "repeat": XMLAgentNumber.text(repeats),
        ]
      ).patient()
    case .calibration(let file):
      XMLAgentCommand("RAM-TEST", ["function": "CALIBRATION", "target_file": file]).patient()
    case .sram: XMLAgentCommand("RAM-TEST", ["function": "SRAM"]).patient()
    }
  }

  public static func repairMemory(parameters: String) -> XMLAgentCommand {
    XMLAgentCommand("DEBUG:DRAM-REPAIR", ["param_file": parameters, "target_file": memory(0x1000)]).patient()
  }

  public static func updateUFSFirmware(from file: String) -> XMLAgentCommand {
    XMLAgentCommand("DEBUG:UFS", ["function": "UPDATE-FIRMWARE", "source_file": file]).patient()
  }

  /// Settings of UFS; what is `nil` is left out.
  public struct UFSSettings: Equatable, Sendable {
    public struct WriteTurbo: Equatable, Sendable {
      public var size: UInt64
      public var reduction: UInt64
      public init(size: UInt64, reduction: UInt64) {
        self.size = size
        self.reduction = reduction
      }
    }

    public struct PerformanceBooster: Equatable, Sendable {
      public var size: UInt64
      public var pinnedRegionStart: UInt64
      public var pinnedRegionCount: UInt64
      public init(size: UInt64, pinnedRegionStart: UInt64, pinnedRegionCount: UInt64) {
        self.size = size
        self.pinnedRegionStart = pinnedRegionStart
        self.pinnedRegionCount = pinnedRegionCount
      }
    }

    public struct LastUnit: Equatable, Sendable {
      public var size: UInt64
      public var type: UInt64
      public init(size: UInt64, type: UInt64) {
        self.size = size
        self.type = type
      }
    }

    public var writeTurbo: WriteTurbo?
    public var performanceBooster: PerformanceBooster?
    public var lastUnit: LastUnit?

    public init() {}
  }

  public static func setUFS(_ settings: UFSSettings) -> XMLAgentCommand {
    func group(_ name: String, _ values: KeyValuePairs<String, UInt64>) -> XMLElement {
      XMLElement(name, children: values.map { XMLElement($0.key, text: XMLAgentNumber.text($0.value)) })
    }
    var arguments = [XMLElement("function", text: "SETTING")]
    if let turbo = settings.writeTurbo {
      arguments.append(group("write_turbo", ["size": turbo.size, "reduction": turbo.reduction]))
    }
    if let booster = settings.performanceBooster {
      arguments.append(
        group(
          "hpb",
          [
            "size": booster.size, "pinned_region_start_index": booster.pinnedRegionStart,
            "pinned_region_count": booster.pinnedRegionCount,
          ]))
    }
    if let last = settings.lastUnit {
      arguments.append(group("split_last_lua", ["size": last.size, "type": last.type]))
    }
    return XMLAgentCommand("DEBUG:UFS", arguments).patient()
  }
}
