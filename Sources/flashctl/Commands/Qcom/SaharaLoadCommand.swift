import ArgumentParser
import FlashCore
import FlashImages
import Qualcomm
import Synchronization

/// `flashctl qcom sahara load`
struct SaharaLoadCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "load", abstract: "Start a programmer on a device, or boot one that has no flash.",
    discussion: """
      A single file is sent whatever the device calls it. A device that wants several images gets them from ID:FILE \
      words, a sahara_config XML file or a programmer archive (CPIO).
      """)

  @Flag(
    help: "Ask the device first what it is, and warn when the loader was signed for another manufacturer's devices.")
  var checkDevice = false

  @Flag(help: "Treat warnings about the loader as errors, before anything is sent.")
  var strict = false

  @OptionGroup var loader: LoaderFiles
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let loaders = try loader.loaderSet()
    try LoaderText.remark(loaders, on: console, isStrict: strict)
    let session = try DeviceSession(options, console, loaders: loader.arguments, padsLoaders: loader.padLoader)
    let progress = LoadProgress(console)
    let (device, report) = try await session.runQualcomm(step: "load") { target, device in
      if checkDevice {
        let answers = try await target.information().answers
        try LoaderMatch(loaders, answers)?.report(on: console, isStrict: strict)
      }
      return (device, try await target.load(loaders) { progress.show($0) })
    }
    progress.end()
    let names = report.imageIDs.map(SaharaImageID.text).joined(separator: ", ")
    console.result("\(device) took image \(names) and starts what it was given")
    console.event(
      "result",
      [
        "status": "done", "device": .string(device),
        "images": .array(report.imageIDs.map(JSONValue.unsigned)),
      ])
  }
}

/// The progress of images that a device asks for, one after the other.
private final class LoadProgress: Sendable {
  private let console: Console
  private let current = Mutex<(id: UInt64?, progress: FileProgress?)>((nil, nil))

  init(_ console: Console) { self.console = console }

  func show(_ progress: SaharaImageProgress) {
    let file = current.withLock { current -> FileProgress? in
      if current.id != progress.imageID {
        current.id = progress.imageID
        current.progress = FileProgress(
          "image \(progress.imageID ?? 0)", total: progress.imageByteCount, console: console)
      }
      return current.progress
    }
    file?.advance(to: progress.position)
  }

  func end() { console.status(nil) }
}
