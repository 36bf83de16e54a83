/// Text from devices and files on its way to a terminal.
enum SafeText {
  /// `text` on one line, without control characters or the escapes that terminals obey: those become `\x1b`.
  static func line(_ text: String) -> String {
    var safe = ""
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
        let digits = String(scalar.value, radix: 16)
        safe += "\\x" + (digits.count < 2 ? "0" + digits : digits)
      default: safe.unicodeScalars.append(scalar)
      }
    }
    return safe
  }
}
