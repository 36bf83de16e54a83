/// Why a container could not be written.
public enum FIASCOWriteError: Error, Equatable, Sendable {
  /// A file could not be read or written; an output that exists already is `EEXIST`.
  case file(ImageError)
  /// A value does not fit its field (`docs/protocols/fiasco.md` 10): its length, and the lengths that fit, in bytes;
  /// for `blocks` and `images` their number.
  case outOfRange(field: String, length: UInt64, allowed: ClosedRange<UInt64>)
  /// Text with a NUL in it, which would end it.
  case textWithNUL(field: String)
  /// The parts that describe image data do not lie inside it, in order.
  case misplacedParts(type: String)
  /// The output is one of the inputs.
  case overwritesInput(path: String)
  /// A file differs from what `fiasco.json` says about it, so that the container cannot be rebuilt as it was.
  case differsFromManifest(path: String, field: String)
}
