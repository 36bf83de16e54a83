import Qualcomm

/// The width of region tables, or of requests for image data.
enum WidthValue: String, KnobValue, CaseIterable {
  case bits32 = "32"
  case bits64 = "64"

  var width: SaharaWidth { self == .bits32 ? .bits32 : .bits64 }
}

/// wMaxPacketSize of the bulk endpoints, and with it the speed.
enum PacketSizeValue: String, KnobValue, CaseIterable {
  case high = "512"
  case `super` = "1024"

  var byteCount: UInt16 { self == .high ? 512 : 1024 }
  var speed: Double { self == .high ? 480 : 5000 }
}

/// bInterfaceProtocol of a Sahara interface.
enum InterfaceProtocolValue: String, KnobValue, CaseIterable {
  case old = "ff"
  case x10 = "10"
  case x11 = "11"
  case ramDump = "13"

  var number: UInt8 { UInt8(rawValue, radix: 16) ?? 0xFF }
}

/// A chip's serial number: eight hexadecimal digits.
struct ChipSerialNumber: KnobValue, Equatable {
  var value: UInt32

  init(_ value: UInt32) { self.value = value }

  init?(knobText text: String) {
    guard (1...8).contains(text.utf8.count), text.allSatisfy(\.isHexDigit), let value = UInt32(text, radix: 16) else {
      return nil
    }
    self.value = value
  }

  /// Upper-case digits, as product strings have them.
  var knobText: String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
  static var allowed: [String] { ["HEXADECIMAL DIGITS"] }
}

/// A status code of END_OF_IMAGE_TX: hexadecimal, as the specification writes it.
struct StatusValue: KnobValue, Equatable {
  var status: SaharaStatus

  init?(knobText text: String) {
    let digits = text.hasPrefix("0x") ? text.dropFirst(2) : text[...]
    guard digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16), value != 0 else { return nil }
    status = SaharaStatus(rawValue: value)
  }
  var knobText: String { String(status.rawValue, radix: 16) }
  static var allowed: [String] { ["HEXADECIMAL CODE"] }
}
