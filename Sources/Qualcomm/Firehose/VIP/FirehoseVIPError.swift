public import FlashImages

/// Why tables of Validated Image Programming cannot be used.
public enum FirehoseVIPError: Error, Equatable, Sendable {
  case file(ImageError)
  /// A folder without `DigestsToSign.bin.mbn`.
  case noSignedTable(folder: String)
  /// A table longer than programmers take.
  case tooLong(path: String, byteCount: UInt64, limit: UInt64)
  /// The signed table is no MBN file of the image id VIP.
  case notSigned(path: String)
  /// More frames than 32 chained tables can list.
  case tooManyFrames(Int, limit: Int)
  /// A frame that no table is left for; the number counts from 1.
  case noTable(frame: Int, tables: Int)
  /// A frame whose digest is another than the one listed.
  case differs(frame: Int)
  /// A chained table whose own digest is another than the one listed in the table before.
  case chain(table: Int)
  /// Tables for more frames than there are.
  case unused(tables: Int, frames: Int)
}
