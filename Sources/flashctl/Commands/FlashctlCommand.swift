import ArgumentParser
import FlashImages
import SystemPackage

/// A command of this program: it gets a console, and may throw anything `Diagnostic` knows.
protocol FlashctlCommand: AsyncParsableCommand {
  var output: OutputOptions { get }
  /// How much goes to standard error.
  var level: Console.Level { get }
  func execute(_ console: Console) async throws
}

/// A command that talks to a device.
protocol DeviceCommand: FlashctlCommand {
  var options: DeviceOptions { get }
}

extension DeviceCommand {
  var output: OutputOptions { options.output }
  var level: Console.Level { options.trace ? .trace : output.level }
}

extension FlashctlCommand {
  var level: Console.Level { output.level }

  /// Runs the command between the `start` and the `error` event. Commands write their own `result`.
  func run() async throws {
    let console = Console(isJSON: output.json, level: level)
    let words = Self.commandPath
    console.event(
      "start",
      [
        "schema": .integer(Int64(Version.jsonSchema)), "command": .string(words),
        "version": .string(Version.current),
      ])
    do {
      ImageWork.observe(FileWorkReporter(console: console).handle)
      try await execute(console)
      try checkOutput()
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

  /// A result that nobody could read (a full disk) is no success.
  private func checkOutput() throws {
    guard OutputStream.errorNumber != 0 else { return }
    throw Diagnostic.cannotWrite("standard output", Errno(rawValue: OutputStream.errorNumber))
  }

  /// The command's words after `flashctl`: `mkii get`.
  private static var commandPath: String {
    Flashctl.path(to: Self.self) ?? configuration.commandName ?? _commandName
  }
}
