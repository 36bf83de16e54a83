/// Reads the oldest forms: names and addresses, with braces (legacy) or without (lists of OTA packages).
///
/// Sizes are the distances between addresses, and sections follow from the names.
/// Source: `docs/protocols/mtk-scatter.md` 2.1, 2.2 and 4.1.
struct ScatterLegacyParser {
  /// An entry as it is written.
  struct Entry: Equatable {
    var name: String
    var isDownload: Bool
    var address: UInt64
    var line: Int
  }

  private struct Token {
    var text: Substring
    var line: Int
  }

  /// In front of the names of entries that are not downloadable.
  static let hiddenPrefix = "__NODL_"

  private let path: String
  private(set) var remarks: [ScatterRemark] = []

  private init(path: String) { self.path = path }

  // MARK: Recognising

  /// Whether a text begins like a legacy file, and whether it is a list.
  static func recognises(_ lines: [ScatterLines.Line]) -> ScatterSyntax? {
    let tokens = tokens(Array(lines.prefix(4)))
    guard tokens.count >= 2, isAddress(tokens[1].text), isName(tokens[0].text) else { return nil }
    if tokens.count >= 3, tokens[2].text == "{" { return .legacy }
    return lines.allSatisfy { listEntry($0) != nil } ? .list : nil
  }

  private static func isName(_ text: Substring) -> Bool { text != "{" && text != "}" }

  private static func isAddress(_ text: Substring) -> Bool {
    text.lowercased().hasPrefix("0x") && ScatterValue.number(text) != nil
  }

  private static func listEntry(_ line: ScatterLines.Line) -> (name: Substring, address: UInt64)? {
    let words = tokens([line])
    guard words.count == 2, isName(words[0].text), isAddress(words[1].text) else { return nil }
    return ScatterValue.number(words[1].text).map { (words[0].text, $0) }
  }

  /// Words and braces; `#` begins a comment anywhere.
  private static func tokens(_ lines: [ScatterLines.Line]) -> [Token] {
    var tokens: [Token] = []
    for line in lines {
      var word: Substring = ""
      var text = line.text.prefix { $0 != "#" }
      while let character = text.first {
        let isBrace = character == "{" || character == "}"
        if isBrace || character == " " || character == "\t" {
          if !word.isEmpty { tokens.append(Token(text: word, line: line.number)) }
          if isBrace { tokens.append(Token(text: text.prefix(1), line: line.number)) }
          word = ""
        } else {
          word = line.text[(word.isEmpty ? text.startIndex : word.startIndex)...text.startIndex]
        }
        text = text.dropFirst()
      }
      if !word.isEmpty { tokens.append(Token(text: word, line: line.number)) }
    }
    return tokens
  }

  // MARK: Reading

  /// The entries of a file of either form.
  static func parse(
    _ lines: [ScatterLines.Line], as syntax: ScatterSyntax, path: String
  ) throws(ScatterError) -> (entries: [Entry], remarks: [ScatterRemark]) {
    var parser = ScatterLegacyParser(path: path)
    let entries = syntax == .list ? try parser.list(lines) : try parser.braced(lines)
    guard !entries.isEmpty else { throw ScatterError(.noPartitions, path: path) }
    return (entries, parser.remarks)
  }

  private mutating func list(_ lines: [ScatterLines.Line]) throws(ScatterError) -> [Entry] {
    var entries: [Entry] = []
    for line in lines {
      guard let (name, address) = Self.listEntry(line) else {
        throw ScatterError(.unknownLine(line.text), path: path, line: line.number)
      }
      entries.append(try entry(name, address, line: line.number, count: entries.count))
    }
    return entries
  }

  private mutating func braced(_ lines: [ScatterLines.Line]) throws(ScatterError) -> [Entry] {
    var rest = Self.tokens(lines)[...]
    var entries: [Entry] = []
    while let name = rest.popFirst() {
      guard Self.isName(name.text) else { throw ScatterError(.missingKey("name"), path: path, line: name.line) }
      let address = rest.popFirst()
      guard let address, let value = ScatterValue.number(address.text) else {
        throw ScatterError(
          .badNumber(key: "address", value: String(address?.text ?? "")), path: path, line: name.line,
          entry: String(name.text))
      }
      let entry = try entry(name.text, value, line: name.line, count: entries.count)
      try skipBraces(&rest, of: entry)
      entries.append(entry)
    }
    return entries
  }

  private mutating func skipBraces(_ rest: inout ArraySlice<Token>, of entry: Entry) throws(ScatterError) {
    let missing = ScatterError(.missingBrace(entry.name), path: path, line: entry.line, entry: entry.name)
    guard rest.popFirst()?.text == "{" else { throw missing }
    var hasText = false
    while let token = rest.popFirst() {
      if token.text == "}" {
        if hasText { remarks.append(ScatterRemark(.textInBraces, line: token.line, entry: entry.name)) }
        return
      }
      guard token.text != "{" else { throw missing }
      hasText = true
    }
    throw missing
  }

  private func entry(_ word: Substring, _ address: UInt64, line: Int, count: Int) throws(ScatterError) -> Entry {
    guard count < ScatterFile.maximumPartitionCount else {
      throw ScatterError(.tooManyPartitions(limit: ScatterFile.maximumPartitionCount), path: path, line: line)
    }
    let isHidden = word.hasPrefix(Self.hiddenPrefix)
    let name = String(isHidden ? word.dropFirst(Self.hiddenPrefix.count) : word)
    guard !name.isEmpty else { throw ScatterError(.missingKey("name"), path: path, line: line) }
    guard name.count <= ScatterEntry.maximumNameLength else {
      throw ScatterError(.nameTooLong(name, limit: ScatterEntry.maximumNameLength), path: path, line: line)
    }
    return Entry(name: name, isDownload: !isHidden, address: address, line: line)
  }
}
