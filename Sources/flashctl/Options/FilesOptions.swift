import ArgumentParser

/// Input files and an output: `IN… -o OUT`, or `IN… OUT`.
struct FilesOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp("The file or files to read; without --output, the last one is written.", valueName: "file"),
    completion: .file())
  var files: [String]

  @Option(
    name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("The file to write.", valueName: "file"),
    completion: .file())
  var output: String?

  @Flag(help: "Replace the output if it exists.")
  var force = false

  mutating func validate() throws {
    guard output != nil || files.count >= 2 else {
      throw ValidationError("Say what to write: IN -o OUT, or IN OUT.")
    }
  }

  var inputs: [String] { output == nil ? Array(files.dropLast()) : files }
  var target: String { output ?? files.last ?? "" }
}
