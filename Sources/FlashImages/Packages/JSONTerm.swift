/// What is wrong with JSON, and in which field.
enum JSONTerm {
  static func term(for error: any Error) -> String {
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
