import ArgumentParser
import FlashCore
import Qualcomm

/// `flashctl qcom firehose benchmark`
struct FirehoseBenchmarkCommand: ProgrammerCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark", abstract: "Have the device measure its storage.",
    discussion: "--write writes to the storage: what is there may be lost.")

  @Option(help: ArgumentHelp("How often.", valueName: "number")) var trials: UInt32 = 10
  @Flag(help: "Measure writing.") var write = false
  @Flag(help: "Measure digests.") var digest = false
  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let benchmark = FirehoseBenchmark(
      trials: trials, testsWriting: write, testsReading: !write && !digest, testsDigests: digest)
    let lines = try await run("measure", on: console) { target, _ in try await target.benchmark(benchmark) }
    for line in lines { console.result(FirehoseLog(line).words) }
    console.event("result", ["status": "done", "lines": .array(lines.map(JSONValue.string))])
  }
}

/// `flashctl qcom firehose fixgpt`
struct FirehoseFixGPTCommand: ProgrammerCommand {
  static let configuration = CommandConfiguration(
    commandName: "fixgpt", abstract: "Have the device mend the partition table of a LUN.",
    discussion:
      "The programmer writes the backup table and the checksums; --grow makes the last partition fill the LUN.")

  @Argument(help: "The LUN.") var lun: UInt32
  @Flag(help: "Grow the last partition to the end.") var grow = false
  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let fix = FirehoseFixGPT(lun: lun, growsLastPartition: grow)
    let lines = try await run("mend the table", on: console) { target, _ in try await target.fixGPT(fix) }
    for line in lines { console.result(FirehoseLog(line).words) }
    console.result("the device acknowledged; `flashctl partitions` shows the table")
    console.event("result", ["status": "done", "lines": .array(lines.map(JSONValue.string))])
  }
}
