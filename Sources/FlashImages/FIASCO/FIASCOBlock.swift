/// One block of a FIASCO image header, as the container and the Mk II and NOLO protocols carry it.
///
/// A block is a type byte, a length byte and that many bytes. Unknown types are kept as they are.
/// Source: `docs/protocols/fiasco.md` 3.2 and 4.
public enum FIASCOBlock: Equatable, Sendable {
  /// 2E, always the first.
  case fileData(FIASCOFileData)
  /// 31: text with a final NUL, which is not part of the value here.
  case version(String)
  /// 32: valid for one device and a list of its hardware revisions.
  case device(FIASCODeviceEntry)
  /// 33: the text that describes how the eMMC is partitioned.
  case layout([UInt8])
  /// 34: a named part of the image data.
  case part(FIASCOPart)
  /// Any other type (2F partition info among them), and known types too damaged to read.
  case other(type: UInt8, bytes: [UInt8])
}
