import WireFormat

/// Makes a ZIP archive: members deflated, ZIP64 where sizes ask for it, the same bytes for the same input.
///
/// ```swift
/// let file = try OutputFile.begin(at: "package.zip", replacing: false)
/// let writer = ZIPWriter(file)
/// try writer.add("flashmap.json", bytes)
/// try writer.finish()
/// try file.commit()
/// ```
///
/// Source: APPNOTE.TXT 4.3. Used by one task.
@safe public final class ZIPWriter {
  private struct Entry {
    var name: [UInt8]
    var offset: UInt64
    var byteCount: UInt64 = 0
    var compressedByteCount: UInt64 = 0
    var checksum: UInt32 = 0
    /// Whether the sizes have 64 bits; decided before they are known.
    var isLarge: Bool
  }

  private let file: OutputFile
  private var entries: [Entry] = []
  private var names: Set<String> = []
  private let buffer = CopyBuffer()

  /// Members that an archive without ZIP64 can hold, and readers of this project take.
  public static let maximumMemberCount = 65535
  /// From here on sizes might not fit 32 bits, deflated or not.
  private static let largeByteCount: UInt64 = 0xF000_0000

  public init(_ file: OutputFile) { self.file = file }

  /// Adds a member with all bytes of an image, skips as zeros. Throws `ZIPDefect.duplicateMember` for a name that is
  /// taken.
  public func add(
    _ name: String, _ image: any ImageSource, progress: (UInt64) -> Void = { _ in }
  ) throws(ImageError) {
    let stream = try ImageStream(image)
    var entry = try begin(name, isLarge: (image.byteCount ?? .max) >= Self.largeByteCount)
    let encoder = try DeflateEncoder()
    var checksum = CRC32()
    while true {
      if Task.isCancelled { throw .cancelled }
      let piece = unsafe buffer.prefix(UInt64(CopyBuffer.byteCount))
      let count = try unsafe stream.read(into: piece)
      let bytes = unsafe UnsafeRawBufferPointer(rebasing: piece[..<count])
      unsafe checksum.update(bytes.bytes)
      entry.byteCount += UInt64(count)
      unsafe try encoder.encode(bytes, isLast: count < piece.count) { output throws(ImageError) in
        unsafe try file.append(output)
        entry.compressedByteCount += UInt64(output.count)
      }
      progress(entry.byteCount)
      if count < piece.count { break }
    }
    entry.checksum = checksum.value
    try end(entry)
  }

  /// Adds a member that lies in memory.
  public func add(_ name: String, _ bytes: [UInt8]) throws(ImageError) {
    try add(name, RandomAccessImageSource(MemoryBytes(bytes, path: name)))
  }

  private func begin(_ name: String, isLarge: Bool) throws(ImageError) -> Entry {
    let text = Array(name.utf8)
    guard names.insert(name).inserted else {
      throw .zip(path: file.path, offset: file.byteCount, .duplicateMember(name))
    }
    guard entries.count < Self.maximumMemberCount, text.count <= 65535 else {
      throw .zip(
        path: file.path, offset: file.byteCount,
        .tooManyMembers(UInt64(entries.count) + 1, limit: Self.maximumMemberCount))
    }
    let entry = Entry(name: text, offset: file.byteCount, isLarge: isLarge)
    try file.append(Self.localHeader(entry))
    return entry
  }

  /// Completes the header in front of the data.
  private func end(_ entry: Entry) throws(ImageError) {
    try file.overwrite(Self.localHeader(entry), at: entry.offset)
    entries.append(entry)
  }

  /// Writes the directory. Nothing may be added afterwards.
  public func finish() throws(ImageError) {
    let start = file.byteCount
    for entry in entries { try file.append(Self.directoryEntry(entry)) }
    let size = file.byteCount - start
    let isLarge = start > 0xFFFF_FFFE || size > 0xFFFF_FFFE || entries.count > 65534
    if isLarge { try file.append(largeEnd(start: start, size: size)) }
    var end: [UInt8] = []
    end.append(littleEndian: UInt32(0x0605_4B50))
    for field in [0, 0, entries.count, entries.count] { end.append(littleEndian: UInt16(clamping: field)) }
    end.append(littleEndian: isLarge ? UInt32.max : UInt32(size))
    end.append(littleEndian: isLarge ? UInt32.max : UInt32(start))
    end.append(littleEndian: UInt16(0))
    try file.append(end)
  }

  /// The records of ZIP64 that tell where the directory lies.
  private func largeEnd(start: UInt64, size: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt32(0x0606_4B50))
    bytes.append(littleEndian: UInt64(44))
    for field in [45, 45] as [UInt16] { bytes.append(littleEndian: field) }
    for field in [0, 0] as [UInt32] { bytes.append(littleEndian: field) }
    for field in [UInt64(entries.count), UInt64(entries.count), size, start] { bytes.append(littleEndian: field) }
    bytes.append(littleEndian: UInt32(0x0706_4B50))
    bytes.append(littleEndian: UInt32(0))
    bytes.append(littleEndian: start + size)
    bytes.append(littleEndian: UInt32(1))
    return bytes
  }

  private static func localHeader(_ entry: Entry) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt32(0x0403_4B50))
    appendCommon(entry, to: &bytes)
    bytes.append(littleEndian: entry.isLarge ? UInt32.max : UInt32(entry.compressedByteCount))
    bytes.append(littleEndian: entry.isLarge ? UInt32.max : UInt32(entry.byteCount))
    bytes.append(littleEndian: UInt16(entry.name.count))
    bytes.append(littleEndian: UInt16(entry.isLarge ? 20 : 0))
    bytes += entry.name
    guard entry.isLarge else { return bytes }
    for field in [1, 16] as [UInt16] { bytes.append(littleEndian: field) }
    bytes.append(littleEndian: entry.byteCount)
    bytes.append(littleEndian: entry.compressedByteCount)
    return bytes
  }

  private static func directoryEntry(_ entry: Entry) -> [UInt8] {
    let isFar = entry.offset > 0xFFFF_FFFE
    var extra: [UInt8] = []
    if entry.isLarge {
      extra.append(littleEndian: entry.byteCount)
      extra.append(littleEndian: entry.compressedByteCount)
    }
    if isFar { extra.append(littleEndian: entry.offset) }
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt32(0x0201_4B50))
    bytes.append(littleEndian: UInt16(45))
    appendCommon(entry, to: &bytes)
    bytes.append(littleEndian: entry.isLarge ? UInt32.max : UInt32(entry.compressedByteCount))
    bytes.append(littleEndian: entry.isLarge ? UInt32.max : UInt32(entry.byteCount))
    bytes.append(littleEndian: UInt16(entry.name.count))
    bytes.append(littleEndian: UInt16(extra.isEmpty ? 0 : extra.count + 4))
    for field in [0, 0, 0] as [UInt16] { bytes.append(littleEndian: field) }
    bytes.append(littleEndian: UInt32(0))
    bytes.append(littleEndian: isFar ? UInt32.max : UInt32(entry.offset))
    bytes += entry.name
    guard !extra.isEmpty else { return bytes }
    bytes.append(littleEndian: UInt16(1))
    bytes.append(littleEndian: UInt16(extra.count))
    return bytes + extra
  }

  /// Version, flags (names are UTF-8), method, a date that is always the same, checksum.
  private static func appendCommon(_ entry: Entry, to bytes: inout [UInt8]) {
    for field in [45, 0x0800, 8, 0, 0x0021] as [UInt16] { bytes.append(littleEndian: field) }
    bytes.append(littleEndian: entry.checksum)
  }
}
