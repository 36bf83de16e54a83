import WireFormat

/// What a session wants next.
public enum XFlashAction: Equatable, Sendable {
  /// Send a frame of the flow; `sent` comes next.
  case send([UInt8])
  /// Receive a frame of the flow within `limit`; `receive` or `silence` comes next.
  case receive(limit: Duration)
  /// Receive the header of a frame within `limit` and ask `accepts` what it is; `received` or `receive` comes next.
  case receiveData(limit: Duration)
  /// Send the next chunk of an image: three frames, 0, its checksum, and the chunk. `sent` comes next, or `abort` where
  /// there is no chunk to be had.
  case sendChunk(byteCount: Int)
  case finish
}

/// What a frame is whose header has come.
public enum XFlashFrameUse: Equatable, Sendable {
  /// Data, which go where they are wanted without being kept.
  case data
  /// A status or another answer, which `receive` gets.
  case answer
}

/// A command with an agent as a value without I/O. Source: `docs/protocols/mtk-xflash.md` 6 and 9.
///
/// The caller does what the session says, and tells it what came of it. Every status but those that the place in the
/// sequence calls for ends the command; the agent is back in its command loop then.
public protocol XFlashSession: Sendable {
  /// The command's name, or the control's.
  var name: String { get }
  mutating func start() -> XFlashAction
  mutating func sent() -> XFlashAction
  mutating func receive(_ payload: [UInt8]) throws(XFlashError) -> XFlashAction
  mutating func silence(after limit: Duration) throws(XFlashError) -> XFlashAction
  mutating func accepts(byteCount: UInt64) throws(XFlashError) -> XFlashFrameUse
  /// All data of a frame have come. `isWanted` says that there should be more.
  mutating func received(byteCount: UInt64, isWanted: Bool) -> XFlashAction
  /// The transfers that the device is expected to send behind a data frame of so many bytes, which is under way: their
  /// sizes. They may come otherwise.
  func transfers(behind byteCount: UInt64) -> [UInt64]
  /// There is no chunk to be had.
  mutating func abort() -> XFlashAction
}

extension XFlashSession {
  public mutating func silence(after limit: Duration) throws(XFlashError) -> XFlashAction {
    throw .silence(during: name, after: limit)
  }
  public mutating func accepts(byteCount: UInt64) throws(XFlashError) -> XFlashFrameUse { .answer }
  public mutating func received(byteCount: UInt64, isWanted: Bool) -> XFlashAction { .finish }
  public func transfers(behind byteCount: UInt64) -> [UInt64] { [] }
  public mutating func abort() -> XFlashAction { .finish }

  /// Reads a status, and throws one that is none of these.
  func status(
    _ payload: [UInt8], accepting accepted: [XFlashStatus] = [.ok]
  ) throws(XFlashError) -> XFlashStatus {
    let status: XFlashStatus
    do throws(WireError) { status = try XFlashStatus(payload: payload.rawSpan) } catch {
      throw .answer(error, during: name)
    }
    guard accepted.contains(status) else {
      // Newer agents answer nothing any more then (9.3).
      if status == .invalidTable { throw .lost(status, during: name) }
      throw .refused(status, during: name, place: nil)
    }
    return status
  }
}

extension [UInt8] {
  /// A number as the payload of a frame.
  static func word(_ value: UInt32) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: value)
    return bytes
  }

  /// A long number as the payload of a frame.
  static func longWord(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: value)
    return bytes
  }
}
