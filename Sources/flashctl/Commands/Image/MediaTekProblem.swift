import FlashImages

/// Something odd about an agent file, a preloader or memory settings, in words and as a code that stays.
struct MediaTekProblem: Equatable {
  enum Severity: String {
    case note, warning, error
  }

  var code: String
  var severity: Severity
  var text: String

  private init(_ code: String, _ severity: Severity, _ text: String) {
    self.code = code
    self.severity = severity
    self.text = text
  }

  init(_ remark: AgentArchive.Remark) {
    self =
      switch remark {
      case .badMagic(let entry, let magic):
        Self(
          "bad-magic", .error, "entry \(entry) begins with \(Diagnostic.hex(UInt64(magic))) instead of 0xdada, left out"
        )
      case .regionOutside(let entry, let region):
        Self("region-outside", .error, "region \(region) of entry \(entry) ends behind the file")
      case .signatureElsewhere(let entry, let region, let position):
        Self(
          "signature-elsewhere", .warning,
          "region \(region) of entry \(entry) says its signature is at \(Diagnostic.hex(UInt64(position))), which is not its end"
        )
      case .signatureTooLong(let entry, let region):
        Self("signature-too-long", .error, "region \(region) of entry \(entry) is shorter than its signature")
      case .infoVersion(let version):
        Self("info-version", .warning, "info version \(version), and 4 is the one that is known")
      case .unterminatedDescription: Self("unterminated-description", .warning, "its description has no end")
      }
  }

  init(_ remark: PreloaderFile.Remark) {
    self =
      switch remark {
      case .truncated(let stated, let available):
        Self("truncated", .error, "its header says \(stated) bytes, and only \(available) are there")
      case .trailingBytes(let count): Self("trailing-bytes", .note, "\(count) bytes behind what its header says")
      case .inconsistentLengths:
        Self("inconsistent-lengths", .error, "content and signature do not fit into its length")
      case .noMemorySettings: Self("no-memory-settings", .warning, "no memory settings (EMI) in it")
      case .bootROMCommandsDisabled:
        Self(
          "boot-rom-commands-disabled", .warning,
          "switches the boot ROM's commands off: a device with it can be reached through its preloader only")
      }
  }

  init(_ remark: EMIBlock.Remark) {
    self =
      switch remark {
      case .fewerRecords(let stated, let stored):
        Self("fewer-records", .warning, "the memory settings say \(stated) records, and hold \(stored)")
      case .trailingBytes(let count):
        Self("trailing-setting-bytes", .note, "\(count) bytes behind the last record of memory settings")
      case .unknownVersion(let version):
        Self("unknown-version", .warning, "memory settings of version \(version), whose records nobody has described")
      case .unusualHeader: Self("unusual-header", .note, "memory settings with an unusual header")
      }
  }

  static func otherLength(stated: UInt32, actual: UInt64) -> MediaTekProblem {
    MediaTekProblem("other-length", .warning, "its header says \(stated) bytes, and the file has \(actual)")
  }
}
