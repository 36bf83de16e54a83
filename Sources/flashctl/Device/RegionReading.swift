import FlashCore
import FlashImages

/// Reads a range of a device into a file: from its beginning or from where an earlier run was cut off, and, where the user
/// wants that, past what the device cannot read.
struct RegionReading: Sendable {
  let target: any FlashTarget
  let range: StorageRange
  let sink: ReadSink
  /// The file, for messages.
  let path: String
  let console: Console
  let skipsUnreadable: Bool

  /// Bytes at the end of what an earlier run left that are read again and compared.
  private static let comparedByteCount: UInt64 = 1 << 20
  /// What is left out where the device refuses, and the unit that earlier runs are continued in: a multiple of every sector.
  private static let blockByteCount: UInt64 = 64 << 10

  /// Returns the places, in bytes of the section, that could not be read and are zero in the file.
  func run() async throws -> [Range<UInt64>] {
    try await goOnWithKept()
    let progress = FileProgress("\(range)", total: range.byteCount, console: console)
    defer { progress.end() }
    var holes: [Range<UInt64>] = []
    while sink.byteCount < range.byteCount {
      do {
        try await read(progress)
        guard sink.byteCount == range.byteCount else {
          throw ImageError.shortRead(path: range.description, offset: 0, expected: range.byteCount)
        }
      } catch let refusal as any DeviceRefusal
        where skipsUnreadable && refusal.leavesDeviceListening && !refusal.isMissingCommand
        && sink.byteCount < range.byteCount
      {
        try leaveOut(&holes)
      }
    }
    return holes
  }

  private func read(_ progress: FileProgress) async throws {
    let start = range.bytes.lowerBound + sink.byteCount
    let rest = StorageRange(section: range.section, bytes: start..<range.bytes.upperBound)
    try await target.read(rest) { bytes in
      try unsafe bytes.withUnsafeBytes { buffer in try unsafe sink.append(buffer) }
      progress.advance(to: sink.byteCount)
    }
  }

  // MARK: Going on

  /// What is there already has to be what the device has: its end is read again.
  private func goOnWithKept() async throws {
    guard sink.byteCount > 0 else { return }
    guard sink.byteCount <= range.byteCount else { throw differs("is longer than what is to be read") }
    let whole = sink.byteCount / Self.blockByteCount * Self.blockByteCount
    let offset = whole - min(whole, Self.comparedByteCount)
    let count = sink.byteCount - offset
    let start = range.bytes.lowerBound + offset
    let end = min(range.bytes.upperBound, range.bytes.lowerBound + whole + Self.blockByteCount)
    let bytes = try await target.bytes(of: StorageRange(section: range.section, bytes: start..<end))
    guard try bytes.prefix(Int(count)) == sink.kept(at: offset, count: Int(count))[...] else {
      throw differs("is not what the device has")
    }
    try sink.truncate(to: whole)
    console.info("going on behind \(Units.bytes(sink.byteCount)) of \(path)\(OutputFile.partSuffix)")
    console.event("resumed", ["bytes": .unsigned(sink.byteCount)])
  }

  private func differs(_ what: String) -> Diagnostic {
    Diagnostic(
      code: "read.part-differs", message: "\(path)\(OutputFile.partSuffix) \(what)",
      remedy: "remove it, and everything is read again", exitStatus: .usage, step: "resume")
  }

  // MARK: Leaving out

  /// Up to the next whole block; what is left out in a row is one place.
  private func leaveOut(_ holes: inout [Range<UInt64>]) throws {
    let start = range.bytes.lowerBound + sink.byteCount
    let end = min(range.bytes.upperBound, (start / Self.blockByteCount + 1) * Self.blockByteCount)
    try sink.skip(end - start)
    if let last = holes.last, last.upperBound == start {
      holes[holes.count - 1] = last.lowerBound..<end
    } else {
      holes.append(start..<end)
    }
  }
}
