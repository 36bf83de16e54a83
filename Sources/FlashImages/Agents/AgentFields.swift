import WireFormat

/// Little-endian numbers and padded text at places of bytes in memory. Callers ask `has` first; what is not there is 0.
struct AgentFields {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func has(_ offset: Int, _ count: Int) -> Bool {
    offset >= 0 && count >= 0 && offset <= bytes.count && bytes.count - offset >= count
  }

  func byte(_ offset: Int) -> UInt8 { has(offset, 1) ? bytes[offset] : 0 }

  func half(_ offset: Int) -> UInt16 { (try? bytes.rawSpan.load(littleEndian: UInt16.self, at: offset)) ?? 0 }

  func word(_ offset: Int) -> UInt32 { (try? bytes.rawSpan.load(littleEndian: UInt32.self, at: offset)) ?? 0 }

  /// Text up to the first NUL; bytes that are no UTF-8 become U+FFFD.
  func text(_ offset: Int, _ count: Int) -> String {
    guard has(offset, count) else { return "" }
    return String(decoding: bytes[offset..<offset + count].prefix { $0 != 0 }, as: UTF8.self)
  }

  func slice(_ offset: Int, _ count: Int) -> [UInt8] {
    has(offset, count) ? Array(bytes[offset..<offset + count]) : []
  }
}

/// `0x201000`, for reasons.
func hexadecimal(_ value: some BinaryInteger) -> String { "0x" + String(value, radix: 16) }
