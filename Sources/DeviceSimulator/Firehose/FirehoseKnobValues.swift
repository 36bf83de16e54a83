/// What a programmer stores in; `MemoryName` of `configure`.
enum MemoryTypeValue: String, KnobValue, CaseIterable {
  case emmc
  case ufs
  case nand
  case spinor
  case nvme

  /// As programmers write it.
  var wireName: String {
    switch self {
    case .emmc: "eMMC"
    case .ufs: "UFS"
    case .nand: "NAND"
    case .spinor: "SPINOR"
    case .nvme: "NVMe"
    }
  }
}

/// How a programmer logs. Source: `docs/protocols/firehose.md` 2.1.
enum LogStyleValue: String, KnobValue, CaseIterable {
  /// `INFO:` before everything, one function a line.
  case new
  /// No `INFO:`, all functions in one line.
  case old
  /// Says nothing when it starts; otherwise as `new`.
  case none
}

/// What the first `configure` is answered with.
enum ConfigureAnswerValue: String, KnobValue, CaseIterable {
  /// ACK, or NAK with the size where the host's is too large.
  case normal
  /// NAK with a smaller size, whatever the host's is.
  case nakSize = "nak-size"
  /// NAK that has only …Supported.
  case nakSupported = "nak-supported"
  /// ACK that says more is supported.
  case ackLarger = "ack-larger"
  /// ACK that says less is supported.
  case ackSmaller = "ack-smaller"
  /// NAK without sizes, always.
  case nak
  /// ACK without any attributes, always.
  case bare
  /// ACK that names another memory, always.
  case otherMemory = "other-memory"
}

enum NopAnswerValue: String, KnobValue, CaseIterable {
  case ack
  case logs
  case silent
}

/// The form of getstorageinfo's answer. Source: `docs/protocols/firehose.md` 4.7.
enum StorageInfoValue: String, KnobValue, CaseIterable {
  case json
  /// `key=value` logs.
  case old
  /// Attributes of the response.
  case attributes
  case nak
  case silent
  /// A thousand lines around the JSON.
  case spam
  /// One log longer than a document may be.
  case oversized
  /// JSON that breaks off.
  case broken
}

enum DigestFormValue: String, KnobValue, CaseIterable {
  case log
  case attribute
  /// In a log, lower-case digits.
  case lower
  /// ACK, and no digest anywhere.
  case missing
}

enum EraseFillValue: String, KnobValue, CaseIterable {
  case zeros = "00"
  case ones = "ff"
  case random
  case unchanged
}

/// When raw data to the host ends with a zero-length packet. Source: `docs/protocols/firehose.md` 1.3.
enum ZLPValue: String, KnobValue, CaseIterable {
  /// After each chunk, if the host has said that it knows them.
  case aware
  case always
  case never
  /// As `aware`; and raw data from the host counts as complete only when its last transfer has ended.
  case strict
}

enum ForeignPatchValue: String, KnobValue, CaseIterable {
  case ack
  case nak
}

/// Names of commands, in the order in which they are announced.
struct FunctionList: KnobValue, Equatable {
  var names: [String]

  init(_ names: [String]) { self.names = names }

  init?(knobText text: String) {
    names = text.split { $0 == "+" || $0 == "," }.map(String.init)
    guard !names.isEmpty, names.allSatisfy({ $0.allSatisfy { $0.isLetter && $0.isASCII || $0.isNumber } }) else {
      return nil
    }
  }

  func contains(_ name: String) -> Bool { names.contains { $0.lowercased() == name } }

  var knobText: String { names.joined(separator: "+") }
  static var allowed: [String] { ["NAME[+NAME]…"] }

  static let new = FunctionList([
    "program", "read", "nop", "patch", "configure", "setbootablestoragedrive", "erase", "power", "firmwarewrite",
    "getstorageinfo", "benchmark", "emmc", "ufs", "fixgpt", "getsha256digest", "getcrc16digest", "peek", "poke",
  ])
  static let old = FunctionList([
    "program", "configure", "nop", "firmwarewrite", "patch", "setbootablestoragedrive", "ufs", "emmc", "power",
    "benchmark", "read", "getstorageinfo", "getcrc16digest", "getsha256digest", "erase", "peek", "poke",
  ])
}

/// Ranges of sectors, `LUN:FIRST-LAST`.
struct SectorRangeList: KnobValue, Equatable {
  struct Item: Equatable {
    var section: Int
    var sectors: ClosedRange<UInt64>
  }

  var items: [Item] = []

  init() {}

  init?(knobText text: String) {
    for word in text.split(whereSeparator: { $0 == "+" || $0 == "," }) {
      let halves = word.split(separator: ":")
      guard halves.count == 2, let section = Int(halves[0]), (0...255).contains(section) else { return nil }
      let ends = halves[1].split(separator: "-").compactMap { UInt64($0) }
      guard ends.count == 2, ends[0] <= ends[1] else { return nil }
      items.append(Item(section: section, sectors: ends[0]...ends[1]))
    }
  }

  func touches(_ section: Int, _ sectors: Range<UInt64>) -> Bool {
    items.contains { $0.section == section && $0.sectors.overlaps(sectors) }
  }

  var knobText: String {
    items.map { "\($0.section):\($0.sectors.lowerBound)-\($0.sectors.upperBound)" }.joined(separator: "+")
  }
  static var allowed: [String] { ["LUN:FIRST-LAST[+…]"] }
}

/// Numbers, such as those of erase blocks.
struct NumberList: KnobValue, Equatable {
  var numbers: [UInt64] = []

  init(_ numbers: [UInt64] = []) { self.numbers = numbers }

  init?(knobText text: String) {
    for word in text.split(whereSeparator: { $0 == "+" || $0 == "," }) {
      guard let number = ByteCount(knobText: String(word)) else { return nil }
      numbers.append(number.value)
    }
  }

  var knobText: String { numbers.map(String.init).joined(separator: "+") }
  static var allowed: [String] { ["NUMBER[+NUMBER]…"] }
}

/// A positive number of bytes that one raw chunk may have.
struct ChunkSize: KnobValue, Equatable {
  var value: UInt64

  init(_ value: UInt64) { self.value = value }

  init?(knobText text: String) {
    guard let count = ByteCount(knobText: text), (512...(64 << 20)).contains(count.value) else { return nil }
    value = count.value
  }
  var knobText: String { ByteCount(value).knobText }
  static var allowed: [String] { ["BYTES[K|M], 512…64M"] }
}
