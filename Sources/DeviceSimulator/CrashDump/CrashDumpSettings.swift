import Qualcomm

/// The knobs of a simulated device that has crashed.
struct CrashDumpSettings: Sendable {
  var productString: String?
  var chipSerialNumber = ChipSerialNumber(0x3EB3_EBC4)
  var interfaceProtocol = InterfaceProtocolValue.x10
  var packetSize = PacketSizeValue.high
  var version: Version = .two
  var width = WidthValue.bits64
  /// Of each of the two regions of main memory, in bytes.
  var memory = MemorySize(value: 4 << 20)
  var hasMinidump = true
  var endsData = true
  var knowsStateMachineReset = true
  var nextMode = NextMode.gone
  var rebootDelay = Duration.seconds(2)

  enum Version: String, KnobValue, CaseIterable {
    case one = "1"
    case two = "2"
    case three = "3"

    var number: UInt32 { UInt32(rawValue) ?? 2 }
  }

  enum NextMode: String, KnobValue, CaseIterable {
    case gone
    case crash
  }

  /// The product string of real devices, with the chip's serial number in it.
  var product: String { productString ?? "QUSB_BULK_SN:\(chipSerialNumber.knobText)" }
}

/// A size of memory: at least a page, and less than what 32 bits address below the other regions.
struct MemorySize: KnobValue, Equatable {
  var value: UInt64

  init(value: UInt64) { self.value = value }

  init?(knobText text: String) {
    guard let count = ByteCount(knobText: text), (4096...(1 << 30)).contains(count.value) else { return nil }
    value = count.value
  }
  var knobText: String { ByteCount(value).knobText }
  static var allowed: [String] { ["BYTES[K|M|G], 4K…1G"] }
}

extension CrashDumpSettings {
  static let knobs: [KnobBinding<CrashDumpSettings>] = {
    let it = CrashDumpSettings()
    return [
      .init("product-string", optional: \.productString, default: "QUSB_BULK_SN:…", "iProduct"),
      .init("chip-serial", \.chipSerialNumber, of: it, "the chip's serial number, shown in iProduct"),
      .init("interface-protocol", \.interfaceProtocol, of: it, "bInterfaceProtocol of the Sahara interface"),
      .init("packet-size", \.packetSize, of: it, "wMaxPacketSize; 1024 is super speed"),
      .init("version", \.version, of: it, "protocol version in HELLO"),
      .init("table-width", \.width, of: it, "width of the region table and of the reads, in bits"),
      .init("memory", \.memory, of: it, "bytes of each of the two regions of main memory"),
      .init("minidump", \.hasMinidump, of: it, "whether there are regions of a minidump"),
      .init("zlp", \.endsData, of: it, "whether data are ended by a ZLP where their length asks for one"),
      .init("state-machine-reset", \.knowsStateMachineReset, of: it, "whether it knows RESET_STATE_MACHINE"),
      .init("next-mode", \.nextMode, of: it, "where RESET leads"),
      .init("reboot-delay", \.rebootDelay, of: it, "time it stays away when it comes back"),
    ]
  }()
}
