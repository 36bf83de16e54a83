/// What a flashing run tells its observer, in the order it happens. Bytes count once the device has taken them.
public enum FlashEvent: Equatable, Sendable {
  case planned(steps: Int, bytes: UInt64)
  /// An earlier run of the same plan is continued: so many steps were done.
  case resuming(finished: Int, steps: Int)
  /// There is no earlier run of this plan on this device to be continued; all of it is run.
  case nothingToResume
  /// Ranges cannot be compared beforehand, so everything is sent.
  case deltaUnavailable(name: String, DeltaObstacle)
  /// The run goes on without a journal, so it could not be resumed; `reason` is the system's.
  case journalUnavailable(path: String, reason: String)
  /// What the device holds is compared with `bytes` of an image.
  case comparing(step: Int, name: String, bytes: UInt64, purpose: Comparison)
  /// `differing` bytes have to be sent.
  case compared(step: Int, name: String, differing: UInt64)
  /// `bytes` of the device are copied to a file, before anything changes them.
  case saving(step: Int, name: String, bytes: UInt64)
  /// The copy is whole; `sha256` are 64 hexadecimal digits.
  case saved(step: Int, name: String, path: String, sha256: String)
  case started(step: Int, name: String, bytes: UInt64)
  /// `bytes` of the step, the copy or the comparison, so far.
  case progressed(step: Int, bytes: UInt64)
  /// All bytes are sent; the device is still busy with them (`state` in its own words, percent if it says so).
  case settling(step: Int, state: String, percent: Int?)
  case finished(step: Int, elapsed: Duration, verified: Verification)
  /// A step that sends no image is done; `action` as in the plan.
  case performed(step: Int, action: String, name: String, elapsed: Duration)
  /// A written extent holds what it should, as was found out after it had been written.
  case verified(step: Int, name: String, verified: Verification)
  case rebooting(step: Int, mode: RebootMode)
  case failed(step: Int, name: String)

  /// What a comparison is for.
  public enum Comparison: String, Equatable, Sendable {
    /// Only what differs is sent (`--delta`).
    case delta
    /// What an interrupted run has written (`--resume`).
    case resume
    /// What this run has written (`--verify`).
    case verify
  }

  /// Why `--delta` has to send everything.
  public enum DeltaObstacle: String, Equatable, Sendable {
    case noDigest
    /// Raw flash: blocks are erased before they are written, and bad ones are passed over.
    case nand
    /// The device takes whole images only.
    case wholeImages
  }
}

/// How it is known that a written extent holds what it should.
public enum Verification: String, Codable, Equatable, Sendable {
  /// The device computed a digest of what it stored, and it is the right one.
  case digest
  /// The extent was read back and compared.
  case readback
  /// The device said that it took and finished the data; nothing more can be known.
  case acknowledged
}
