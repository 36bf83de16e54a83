import ArgumentParser

/// A command of this program: it gets a console, and may throw anything `Diagnostic` knows.
protocol FlashctlCommand: AsyncParsableCommand {
  var output: OutputOptions { get }
  func execute(_ console: Console) async throws
}

extension FlashctlCommand {
  /// Runs the command between the `start` and the `error` event. Commands write their own `result`.
  func run() async throws {
    let console = output.makeConsole()
    let words = Self.commandPath
    console.event(
      "start",
      [
        "schema": .integer(Int64(Version.jsonSchema)), "command": .string(words),
        "version": .string(Version.current),
      ])
    do {
      try await execute(console)
    } catch let exit as ExitCode {
      throw exit
    } catch {
      console.status(nil)
      var diagnostic = Diagnostic(describing: error)
      if let status = InterruptState.exitStatus { diagnostic.exitStatus = status }
      console.report(diagnostic)
      throw ExitCode(diagnostic.exitStatus.rawValue)
    }
  }

  /// The command's words after `flashctl`: `mkii get`.
  private static var commandPath: String {
    Flashctl.path(to: Self.self) ?? configuration.commandName ?? _commandName
  }
}
