/// Compares frames with tables, as a device does, without one. Source: `docs/protocols/firehose.md` 7.2 and 7.3.
public struct FirehoseVIPCheck: Equatable, Sendable {
  /// Everything that is wrong, in the order in which a device would find it; a device stops at the first.
  public private(set) var problems: [FirehoseVIPError] = []
  public private(set) var frameCount: Int

  /// More problems than anybody reads.
  static let problemLimit = 64

  /// `frames` are the digests of what will be sent. The signed table may be an MBN or the bare digests.
  public init(_ tables: FirehoseVIPTables, frames: [[UInt8]]) {
    frameCount = frames.count
    let content = (try? FirehoseVIPSignedTable(parsing: tables.signed))?.digests ?? tables.signed
    let entries = Self.entries(content)
    var expected = Array(entries.prefix(FirehoseVIPTables.signedFrames))
    var link = entries.count > FirehoseVIPTables.signedFrames ? entries[FirehoseVIPTables.signedFrames] : nil
    for (index, table) in tables.chained.enumerated() {
      guard expected.count < frames.count else {
        add(.unused(tables: tables.chained.count - index, frames: frames.count))
        break
      }
      if link != FirehoseVIPTables.digest(table) { add(.chain(table: index)) }
      let listed = Self.entries(table)
      // Only a table that another one follows ends in that one's digest.
      let hasNext = index + 1 < tables.chained.count
      expected += hasNext ? listed.dropLast() : listed[...]
      link = hasNext ? listed.last : nil
    }
    for (index, frame) in frames.enumerated() {
      guard index < expected.count else {
        add(.noTable(frame: index + 1, tables: tables.chained.count))
        break
      }
      if frame != expected[index] { add(.differs(frame: index + 1)) }
    }
  }

  private mutating func add(_ problem: FirehoseVIPError) {
    if problems.count < Self.problemLimit { problems.append(problem) }
  }

  private static func entries(_ table: [UInt8]) -> [[UInt8]] {
    let size = FirehoseVIPTables.digestByteCount
    return (0..<table.count / size).map { Array(table[$0 * size..<($0 + 1) * size]) }
  }
}

/// Knows which table has to go out before the next frame. Source: `docs/protocols/firehose.md` 7.2.
struct FirehoseVIPSequence: Sendable {
  private let tables: FirehoseVIPTables
  private var frames = 0

  init(_ tables: FirehoseVIPTables) { self.tables = tables }

  var signedTable: [UInt8] { tables.signed }

  /// Counts one frame, and returns the table that goes before it.
  mutating func beginFrame() throws(FirehoseVIPError) -> [UInt8]? {
    let behind = frames - FirehoseVIPTables.signedFrames
    guard behind >= 0, behind % FirehoseVIPTables.chainedFrames == 0 else {
      frames += 1
      return nil
    }
    let number = behind / FirehoseVIPTables.chainedFrames
    guard number < tables.chained.count else { throw .noTable(frame: frames + 1, tables: tables.chained.count) }
    frames += 1
    return tables.chained[number]
  }
}
