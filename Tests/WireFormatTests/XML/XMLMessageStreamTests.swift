import Testing
import WireFormat

@Suite struct `XML documents in a stream of bytes` {
  private static let first = #"<?xml version="1.0" encoding="UTF-8" ?> <data> <log value="INFO: a </dat b" /></data>"#
  private static let second = "<data><response value='ACK'/></DATA>"

  private func documents(_ pieces: [[UInt8]]) throws -> [String] {
    var stream = XMLMessageStream()
    var found: [String] = []
    for piece in pieces {
      stream.append(piece)
      while let item = try stream.next() {
        if case .document(let bytes) = item { found.append(String(decoding: bytes, as: UTF8.self)) }
      }
    }
    return found
  }

  @Test func `documents are found whatever lies between them`() throws {
    let bytes = [0xF0, 0xE9, 0x3C] + Array((Self.first + "\n</xml>\0" + Self.second + "\n").utf8)
    #expect(try documents([bytes]) == [Self.first, Self.second])
  }

  @Test(arguments: [1, 2, 3, 7, 64]) func `and however they are cut`(size: Int) throws {
    let bytes = Array((Self.first + Self.second + Self.first).utf8)
    let pieces = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
    #expect(try documents(pieces) == [Self.first, Self.second, Self.first])
  }

  @Test func `what follows a document stays as raw data`() throws {
    var stream = XMLMessageStream()
    stream.append(Array(Self.second.utf8) + [1, 2, 3])
    #expect(try stream.next() == .document(Array(Self.second.utf8)))
    #expect(stream.takeRest() == [1, 2, 3])
    #expect(stream.pendingByteCount == 0)
    #expect(try stream.next() == nil)
  }

  @Test func `a document that does not end is given up`() throws {
    var stream = XMLMessageStream(limit: 100)
    stream.append(Array("<data>".utf8) + [UInt8](repeating: 0x20, count: 95))
    #expect(throws: XMLError(.limitExceeded("byteCount"), at: XMLPosition(offset: 100, line: 1, column: 1))) {
      try stream.next()
    }
  }

  @Test func `an endless stream without documents keeps nothing`() throws {
    var stream = XMLMessageStream(limit: 100)
    for _ in 0..<100 {
      stream.append([UInt8](repeating: 0x41, count: 64))
      #expect(try stream.next() == .skipped(byteCount: 64))
      #expect(stream.pendingByteCount == 0)
    }
  }
}
