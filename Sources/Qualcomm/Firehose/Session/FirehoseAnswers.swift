import WireFormat

/// What logs and responses say beside ACK and NAK.
enum FirehoseAnswers {
  /// A SHA-256 digest: a run of exactly 64 hexadecimal digits in a log, or one of three attributes. Source:
  /// `docs/protocols/firehose.md` 4.4.
  static func digest(in reply: FirehoseReply) -> [UInt8]? {
    for name in ["Digest", "SHA256"] {
      if let digest = reply.response[name].flatMap(run(of: 64)) { return digest }
    }
    for line in reply.logs.reversed() { if let digest = run(of: 64)(line) { return digest } }
    return nil
  }

  private static func run(of count: Int) -> (String) -> [UInt8]? {
    { text in
      for word in text.utf8.split(whereSeparator: { !isHexDigit($0) }) where word.count == count {
        return Hex.bytes(String(decoding: word, as: UTF8.self))
      }
      return nil
    }
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
  }

  /// Memory in logs: words of the form `0x22`, in order, from lines that hold nothing else. Source:
  /// `docs/protocols/firehose.md` 5.
  static func memory(in reply: FirehoseReply, limit: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    for line in reply.logs {
      let words = FirehoseLog(line).words.split(whereSeparator: \.isWhitespace)
      let values = words.compactMap { word -> UInt8? in
        guard word.count <= 4, word.lowercased().hasPrefix("0x") else { return nil }
        return UInt8(word.dropFirst(2), radix: 16)
      }
      guard values.count == words.count, UInt64(bytes.count + values.count) <= limit else { continue }
      bytes += values
    }
    return bytes
  }
}
