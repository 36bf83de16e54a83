public import FlashCore
public import FlashImages

/// Why files could not be made into a plan for a Mk II device. Facts only; the program writes the sentence.
public enum MkIIPlanError: Error, Equatable, Sendable {
  // Files.
  case file(ImageError)
  /// The file is no FIASCO file, and others that were named are.
  case notFIASCO(path: String)
  case emptyImage(type: String, path: String)
  /// Image sizes are 32 bits wide.
  case tooLarge(type: String, byteCount: UInt64)
  /// A layout is at most 255 bytes.
  case layoutTooLong(path: String, byteCount: UInt64)
  /// The header does not fit into a message.
  case headerTooLong(type: String, byteCount: Int)
  /// A raw file looks like another type; `--force` goes on.
  case detectedOtherType(path: String, given: String, detected: String)

  // What the user named.
  /// `TYPE=FILE` with a type that neither the device nor the format knows.
  case unknownType(String)
  /// `TYPE=FILE` with an image that is used in another mode only.
  case otherMode(type: String)
  case namedTwice(type: String)
  /// `--type` names an image that no file holds.
  case notInFiles(type: String)

  // Files against the device.
  /// The images differ by device, and no device or model is known. `devices` are those that the files name.
  case modelNeeded(devices: [String])
  /// Images of these types are for certain hardware revisions, and the revision is not known; `--force` goes on.
  case revisionNeeded(types: [String])
  /// The files hold the type, for other devices or revisions only.
  case noMatch(type: String, device: String, revision: String?)
  /// Several different images of one type match.
  case ambiguous(type: String, candidates: [String])
  /// One of `xloader` and `secondary` without the other; `--force` goes on.
  case unpairedLoaders(chosen: String, missing: String)
  /// The device does not list these types, and the user named them or asked for all (`--strict`).
  case notListed(types: [String])
  case unknownProduct(String)
  case experimentalVersion(String)
  /// Everything that was named is left out.
  case nothingToFlash(skipped: [FlashPlan.Skipped])
}
