/// Brings a text to UTF-8 by its byte order mark.
enum XMLEncoding {
  /// The text without a mark, as UTF-8; bytes that are none stay, and become U+FFFD where they are read as text.
  static func utf8(_ bytes: [UInt8]) throws(XMLError) -> [UInt8] {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(bytes.dropFirst(3)) }
    if bytes.starts(with: [0xFF, 0xFE]) { return try utf16(bytes, isBigEndian: false) }
    if bytes.starts(with: [0xFE, 0xFF]) { return try utf16(bytes, isBigEndian: true) }
    return bytes
  }

  private static func utf16(_ bytes: [UInt8], isBigEndian: Bool) throws(XMLError) -> [UInt8] {
    let invalid = XMLError(.invalidEncoding, at: XMLPosition(offset: 0, line: 1, column: 1))
    guard bytes.count % 2 == 0 else { throw invalid }
    var units: [UInt16] = []
    units.reserveCapacity(bytes.count / 2)
    for index in stride(from: 2, to: bytes.count, by: 2) {
      let first = UInt16(bytes[index])
      let second = UInt16(bytes[index + 1])
      units.append(isBigEndian ? first << 8 | second : second << 8 | first)
    }
    var result: [UInt8] = []
    result.reserveCapacity(units.count)
    let hasFailed = transcode(
      units.makeIterator(), from: UTF16.self, to: UTF8.self, stoppingOnError: true, into: { result.append($0) })
    guard !hasFailed else { throw invalid }
    return result
  }
}
