/// Reads the headers of a container by the rules of `docs/protocols/fiasco.md` 9.
struct FIASCOReader {
  static let signature: UInt8 = 0xB4
  static let imageSignature: UInt8 = 0x54
  static let maximumHeaderBlockCount: UInt32 = 64
  static let maximumImageCount = 4096
  /// Image headers of a whole file, in bytes: far above any real file, far below what would hurt.
  static let maximumHeaderByteCount = 16 << 20

  let mode: FIASCOFile.Mode
  var cursor: FIASCOCursor
  var headerLength: UInt32 = 0
  var headerBlocks: [FIASCOStoredBlock] = []
  var images: [FIASCOImage] = []
  var findings: [FIASCOFinding] = []
  var end = FIASCOFile.End.stopped
  /// Where the images end.
  var tailStart: UInt64 = 0
  private var headerByteCount = 0

  init(_ bytes: any RandomAccessBytes, mode: FIASCOFile.Mode) throws(ImageError) {
    cursor = try FIASCOCursor(bytes)
    self.mode = mode
  }

  /// Keeps a finding, or throws it where the mode does not accept it.
  mutating func report(_ condition: FIASCOCondition, at offset: UInt64, image: Int? = nil) throws(ImageError) {
    let finding = FIASCOFinding(condition, offset: offset, image: image)
    guard !finding.isFatal(in: mode) else { throw finding.error(path: cursor.bytes.path) }
    findings.append(finding)
  }

  /// Section 2. The blocks are walked by count; the length field is only compared.
  mutating func readFileHeader() throws(ImageError) {
    let first = try cursor.byte()
    guard first == Self.signature else { return try report(.notFIASCO(firstByte: first), at: 0) }
    let truncated = FIASCOCondition.truncatedFileHeader(fileLength: cursor.length)
    guard let length = try cursor.bigEndianWord(), let count = try cursor.bigEndianWord() else {
      return try report(truncated, at: cursor.offset)
    }
    guard count <= Self.maximumHeaderBlockCount else { return try report(.tooManyHeaderBlocks(count: count), at: 5) }
    headerLength = length
    for _ in 0..<count {
      let offset = cursor.offset
      guard let block = try cursor.block() else { return try report(truncated, at: offset) }
      headerBlocks.append(block)
      if block.type != 0xE8, block.type != 0x31 {
        try report(.unknownBlock(type: block.type, length: block.data.count), at: offset)
      }
    }
    if UInt64(length) + 5 != cursor.offset {
      try report(.headerLengthDisagrees(field: length, blocks: cursor.offset - 5), at: 1)
    }
  }

  /// Section 9, step 3.
  mutating func readImages() throws(ImageError) {
    repeat { tailStart = cursor.offset } while try readImage()
  }

  /// Reads one image and moves behind its data; `false` where the images end.
  private mutating func readImage() throws(ImageError) -> Bool {
    guard let byte = try cursor.peek() else {
      end = .endOfFile
      return false
    }
    guard byte == Self.imageSignature else {
      try report(.trailingData(byte: byte, byteCount: cursor.length - cursor.offset), at: cursor.offset)
      return false
    }
    guard images.count < Self.maximumImageCount, headerByteCount <= Self.maximumHeaderByteCount else {
      try report(.tooManyImages(count: images.count), at: cursor.offset)
      return false
    }
    guard let image = try readImageHeader() else { return false }
    headerByteCount += Int(image.dataOffset - image.headerOffset)
    images.append(image)
    guard !image.isTruncated else {
      let condition = FIASCOCondition.truncatedData(size: image.size, available: image.availableByteCount)
      try report(condition, at: image.dataOffset, image: images.count - 1)
      tailStart = cursor.length
      return false
    }
    cursor.offset = image.dataRange.upperBound
    return true
  }
}
