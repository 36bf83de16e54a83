import WireFormat

/// The content of a member of a ZIP archive; size and checksum are compared when its end is reached.
public struct ZIPMemberBytes: ByteSource {
  private let file: any RandomAccessBytes
  private let member: ZIPArchive.Member
  private let range: Range<UInt64>

  init(file: any RandomAccessBytes, member: ZIPArchive.Member, range: Range<UInt64>) {
    self.file = file
    self.member = member
    self.range = range
  }

  /// `archive.zip:member`.
  public var path: String { file.path + ":" + member.name }

  /// What the directory says; another size is an error when the end is reached, and nothing beyond it is delivered.
  public var byteCount: UInt64? { member.byteCount }

  public func openBytes() throws(ImageError) -> any ByteReader {
    var decoder: (any Decoder)?
    if member.method == 8 {
      do throws(CompressionDefect) { decoder = try GzipDecoder(isRawDeflate: true) } catch {
        throw .zip(path: file.path, offset: range.lowerBound, .corrupt(member: member.name, reason: "zlib"))
      }
    }
    return ZIPMemberReader(file: file, member: member, range: range, decoder: decoder)
  }
}

/// One pass over a member. Used by one task at a time.
@safe private final class ZIPMemberReader: ByteReader {
  private let file: any RandomAccessBytes
  private let member: ZIPArchive.Member
  private let range: Range<UInt64>
  private let decoder: (any Decoder)?
  private let input = CopyBuffer()
  private nonisolated(unsafe) var inputCount = 0
  private nonisolated(unsafe) var inputDone = 0
  private nonisolated(unsafe) var offset: UInt64
  private nonisolated(unsafe) var produced: UInt64 = 0
  private nonisolated(unsafe) var checksum = CRC32()
  private nonisolated(unsafe) var isAtEnd = false

  init(file: any RandomAccessBytes, member: ZIPArchive.Member, range: Range<UInt64>, decoder: (any Decoder)?) {
    self.file = file
    self.member = member
    self.range = range
    self.decoder = decoder
    unsafe offset = range.lowerBound
  }

  var position: UInt64 { unsafe produced }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
    var filled = 0
    while filled < buffer.count, unsafe !isAtEnd {
      if Task.isCancelled { throw .cancelled }
      let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = unsafe try decoder == nil ? copy(into: rest) : decode(into: rest)
      let piece = unsafe UnsafeRawBufferPointer(rebasing: rest[..<count])
      unsafe checksum.update(piece.bytes)
      unsafe produced += UInt64(count)
      filled += count
      guard unsafe produced <= member.byteCount else {
        throw failure(.wrongSize(member: member.name, expected: member.byteCount))
      }
      if unsafe isAtEnd { try compare() }
    }
    return filled
  }

  func skip(_ count: UInt64) throws(ImageError) -> UInt64 {
    let buffer = CopyBuffer()
    var skipped: UInt64 = 0
    while skipped < count {
      let piece = unsafe buffer.prefix(count - skipped)
      let read = unsafe try read(into: piece)
      skipped += UInt64(read)
      if read < piece.count { break }
    }
    return skipped
  }

  private func copy(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
    let count = unsafe Int(min(UInt64(buffer.count), range.upperBound - offset))
    let piece = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
    if count > 0 { unsafe try file.read(at: offset, into: piece) }
    unsafe offset += UInt64(count)
    unsafe isAtEnd = offset == range.upperBound
    return count
  }

  private func decode(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
    guard let decoder else { return 0 }
    if unsafe inputDone == inputCount, unsafe offset < range.upperBound {
      let piece = unsafe input.prefix(range.upperBound - offset)
      unsafe try file.read(at: offset, into: piece)
      unsafe inputCount = piece.count
      unsafe inputDone = 0
      unsafe offset += UInt64(piece.count)
    }
    let pending = unsafe UnsafeRawBufferPointer(rebasing: input.prefix(UInt64(inputCount))[inputDone...])
    let ends = unsafe offset == range.upperBound
    let step: DecoderStep
    do throws(CompressionDefect) {
      step = unsafe try decoder.decode(pending, into: buffer, inputEnds: ends)
    } catch {
      if case .corrupt(let reason) = error { throw failure(.corrupt(member: member.name, reason: reason)) }
      throw failure(.corrupt(member: member.name, reason: "deflate"))
    }
    unsafe inputDone += step.consumed
    unsafe isAtEnd = step.endsMember
    guard step.endsMember || step.consumed > 0 || step.produced > 0 else {
      throw failure(.corrupt(member: member.name, reason: "the data end early"))
    }
    return step.produced
  }

  private func compare() throws(ImageError) {
    guard unsafe produced == member.byteCount else {
      throw failure(.wrongSize(member: member.name, expected: member.byteCount))
    }
    let computed = unsafe checksum.value
    guard computed == member.checksum else {
      throw failure(.wrongChecksum(member: member.name, stored: member.checksum, computed: computed))
    }
  }

  private func failure(_ defect: ZIPDefect) -> ImageError {
    let reached = unsafe offset - UInt64(inputCount - inputDone)
    return .zip(path: file.path, offset: reached, defect)
  }
}
