import ArgumentParser

/// The options every command takes.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Write one JSON object a line to standard output (docs/json.md).")
  var json = false

  @Flag(name: .shortAndLong, help: "Show the result and errors only.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Show more about what is being done.")
  var verbose = false

  @Option(help: ArgumentHelp("How much to show: error, warning, info, debug or trace.", valueName: "level"))
  var logLevel: LogLevel?

  enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case error, warning, info, debug, trace
  }

  mutating func validate() throws {
    let chosen = [quiet, verbose, logLevel != nil].count { $0 }
    guard chosen <= 1 else {
      throw ValidationError("--quiet, --verbose and --log-level exclude each other; give one of them.")
    }
  }

  var level: Console.Level {
    switch logLevel {
    case .error: .error
    case .warning: .warning
    case .info: .info
    case .debug: .debug
    case .trace: .trace
    case nil: quiet ? .error : verbose ? .debug : .info
    }
  }
}
