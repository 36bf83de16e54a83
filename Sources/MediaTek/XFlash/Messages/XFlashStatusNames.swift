/// What status codes mean, by their domain. Source: `docs/protocols/mtk-xflash.md` 12.
enum XFlashStatusNames {
  static func name(_ code: UInt16, in domain: XFlashStatus.Domain) -> String? {
    switch domain {
    case .common: common[code]
    case .security: security[code]
    case .library: library[code]
    case .device: device[code]
    case .exception: exception[code].map { "exception: " + $0 }
    case .bootROM: bootROM[code]
    case .agent: agent[code]
    case .preloader: nil
    }
  }

  private static let common: [UInt16: String] = [
    0x1: "general error", 0x2: "aborted", 0x3: "unsupported command", 0x4: "unsupported control code",
    0x5: "protocol error", 0x6: "protocol buffer overflow", 0x7: "buffer too small", 0x8: "USB scan failed",
    0x9: "invalid host session handle", 0xA: "invalid session", 0xB: "invalid stage", 0xC: "not implemented",
    0xD: "file not found", 0xE: "cannot open file", 0xF: "cannot write file", 0x10: "cannot read file",
    0x11: "cannot create file, or unsupported version",
  ]

  private static let security: [UInt16: String] = [
    0x1: "ROM info not found", 0x2: "customer name not found", 0x3: "device not supported", 0x4: "download forbidden",
    0x5: "image too large", 0x6: "preloader verification failed", 0x7: "image verification failed",
    0x8: "hash operation failed", 0x9: "hash binding check failed", 0xA: "invalid buffer",
    0xB: "no binding hash available", 0xC: "writing not allowed", 0xD: "formatting not allowed",
    0xE: "SV5 public key authentication failed", 0xF: "SV5 hash verification failed",
    0x10: "SV5 RSA operation failed", 0x11: "SV5 RSA verification failed", 0x12: "SV5 GFH not found",
    0x13: "certificate 1 invalid", 0x14: "certificate 2 invalid", 0x15: "image header invalid",
    0x16: "signature size invalid", 0x17: "RSA-PSS operation failed", 0x18: "certificate authentication failed",
    0x19: "public key mismatch: N size", 0x1A: "public key mismatch: E size", 0x1B: "public key mismatch: N",
    0x1C: "public key mismatch: E", 0x1D: "public key mismatch: hash", 0x1E: "certificate object not found",
    0x1F: "certificate OID not found", 0x20: "certificate out of range", 0x21: "OID mismatch",
    0x22: "length mismatch", 0x23: "unknown ASN.1 operation", 0x24: "OID index out of range", 0x25: "OID too large",
    0x26: "public key size mismatch", 0x27: "software id mismatch", 0x28: "hash size mismatch",
    0x29: "image header type mismatch", 0x2A: "image type mismatch", 0x2B: "image header hash wrong",
    0x2C: "image hash wrong", 0x2D: "anti-rollback violation", 0x2E: "seccfg not found", 0x2F: "seccfg magic wrong",
    0x30: "seccfg invalid", 0x31: "cipher mode invalid", 0x32: "cipher key invalid", 0x33: "cipher data unaligned",
    0x34: "GFH file info not found", 0x35: "GFH anti-clone not found", 0x36: "GFH security config not found",
    0x37: "unsupported source type", 0x38: "customer name mismatch", 0x39: "invalid address",
    0x40: "certificate version not in step", 0x41: "signature not in step", 0x42: "all-in-one signature rejected",
    0x43: "all-in-one signature missing", 0x44: "communication key not set", 0x45: "device info check failed",
    0x46: "too many boot images", 0x47: "signature not found", 0x48: "boot image needs special handling",
    0x49: "remote security policy disabled", 0x4A: "RSA OAEP failed", 0x4B: "buffer too small",
    0x4C: "DA anti-rollback error", 0x4D: "cannot read OTP value", 0x4E: "invalid unit size",
    0x4F: "invalid group index", 0x50: "image version overflow", 0x51: "OTP table not initialised",
    0x52: "invalid partition name", 0x53: "DA version anti-rollback error", 0x54: "invalid message size",
    0x55: "security level unsupported", 0x56: "security level mismatch", 0x57: "fault injection detected",
    0x58: "public key hash group invalid", 0x59: "security level too large", 0x5A: "security config was formatted",
    0x5B: "security config: unknown error", 0x5C: "lock state: seccfg failed", 0x5D: "lock state: custom failed",
    0x5E: "lock state inconsistent",
  ]

  private static let library: [UInt16: String] = [
    0x1: "scatter file invalid", 0x2: "DA file invalid", 0x3: "DA selection failed", 0x4: "preloader invalid",
    0x5: "EMI header invalid", 0x6: "storage mismatch", 0x7: "invalid parameters", 0x8: "invalid GPT",
    0x9: "invalid PMT", 0xA: "layout changed", 0xB: "invalid format parameter", 0xC: "unknown storage section type",
    0xD: "unknown scatter field", 0xE: "partition table missing", 0xF: "scatter chip id mismatch",
    0x10: "security certificate file missing", 0x11: "authentication file missing",
    0x12: "authentication file needed", 0x13: "EMI container file missing", 0x14: "scatter file missing",
    0x15: "XML file operation failed", 0x16: "unsupported page size", 0x17: "EMI info length offset invalid",
    0x18: "EMI info length invalid",
  ]

  private static let device: [UInt16: String] = [
    0x1: "unsupported operation", 0x2: "thread error", 0x3: "checksum error",
    0x4: "unknown sparse format, or image too large", 0x5: "sparse chunk type unknown", 0x6: "partition not found",
    0x7: "cannot read partition table", 0x8: "too many partitions", 0x9: "unknown storage type",
    0xA: "DRAM test failed", 0xB: "range exceeded", 0xC: "cannot write sparse image", 0x30: "MMC error",
    0x40: "NAND error", 0x41: "NAND busy", 0x42: "NAND timeout", 0x43: "NAND bad block", 0x44: "NAND erase failed",
    0x45: "NAND program failed", 0x50: "EMI version mismatch", 0x60: "UFS error", 0x100: "OTP not supported",
    0x102: "OTP lock failed", 0x200: "eFuse: unknown error", 0x201: "eFuse: write timeout",
    0x202: "eFuse: already blown", 0x203: "eFuse: bit cannot revert", 0x204: "eFuse: partly blown",
    0x205: "eFuse: invalid argument", 0x206: "eFuse: value not zero", 0x207: "eFuse: wrong data blown",
    0x208: "eFuse: broken", 0x209: "eFuse: blow error", 0x20A: "eFuse: data processing", 0x20B: "eFuse: unlock bpkey",
    0x20C: "eFuse: create list", 0x20D: "eFuse: write register", 0x20E: "eFuse: padding type mismatch",
  ]

  private static let exception: [UInt16: String] = [
    0x1: "device control", 0x2: "shutdown", 0x3: "download", 0x4: "upload", 0x5: "external RAM",
    0x6: "notify USB speed switch", 0x7: "read data", 0x8: "write data", 0x9: "format", 0xA: "OTP",
    0xB: "switch USB speed", 0xC: "write eFuse", 0xD: "read eFuse",
  ]

  private static let bootROM: [UInt16: String] = [
    0x1: "start command / connection failed", 0x2: "cannot read chip version", 0x3: "SEND_DA failed",
    0x4: "JUMP_DA failed", 0x5: "command failed", 0x6: "stage callback failed",
  ]

  private static let agent: [UInt16: String] = [
    0x1: "DA version mismatch", 0x2: "DA not found", 0x3: "DA section not found", 0x4: "DA hash mismatch",
    0x5: "too many DAs",
  ]
}
