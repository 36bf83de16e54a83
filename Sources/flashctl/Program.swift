import ArgumentParser
import Glibc

/// The process: parses the command line, runs the command in a task that a signal cancels, and exits by sysexits.
@main
enum Program {
  static func main() async {
    let task = Task { await Self.run() }
    InterruptState.install {
      task.cancel()
      sayThatTheStepEndsFirst()
    }
    exit(await task.value)
  }

  /// Said only when the end takes a while.
  private static func sayThatTheStepEndsFirst() {
    Task {
      try? await Task.sleep(for: .seconds(1))
      OutputStream.standardError.write("\nflashctl: ending after the current step; once more leaves at once\n")
    }
  }

  private static func run() async -> Int32 {
    do {
      var command = try Flashctl.parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return ExitStatus.done.rawValue
    } catch let code as ExitCode {
      return code.rawValue
    } catch {
      exitParsing(error)
    }
  }

  /// Help, version and mistakes on the command line. With `--json` a mistake is an event as well.
  private static func exitParsing(_ error: any Error) -> Never {
    let code = Flashctl.exitCode(for: error)
    if !code.isSuccess, CommandLine.arguments.contains("--json") {
      let console = Console(isJSON: true, level: .error, terminal: .plain)
      console.event(
        "start", ["schema": .integer(Int64(Version.jsonSchema)), "version": .string(Version.current)])
      console.emit("error", Diagnostic.usage(Flashctl.message(for: error)).members)
    }
    Flashctl.exit(withError: error)
  }
}
