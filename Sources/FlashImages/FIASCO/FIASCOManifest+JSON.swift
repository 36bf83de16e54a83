import FoundationEssentials

/// `fiasco.json` as text.
extension FIASCOManifest {
  /// Reads the text; `path` is for errors, whose reason names the field that is wrong.
  public init(json: [UInt8], path: String) throws(ImageError) {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(json))
    } catch {
      throw .malformed(path: path, offset: 0, reason: "fiasco.json " + Self.term(for: error))
    }
    guard format == Self.formatName, schema == Self.currentSchema else {
      throw .malformed(path: path, offset: 0, reason: "fiasco.json format or schema unknown")
    }
    guard headerBlocks.count <= Int(FIASCOReader.maximumHeaderBlockCount),
      images.count <= FIASCOReader.maximumImageCount
    else { throw .malformed(path: path, offset: 0, reason: "fiasco.json has too many blocks or images") }
  }

  /// The text, readable and always the same for the same value.
  public func json() -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // Numbers, texts and lists of them: nothing here can fail to be encoded.
    return ((try? encoder.encode(self)).map { Array($0) } ?? []) + [0x0A]
  }

  private static func term(for error: any Error) -> String {
    guard let error = error as? DecodingError else { return "unreadable" }
    let (what, context): (String, DecodingError.Context) =
      switch error {
      case .keyNotFound(let key, let context): ("without field \(key.stringValue)", context)
      case .typeMismatch(_, let context): ("field of the wrong kind", context)
      case .valueNotFound(_, let context): ("field without value", context)
      case .dataCorrupted(let context): ("not JSON, or a field with an impossible value", context)
      @unknown default: ("unreadable", .init(codingPath: [], debugDescription: ""))
      }
    let place = context.codingPath.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }.joined()
    return place.isEmpty ? what : what + " at " + place
  }
}
