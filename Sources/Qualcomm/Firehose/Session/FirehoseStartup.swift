/// What a programmer says about itself before it is asked. Source: `docs/protocols/firehose.md` 2.1.
public struct FirehoseStartup: Equatable, Sendable {
  /// Lower-case names of what it can do; `nil` when it did not list them.
  public private(set) var functions: Set<String>?
  /// In the order of the list, for people.
  public private(set) var functionNames: [String] = []
  public private(set) var chipSerialNumber: UInt64?
  public private(set) var buildDate: String?
  /// It waits for the signed table of Validated Image Programming.
  public private(set) var wantsDigestTable = false
  /// The list of functions has come to its end.
  public private(set) var isComplete = false
  public private(set) var lines: [String] = []

  private var isInsideList = false
  private static let lineLimit = 256

  public init() {}

  /// Without a list, what programmers have had for long is assumed.
  public static let assumedFunctions: Set<String> = [
    "configure", "program", "firmwarewrite", "patch", "setbootablestoragedrive", "ufs", "emmc", "power", "benchmark",
    "read", "getstorageinfo", "getcrc16digest", "getsha256digest", "erase", "peek", "poke", "nop", "xml",
  ]

  /// Whether the programmer has a command, as far as is known.
  public func has(_ function: String) -> Bool { (functions ?? Self.assumedFunctions).contains(function.lowercased()) }

  /// Takes in one line, which may be several in one log.
  public mutating func take(_ log: FirehoseLog) {
    for line in log.text.split(whereSeparator: \.isNewline) {
      let words = FirehoseLog(String(line).firehoseTrimmed).words
      if !words.isEmpty { take(words) }
    }
  }

  private mutating func take(_ line: String) {
    if lines.count < Self.lineLimit { lines.append(line) }
    if line.lowercased().hasPrefix("end of supported functions") {
      isInsideList = false
      isComplete = true
    } else if let list = Self.text(behind: "Supported Functions", in: line) {
      beginList(list)
    } else if let date = Self.text(behind: "Binary build date", in: line) {
      buildDate = date
    } else if let serial = Self.text(behind: "Chip serial num", in: line) {
      chipSerialNumber = Self.serialNumber(serial)
    } else if line.contains("VIP is enabled") {
      wantsDigestTable = true
    } else if isInsideList {
      add(line)
    }
  }

  /// What follows a heading and its colon.
  private static func text(behind heading: String, in line: String) -> String? {
    guard line.hasPrefix(heading), let colon = line.firstIndex(of: ":") else { return nil }
    return String(line[line.index(after: colon)...]).firehoseTrimmed
  }

  /// `Supported Functions (16):` begins a list of one name a line; `Supported Functions: program read …` is the list.
  private mutating func beginList(_ names: String) {
    functions = functions ?? []
    isInsideList = names.isEmpty
    for name in names.split(whereSeparator: \.isWhitespace) { add(String(name)) }
    isComplete = !names.isEmpty
  }

  /// A line with more than one word is no name, and ends the list.
  private mutating func add(_ name: String) {
    guard name.utf8.count <= 64, !name.contains(where: \.isWhitespace) else {
      isInsideList = false
      return
    }
    guard functionNames.count < Self.lineLimit, functions?.insert(name.lowercased()).inserted == true else { return }
    functionNames.append(name)
  }

  /// `3595145395 (0xd64990b3)`: the hexadecimal number counts.
  private static func serialNumber(_ text: String) -> UInt64? {
    let inside = text.split { "() ".contains($0) }
    return inside.first { $0.lowercased().hasPrefix("0x") }.flatMap { FirehoseNumber.parse(String($0)) }
      ?? inside.first.flatMap { FirehoseNumber.parse(String($0)) }
  }
}
