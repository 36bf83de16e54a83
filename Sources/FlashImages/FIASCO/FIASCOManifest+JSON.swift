import FoundationEssentials

/// `fiasco.json` as text.
extension FIASCOManifest {
  /// Reads the text; `path` is for errors, whose reason names the field that is wrong.
  public init(json: [UInt8], path: String) throws(ImageError) {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(json))
    } catch {
      throw .malformed(path: path, offset: 0, reason: "fiasco.json " + JSONTerm.term(for: error))
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
}
