import FlashCore
import Testing
import WireFormat

@testable import MediaTek

@Suite struct `XFlash: session values` {
  private let policy = XFlashPolicy()
  private let extent = XFlashExtent(type: .emmc, section: XFlashSection(number: 8), start: 0, length: 1024)
  private let ok: [UInt8] = [0, 0, 0, 0]

  private func reading() throws -> XFlashReading {
    var session = XFlashReading(extent, policy)
    #expect(session.start() == .send([5, 0, 1, 0]))
    _ = session.sent()
    #expect(try session.receive(ok) == .send(extent.bytes))
    _ = session.sent()
    _ = try session.receive(ok)
    #expect(try session.receive(ok) == .receiveData(limit: policy.dataLimit))
    return session
  }

  @Test func `a frame longer than what is missing is refused`() throws {
    var session = try reading()
    #expect(throws: XFlashError.oversizedFrame(during: "READ_DATA", byteCount: 1025, limit: 1024)) {
      try session.accepts(byteCount: 1025)
    }
  }

  @Test func `an error in place of data ends the reading`() throws {
    var session = try reading()
    #expect(try session.accepts(byteCount: 4) == .answer)
    #expect(throws: XFlashError.refused(.storageError, during: "READ_DATA", place: nil)) {
      try session.receive([0x30, 0, 4, 0xC0])
    }
    var other = try reading()
    #expect(throws: XFlashError.unexpectedFrame(during: "READ_DATA", byteCount: 4)) { try other.receive(ok) }
  }

  @Test func `what nobody wants any more is ended by another number than 0`() throws {
    var session = try reading()
    #expect(try session.accepts(byteCount: 512) == .data)
    #expect(session.received(byteCount: 512, isWanted: false) == .send([1, 0, 0, 0]))
    #expect(session.sent() == .finish)
    #expect(session.isAborted && session.position == 512)
  }

  @Test func `the last chunk is acknowledged whoever wants it`() throws {
    var session = try reading()
    #expect(try session.accepts(byteCount: 1024) == .data)
    #expect(session.received(byteCount: 1024, isWanted: false) == .send(ok))
    _ = session.sent()
    #expect(try session.receive(ok) == .finish)
  }

  @Test func `writing gives up only between chunks, and takes any status for that`() throws {
    var session = XFlashWriting(extent, chunkByteCount: 512, policy)
    _ = session.start()
    _ = session.sent()
    _ = try session.receive(ok)
    _ = session.sent()
    #expect(try session.receive(ok) == .sendChunk(byteCount: 512))
    _ = session.sent()
    #expect(try session.receive(ok) == .sendChunk(byteCount: 512))
    #expect(session.position == 512)
    #expect(session.abort() == .send([1, 0, 0, 0]))
    #expect(session.sent() == .receive(limit: policy.statusLimit))
    #expect(try session.receive([2, 0, 1, 0xC0]) == .finish)
    #expect(session.isAborted)
  }

  @Test func `two settings of a download are answered once`() throws {
    var session = XFlashWriting(partition: "para", byteCount: 3, chunkByteCount: 512, policy)
    _ = session.start()
    _ = session.sent()
    #expect(try session.receive(ok) == .send(Array("para".utf8)))
    #expect(session.sent() == .send([3, 0, 0, 0, 0, 0, 0, 0]))
    #expect(session.sent() == .receive(limit: policy.unpackLimit))
    #expect(try session.receive(ok) == .sendChunk(byteCount: 3))
    _ = session.sent()
    #expect(try session.receive(ok) == .receive(limit: policy.unpackLimit))
    #expect(try session.receive(ok) == .finish)
  }

  @Test func `FORMAT_PARTITION has no status behind the name`() throws {
    var session = XFlashFormatting(partition: "para", policy)
    _ = session.start()
    _ = session.sent()
    #expect(try session.receive(ok) == .send(Array("para".utf8)))
    #expect(session.sent() == .receive(limit: policy.formatLimit))
    _ = try session.receive([4, 0, 4, 0x40])
    #expect(try session.receive([200, 0, 0, 0]) == .send(ok))
    #expect(session.percent == 100)
    _ = session.sent()
    #expect(try session.receive([5, 0, 4, 0x40]) == .finish)
  }

  @Test func `an invalid table loses the agent`() throws {
    var session = XFlashReading(partition: "boot", policy)
    _ = session.start()
    _ = session.sent()
    _ = try session.receive(ok)
    _ = session.sent()
    #expect(throws: XFlashError.lost(.invalidTable, during: "UPLOAD")) { try session.receive([8, 0, 3, 0xC0]) }
  }
}
