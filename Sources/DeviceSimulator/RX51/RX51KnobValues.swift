import FlashImages

/// A hardware revision: decimal, 0…9999, as it is written (`docs/protocols/mkii.md` 7).
struct HardwareBuild: KnobValue, Equatable {
  var text: String

  static let rx51 = HardwareBuild(text: "2101")

  init(text: String) { self.text = text }

  init?(knobText text: String) {
    guard (1...4).contains(text.utf8.count), UInt16(text) != nil else { return nil }
    self.text = text
  }
  var knobText: String { text }
  static var allowed: [String] { ["0…9999"] }
}

/// Image type names, which also name files: letters, digits, `-`, `_`, at most 12.
struct ImageTypeList: KnobValue, Equatable {
  var names: [String]

  static let rx51 = ImageTypeList(names: [
    "xloader", "secondary", "kernel", "mmc", "cmt-2nd", "cmt-algo", "cmt-mcusw",
  ])

  init(names: [String]) { self.names = names }

  init?(knobText text: String) {
    names = text.split { $0 == "," || $0 == "+" }.map(String.init)
    guard !names.isEmpty, names.allSatisfy(Self.isFileName) else { return nil }
  }

  private static func isFileName(_ name: String) -> Bool {
    (1...12).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
        default: false
        }
      }
  }

  var knobText: String { names.joined(separator: ",") }
  static var allowed: [String] { ["TYPE[,TYPE]…"] }
}

/// Items of GET and TELL beyond the known ones.
struct ItemList: KnobValue, Equatable {
  struct Item: Equatable {
    var name: String
    var value: String
  }

  var items: [Item]

  init(items: [Item]) { self.items = items }

  init?(knobText text: String) {
    items = []
    for pair in text.split(whereSeparator: { $0 == "," || $0 == "+" }) {
      guard let equals = pair.firstIndex(of: "="), equals != pair.startIndex else { return nil }
      items.append(Item(name: String(pair[..<equals]), value: String(pair[pair.index(after: equals)...])))
    }
  }

  var knobText: String { items.map { $0.name + "=" + $0.value }.joined(separator: ",") }
  static var allowed: [String] { ["NAME=VALUE[,NAME=VALUE]…"] }
}

/// A byte count that fits the protocol's 32-bit words, at least 1.
struct WordValue: KnobValue, Equatable {
  var value: UInt32

  init(value: UInt32) { self.value = value }

  init?(knobText text: String) {
    guard let count = ByteCount(knobText: text), count.value > 0, let value = UInt32(exactly: count.value) else {
      return nil
    }
    self.value = value
  }
  var knobText: String { ByteCount(UInt64(value)).knobText }
  static var allowed: [String] { ["BYTES[K|M|G], 1…4294967295"] }
}

/// How fast the device takes data out of its buffer.
enum ConsumeRate: KnobValue, Equatable {
  case instant
  case bytesPerSecond(UInt64)

  init?(knobText text: String) {
    if text == "instant" {
      self = .instant
      return
    }
    guard let count = ByteCount(knobText: text), (1...1 << 40).contains(count.value) else { return nil }
    self = .bytesPerSecond(count.value)
  }

  var knobText: String {
    switch self {
    case .instant: "instant"
    case .bytesPerSecond(let rate): ByteCount(rate).knobText
    }
  }
  static var allowed: [String] { ["instant", "BYTES[K|M|G] a second"] }
}

/// The bulk OUT endpoint for image data; 1 is taken by the messages.
struct RawEndpoint: KnobValue, Equatable {
  /// `nil`: the device has no raw interface.
  var number: UInt8?

  init(number: UInt8?) { self.number = number }

  init?(knobText text: String) {
    if text == "none" { return }
    guard let number = UInt8(text), (2...15).contains(number) else { return nil }
    self.number = number
  }
  var knobText: String { number.map { "\($0)" } ?? "none" }
  static var allowed: [String] { ["none", "2…15"] }
}
