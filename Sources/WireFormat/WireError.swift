/// Why bytes could not be read as what they should be. Carries offsets, never sentences.
public enum WireError: Error, Equatable, Sendable {
  /// The bytes end before a field does.
  case truncated(at: Int, needed: Int, available: Int)
  /// A field holds something that its format does not allow.
  case invalid(field: String, at: Int, value: UInt64)
}
