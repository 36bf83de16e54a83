import Qualcomm
import WireFormat

/// A 16-bit number in hexadecimal digits, as vendor and product ids are written.
struct HexWord: KnobValue, Equatable {
  var value: UInt16

  init(_ value: UInt16) { self.value = value }

  init?(knobText text: String) {
    guard (1...4).contains(text.utf8.count), text.allSatisfy(\.isHexDigit), let value = UInt16(text, radix: 16) else {
      return nil
    }
    self.value = value
  }
  var knobText: String { Hex.string([UInt8(value >> 8), UInt8(value & 0xFF)]).lowercased() }
  static var allowed: [String] { ["FOUR HEXADECIMAL DIGITS"] }
}

/// Bytes in hexadecimal digits.
struct HexBytes: KnobValue, Equatable {
  var bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  init?(knobText text: String) {
    guard let bytes = Hex.bytes(text), bytes.count <= 4096 else { return nil }
    self.bytes = bytes
  }
  var knobText: String { Hex.string(bytes).lowercased() }
  static var allowed: [String] { ["HEXADECIMAL DIGITS"] }
}

/// A 64-bit number in hexadecimal digits.
struct HexNumber: KnobValue, Equatable {
  var value: UInt64

  init(_ value: UInt64) { self.value = value }

  init?(knobText text: String) {
    let digits = text.hasPrefix("0x") ? text.dropFirst(2) : text[...]
    guard digits.allSatisfy(\.isHexDigit), let value = UInt64(digits, radix: 16) else { return nil }
    self.value = value
  }
  var knobText: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
  static var allowed: [String] { ["HEXADECIMAL DIGITS"] }
}

/// The number of an endpoint or interface.
struct USBNumber: KnobValue, Equatable {
  var value: UInt8

  init(_ value: UInt8) { self.value = value }

  init?(knobText text: String) {
    guard let value = UInt8(text), value <= 15 else { return nil }
    self.value = value
  }
  var knobText: String { "\(value)" }
  static var allowed: [String] { ["0…15"] }
}

/// Bytes of a sector, or of a page.
enum SectorSizeValue: String, KnobValue, CaseIterable {
  case bytes512 = "512"
  case bytes2048 = "2048"
  case bytes4096 = "4096"

  var byteCount: Int { Int(rawValue) ?? 512 }
}

/// The size of a section: enough for a partition table, no more than a file can be.
struct SectionSize: KnobValue, Equatable {
  var value: UInt64

  init(_ value: UInt64) { self.value = value }

  init?(knobText text: String) {
    guard let count = ByteCount(knobText: text), (256 << 10...1 << 43).contains(count.value) else { return nil }
    value = count.value
  }
  var knobText: String { ByteCount(value).knobText }
  static var allowed: [String] { ["BYTES[K|M|G], 256K…8192G"] }
}

/// A number of sectors.
struct SectorCount: KnobValue, Equatable {
  var value: UInt64

  init?(knobText text: String) {
    guard let value = UInt64(text), (64...1 << 31).contains(value) else { return nil }
    self.value = value
  }
  var knobText: String { "\(value)" }
  static var allowed: [String] { ["64…2147483648"] }
}

/// What the last DONE_RSP says.
enum DoneValue: String, KnobValue, CaseIterable {
  case complete
  /// 0, as old boot ROMs say though they are finished.
  case pending
}

/// What runs once Sahara is through.
enum ProgrammerValue: String, KnobValue, CaseIterable {
  case firehose
  /// Something that says nothing and takes nothing.
  case silent
  /// Nothing: the device leaves the bus.
  case gone
}

/// Where a reset leads.
enum EDLNextMode: String, KnobValue, CaseIterable {
  case gone
  /// Emergency download again, as with an empty storage.
  case edl
  /// An operating system, under another product id.
  case booted
}

/// The mode that HELLO asks for.
enum HelloModeValue: String, KnobValue, CaseIterable {
  case pending = "0"
  case complete = "1"
  case command = "3"

  var mode: SaharaMode {
    switch self {
    case .pending: .imageTransferPending
    case .complete: .imageTransferComplete
    case .command: .command
    }
  }
}

/// Answers to client commands, `COMMAND:BYTES` in hexadecimal.
struct AnswerList: KnobValue, Equatable {
  struct Item: Equatable {
    var command: UInt32
    var bytes: [UInt8]
  }

  var items: [Item] = []

  init() {}

  init?(knobText text: String) {
    for word in text.split(whereSeparator: { $0 == "+" || $0 == "," }) {
      let halves = word.split(separator: ":", omittingEmptySubsequences: false)
      guard halves.count == 2, let command = UInt32(halves[0], radix: 16),
        let bytes = HexBytes(knobText: String(halves[1]))
      else { return nil }
      items.append(Item(command: command, bytes: bytes.bytes))
    }
  }

  var knobText: String {
    items.map { String($0.command, radix: 16) + ":" + HexBytes($0.bytes).knobText }.joined(separator: "+")
  }
  static var allowed: [String] { ["COMMAND:BYTES[+…], hexadecimal"] }
}

/// Refusals of client commands, `COMMAND:STATUS` in hexadecimal.
struct RefusalList: KnobValue, Equatable {
  struct Item: Equatable {
    var command: UInt32
    var status: UInt32
  }

  var items: [Item] = []

  init() {}

  init?(knobText text: String) {
    for word in text.split(whereSeparator: { $0 == "+" || $0 == "," }) {
      let halves = word.split(separator: ":").compactMap { UInt32($0, radix: 16) }
      guard halves.count == 2, halves[1] != 0 else { return nil }
      items.append(Item(command: halves[0], status: halves[1]))
    }
  }

  var knobText: String {
    items.map { String($0.command, radix: 16) + ":" + String($0.status, radix: 16) }.joined(separator: "+")
  }
  static var allowed: [String] { ["COMMAND:STATUS[+…], hexadecimal"] }
}
