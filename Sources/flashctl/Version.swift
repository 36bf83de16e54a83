/// The version of this program, as `flashctl --version` and the `start` event say it.
enum Version {
  static let current = "0.1.0"
  /// The version of the JSON lines (docs/json.md); grows when an event or field changes its meaning.
  static let jsonSchema = 1
}
