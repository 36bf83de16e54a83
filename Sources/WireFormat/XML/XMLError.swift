/// A place in a text, for messages: byte offset from 0, line and column from 1 (columns count bytes).
public struct XMLPosition: Equatable, Sendable {
  public var offset: Int
  public var line: Int
  public var column: Int

  public init(offset: Int, line: Int, column: Int) {
    self.offset = offset
    self.line = line
    self.column = column
  }
}

/// Why a text could not be read as XML, and where. Offsets count in the UTF-8 form of the text without its mark.
public struct XMLError: Error, Equatable, Sendable {
  public var problem: XMLProblem
  public var position: XMLPosition

  public init(_ problem: XMLProblem, at position: XMLPosition) {
    self.problem = problem
    self.position = position
  }
}

/// What is wrong with a text that should be XML.
public enum XMLProblem: Equatable, Sendable {
  /// The text ends inside a tag, a comment or an element; `inside` names it.
  case unexpectedEnd(inside: String)
  /// There is no element at all.
  case noElement
  /// A tag that is no tag: a name, `=`, a quote or `>` is missing.
  case malformedTag
  /// `</b>` where `a` is open; `open` is `nil` where nothing is.
  case mismatchedEndTag(open: String?, found: String)
  case duplicateAttribute(String)
  /// `<!DOCTYPE`, `<!ENTITY` and their like: nothing needs them, and they are how XML is abused.
  case forbiddenDeclaration(String)
  /// `&name;` that XML does not define.
  case unknownEntity(String)
  /// `&#…;` that is no character.
  case invalidCharacterReference(String)
  /// The text is UTF-16 with an odd number of bytes, or with surrogates that are none.
  case invalidEncoding
  /// More than the limit of that name in `XMLLimits` allows.
  case limitExceeded(String)
}

/// Something odd that was read all the same.
public enum XMLOddity: Equatable, Sendable {
  /// Text, NULs or garbage outside of any element.
  case strayText(at: XMLPosition)
  /// `<?xml …?>` somewhere else than at the beginning.
  case lateDeclaration(at: XMLPosition)
  /// More than one root element.
  case severalRoots(at: XMLPosition)
  /// An ampersand that begins no reference; it was taken as itself.
  case bareAmpersand(at: XMLPosition)
}
