import WireFormat

/// What is wrong with a text that should be XML, in words.
enum XMLText {
  static func words(_ problem: XMLProblem) -> String {
    switch problem {
    case .unexpectedEnd(let place): "it ends inside “\(SafeText.line(place))”"
    case .noElement: "there is no element in it"
    case .malformedTag: "a tag that is none"
    case .mismatchedEndTag(let open?, let found):
      "</\(SafeText.line(found))> where </\(SafeText.line(open))> belongs"
    case .mismatchedEndTag(nil, let found): "</\(SafeText.line(found))> where nothing is open"
    case .duplicateAttribute(let name): "the attribute \(SafeText.line(name)) twice"
    case .forbiddenDeclaration(let name): "a \(SafeText.line(name)) declaration, which is not accepted"
    case .unknownEntity(let name): "the unknown entity &\(SafeText.line(name));"
    case .invalidCharacterReference(let text): "&#\(SafeText.line(text)); is no character"
    case .invalidEncoding: "broken UTF-16"
    case .limitExceeded(let limit): "more than the limit of \(limit)"
    }
  }
}
