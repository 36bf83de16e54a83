import Synchronization

/// A pass over a file before anything of it is used: what a program can say while that takes its time.
///
/// Passes happen deep inside of planning and checking, so a program that wants to hear of them says so once, for all:
///
/// ```swift
/// ImageWork.observe { work in print(work.path, work.byteCount) }
/// ```
public struct ImageWork: Equatable, Sendable {
  /// What is done to the file.
  public enum Kind: String, Equatable, Sendable {
    /// A compressed file is unpacked, to learn its length and to prove it.
    case unpacking
    /// The headers and checksums of a sparse image, or of an archive's member, are looked at.
    case checking
    /// A digest is computed, to be compared with the one that a descriptor gives.
    case hashing
    /// What comes through a pipe is stored.
    case reading
  }

  public var kind: Kind
  public var path: String
  /// Bytes so far.
  public var byteCount: UInt64
  /// Bytes in all, where that is known beforehand.
  public var total: UInt64?
  /// Whether the pass is over, for better or worse.
  public var isFinished: Bool

  public init(kind: Kind, path: String, byteCount: UInt64, total: UInt64? = nil, isFinished: Bool = false) {
    self.kind = kind
    self.path = path
    self.byteCount = byteCount
    self.total = total
    self.isFinished = isFinished
  }

  // Not a task's own value: release builds of Swift 6.3.1 crash where one is set for a command that waits.
  private static let listener = Mutex<(@Sendable (ImageWork) -> Void)?>(nil)

  /// Who hears of the passes, often; `nil` for nobody.
  public static var observer: (@Sendable (ImageWork) -> Void)? { listener.withLock { $0 } }

  /// Chooses who hears of the passes of this process.
  public static func observe(_ observer: (@Sendable (ImageWork) -> Void)?) { listener.withLock { $0 = observer } }

  /// Runs a pass; `body` gets what it calls with the number of bytes so far.
  public static func report<Result>(
    _ kind: Kind, of path: String, total: UInt64? = nil,
    _ body: ((UInt64) -> Void) throws(ImageError) -> Result
  ) throws(ImageError) -> Result {
    guard let observer else { return try body { _ in } }
    var work = ImageWork(kind: kind, path: path, byteCount: 0, total: total)
    defer {
      work.isFinished = true
      observer(work)
    }
    return try body { bytes in
      work.byteCount = bytes
      observer(work)
    }
  }
}
