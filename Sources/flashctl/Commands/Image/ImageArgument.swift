import FlashImages
import Glibc
import WireFormat

/// An image on the command line: `TYPE=FILE[,version=TEXT][,device=CODE[:REV,…]][,layout=FILE][,name=TEXT][,part=FILE]`,
/// or a file whose name says all that.
struct ImageArgument: Equatable {
  /// A file of data, and the name of the part it becomes.
  struct Piece: Equatable {
    var path: String
    var name: String?
  }

  var type: String?
  var pieces: [Piece]
  var version: String?
  var devices: [FIASCODeviceEntry] = []
  var layoutPath: String?

  private static let keys = ["version", "device", "layout", "part", "name"]

  /// `exists` tells whether a word is the name of a file as it stands.
  init(parsing text: String, exists: (String) -> Bool = { unsafe access($0, F_OK) == 0 }) throws(Diagnostic) {
    let equals = text.firstIndex(of: "=")
    guard let equals, !exists(text) else {
      let name = FIASCOImageName(parsing: text.split(separator: "/").last.map(String.init) ?? "")
      pieces = [Piece(path: text)]
      guard FIASCOImageType.known.contains(name.type) else { return }
      type = name.type
      version = name.version
      devices = name.device.map { [FIASCODeviceEntry(device: $0, revisions: name.revisions)] } ?? []
      return
    }
    type = String(text[..<equals])
    var fields = Self.fields(text[text.index(after: equals)...])
    pieces = [Piece(path: fields.removeFirst().value)]
    for field in fields { try take(field.key, field.value, in: text) }
    guard type?.isEmpty == false, pieces.allSatisfy({ !$0.path.isEmpty }) else {
      throw .usage("“\(text)” names no type or no file", remedy: "write TYPE=FILE")
    }
  }

  private mutating func take(_ key: String, _ value: String, in text: String) throws(Diagnostic) {
    switch key {
    case "version" where version == nil: version = value
    case "layout" where layoutPath == nil: layoutPath = value
    case "device": devices.append(try Self.device(value))
    case "part": pieces.append(Piece(path: value))
    case "name" where pieces.last?.name == nil: pieces[pieces.count - 1].name = value
    default: throw .usage("“\(text)” has two values for \(key)", remedy: "give one")
    }
  }

  /// Cuts the text at each comma that a known key and `=` follow, so that other commas belong to file names and lists.
  private static func fields(_ text: Substring) -> [(key: String, value: String)] {
    var fields = [(key: "", value: "")]
    for (index, word) in text.split(separator: ",", omittingEmptySubsequences: false).enumerated() {
      let key = word.prefix { $0 != "=" }
      if index > 0, key.count < word.count, keys.contains(String(key)) {
        fields.append((key: String(key), value: String(word.dropFirst(key.count + 1))))
      } else {
        fields[fields.count - 1].value += (index == 0 ? "" : ",") + word
      }
    }
    return fields
  }

  /// `RX-51`, `RX-51:2101,2102`.
  static func device(_ text: String) throws(Diagnostic) -> FIASCODeviceEntry {
    let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let revisions = halves.count > 1 ? halves[1].split(separator: ",", omittingEmptySubsequences: false) : []
    guard let code = halves.first, !code.isEmpty, revisions.allSatisfy({ Self.isRevision($0) }) else {
      throw .usage(
        "“\(text)” is no device with hardware revisions", remedy: "write RX-51, or RX-51:2101,2102 (numbers up to 9999)"
      )
    }
    return FIASCODeviceEntry(device: String(code), revisions: revisions.map(String.init))
  }

  private static func isRevision(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.count <= 8 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
      && (Int(text) ?? .max) <= 9999
  }
}
