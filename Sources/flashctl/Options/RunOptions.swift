import ArgumentParser
import FlashCore

/// How a plan is run: what every command takes that writes images to a device.
struct RunOptions: ParsableArguments {
  @Flag(help: "Compare what was written with the images: by the device's digests, else by reading back.")
  var verify = false

  @Flag(help: "Send only what differs from what the device holds; needs a device that computes digests.")
  var delta = false

  @Flag(help: "Go on with the same plan where it was cut off, after comparing what is there.")
  var resume = false

  @Flag(help: "Forget that the same plan was cut off, and begin anew.")
  var restart = false

  @OptionGroup var consent: ConsentOptions

  mutating func validate() throws {
    guard !(resume && restart) else { throw ValidationError("--resume and --restart exclude each other.") }
  }

  /// A file is written at once, and always read again.
  func requireNothing(for file: String?) throws {
    guard file != nil, delta || resume || restart || consent.allowProtected else { return }
    throw ValidationError("--delta, --resume, --restart and --allow-protected are for devices, not for files.")
  }

  /// Proof needs a device that can be asked.
  func requireProvable(with loader: LoaderOptions) throws {
    guard verify, loader.tables != nil else { return }
    throw ValidationError(
      "--verify reads what was written, and a device that wants digest tables (--vip) lets no reads pass.")
  }

  /// `journal` is where the run is recorded; whether extents may overlap is said with the package.
  func options(for request: PlanRequest, journal: PlanJournal.Place?) -> PlanRunner.Options {
    var options = consent.options
    options.allowsOverlap = request.package.allowsOverlap
    options.allowsFusing = request.package.allowsFusing
    options.verifies = verify
    options.isDelta = delta
    options.unfinished = resume ? .resumed : restart ? .discarded : .refused
    options.journal = journal
    return options
  }
}

/// What a user has to agree to.
struct ConsentOptions: ParsableArguments {
  @Flag(help: "Touch partitions with data that only this device has: calibration, IMEI, keys.")
  var allowProtected = false

  var options: PlanRunner.Options {
    var options = PlanRunner.Options()
    options.allowsProtected = allowProtected
    return options
  }
}
