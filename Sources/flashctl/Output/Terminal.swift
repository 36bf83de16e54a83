import Glibc

/// What standard error is connected to, as far as rendering has to know.
struct Terminal: Equatable, Sendable {
  enum Colour: String, Sendable {
    case red = "31"
    case green = "32"
    case yellow = "33"
    case bold = "1"
  }

  /// Columns; `nil` when lines cannot be redrawn: no terminal, a dumb one, or a pseudo-terminal without a width.
  var width: Int?
  var hasColour: Bool

  static let plain = Terminal(width: nil, hasColour: false)

  /// Looks at descriptor 2 and at `TERM` and `NO_COLOR`.
  static var standardError: Terminal {
    guard isatty(2) == 1, environment("TERM") != "dumb" else { return .plain }
    var size = winsize()
    let result = unsafe ioctl(2, UInt(TIOCGWINSZ), &size)
    let width = result == 0 && size.ws_col >= 20 ? Int(size.ws_col) : nil
    return Terminal(width: width, hasColour: environment("NO_COLOR")?.isEmpty ?? true)
  }

  func styled(_ text: String, _ colour: Colour) -> String {
    hasColour ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
  }

  private static func environment(_ name: String) -> String? { Environment[name] }
}

/// The process environment.
enum Environment {
  static subscript(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }
}
