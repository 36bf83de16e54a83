import Qualcomm
import Testing

@Suite struct `Handing images to a Qualcomm device` {
  private static let hello = SaharaPacket.hello(SaharaHello())

  private func session(_ images: [SaharaImageSession.Image], pads: Bool = false) throws -> SaharaImageSession {
    var policy = SaharaPolicy()
    policy.padsImages = pads
    policy.requestLimit = 1000
    var session = SaharaImageSession(images, policy: policy)
    let action = try session.start(SaharaHello())
    #expect(
      action
        == .exchange(
          SaharaPacket.helloResponse(SaharaHelloResponse(mode: .imageTransferPending)).bytes, name: "HELLO_RSP",
          limit: .seconds(5)))
    return session
  }

  private func read(_ offset: UInt64, _ length: UInt64, id: UInt64 = 13, _ width: SaharaWidth = .bits64) -> [UInt8] {
    SaharaPacket.readData(SaharaReadData(width: width, imageID: id, offset: offset, length: length)).bytes
  }

  private func end(_ status: SaharaStatus = .success, id: UInt32 = 13) -> [UInt8] {
    SaharaPacket.endOfImage(SaharaEndOfImage(imageID: id, status: status)).bytes
  }

  private static let single = [SaharaImageSession.Image(id: nil, byteCount: 100)]
  private static let wait = SaharaAction.exchange(nil, name: "READ_DATA", limit: .seconds(5))
  private static let done = SaharaAction.exchange(SaharaPacket.done.bytes, name: "DONE", limit: .seconds(5))

  @Test func `one image, in both widths, to its end`() throws {
    var session = try session(Self.single)
    #expect(try session.receive(read(0, 64)) == .sendImage(.init(image: 0, imageID: 13, offset: 0, length: 64)))
    #expect(session.imageSent() == Self.wait)
    #expect(
      try session.receive(read(64, 36, .bits32)) == .sendImage(.init(image: 0, imageID: 13, offset: 64, length: 36)))
    #expect(session.progress.position == 100)
    #expect(session.isDeviceWaitingForData)
    #expect(try session.receive(end()) == Self.done)
    #expect(!session.isDeviceWaitingForData)
    #expect(try session.receive(SaharaPacket.doneResponse(isComplete: true).bytes) == .finish(nil))
    #expect(session.servedIDs == [13])
  }

  @Test func `a refused image ends the session without DONE`() throws {
    var session = try session(Self.single)
    _ = try session.receive(read(0, 64))
    #expect(throws: SaharaError.imageRefused(id: 13, status: .authenticationFailed)) {
      try session.receive(end(.authenticationFailed))
    }
  }

  @Test func `a request beyond the end is an error, or FF with --pad-loader`() throws {
    for (offset, length) in [(90, 20), (100, 1), (1000, 8), (UInt64.max, 1), (1, UInt64.max)] as [(UInt64, UInt64)] {
      var session = try session(Self.single)
      #expect(throws: SaharaError.requestBeyondImage(id: 13, offset: offset, length: length, imageLength: 100)) {
        try session.receive(read(offset, length))
      }
    }
    var padding = try session(Self.single, pads: true)
    #expect(
      try padding.receive(read(90, 20))
        == .sendImage(
          .init(image: 0, imageID: 13, offset: 90, length: 10, padding: 10)))
    #expect(
      try padding.receive(read(1000, 8))
        == .sendImage(
          .init(image: 0, imageID: 13, offset: 1000, length: 0, padding: 8)))
    #expect(throws: SaharaError.requestBeyondImage(id: 13, offset: 0, length: 1 << 40, imageLength: 100)) {
      try padding.receive(read(0, 1 << 40))
    }
  }

  @Test func `several images go by their ids, with and without HELLO between`() throws {
    for saysHello in [true, false] {
      var session = try session([.init(id: 59, byteCount: 10), .init(id: 13, byteCount: 20)])
      _ = try session.receive(read(0, 10, id: 59))
      #expect(try session.receive(end(id: 59)) == Self.done)
      #expect(
        try session.receive(SaharaPacket.doneResponse(isComplete: false).bytes)
          == .exchange(nil, name: "READ_DATA", limit: .seconds(1)))
      if saysHello { _ = try session.receive(Self.hello.bytes) }
      #expect(try session.receive(read(4, 16)) == .sendImage(.init(image: 1, imageID: 13, offset: 4, length: 16)))
      _ = try session.receive(end())
      #expect(try session.receive(SaharaPacket.doneResponse(isComplete: true).bytes) == .finish(nil))
      #expect(session.servedIDs == [59, 13])
    }
  }

  @Test func `an image that was not given is named`() throws {
    var several = try session([.init(id: 59, byteCount: 10), .init(id: 13, byteCount: 20)])
    #expect(throws: SaharaError.missingImage(id: 36, given: [59, 13])) { try several.receive(read(0, 4, id: 36)) }
    #expect(several.isDeviceWaitingForData)
  }

  @Test func `a single file serves one id, whichever it is, and no second one`() throws {
    var session = try session(Self.single)
    _ = try session.receive(read(0, 64, id: 21))
    #expect(session.adoptedID == 21)
    _ = try session.receive(end(id: 21))
    _ = try session.receive(SaharaPacket.doneResponse(isComplete: false).bytes)
    #expect(throws: SaharaError.missingImage(id: 36, given: [])) { try session.receive(read(0, 64, id: 36)) }
    #expect(throws: SaharaError.missingImage(id: 21, given: [])) { try session.receive(read(0, 64, id: 21)) }
  }

  @Test func `after a single image "pending" is the end when nothing follows, or a programmer speaks`() throws {
    for xml in [false, true] {
      var session = try session(Self.single)
      _ = try session.receive(read(0, 64))
      _ = try session.receive(end())
      #expect(
        try session.receive(SaharaPacket.doneResponse(isComplete: false).bytes)
          == .exchange(nil, name: "DONE_RSP", limit: .seconds(1)))
      let text = Array("<?xml version='1.0'?>".utf8)
      #expect(try xml ? session.receive(text) == .finish(nil) : session.silence() == .finish(nil))
      #expect(session.beginning == (xml ? text : []))
    }
  }

  @Test func `after "pending" a program may begin with anything, or as a new device`() throws {
    for noise in [[0x3C], [0xF0, 0xE9, 0x88, 0x14, 0x3C, 0x3F, 0x78, 0x6D, 0x6C]] as [[UInt8]] {
      var session = try session(Self.single)
      _ = try session.receive(read(0, 64))
      #expect(!session.mayHaveStarted)
      _ = try session.receive(end())
      #expect(!session.mayHaveStarted)
      _ = try session.receive(SaharaPacket.doneResponse(isComplete: false).bytes)
      #expect(session.mayHaveStarted)
      #expect(try session.receive(noise) == .finish(nil))
      #expect(session.beginning == noise)
    }
    var several = try session([.init(id: 59, byteCount: 10), .init(id: 13, byteCount: 20)])
    _ = try several.receive(read(0, 10, id: 59))
    _ = try several.receive(end(id: 59))
    _ = try several.receive(SaharaPacket.doneResponse(isComplete: false).bytes)
    #expect(!several.mayHaveStarted)
    #expect(throws: SaharaError.self) { try several.receive([0x3C]) }
  }

  @Test func `after several images "pending" and silence mean that one is missing`() throws {
    var session = try session([.init(id: 59, byteCount: 10), .init(id: 13, byteCount: 20)])
    _ = try session.receive(read(0, 10, id: 59))
    _ = try session.receive(end(id: 59))
    _ = try session.receive(SaharaPacket.doneResponse(isComplete: false).bytes)
    #expect(throws: SaharaError.wantsAnotherImage) { try session.silence() }
  }

  @Test func `endless requests and endless HELLOs end`() throws {
    var endless = try session(Self.single)
    #expect(throws: SaharaError.endlessRequests(id: 13, requests: 1001, byteCount: 0)) {
      for _ in 0..<2000 { _ = try endless.receive(read(0, 0)) }
    }
    var repeated = try session(Self.single)
    #expect(throws: SaharaError.violation(.repeatedHello(count: 5), during: "HELLO")) {
      for _ in 0..<10 { _ = try repeated.receive(Self.hello.bytes) }
    }
  }

  @Test func `a device in a crash dump takes no image`() {
    var session = SaharaImageSession(Self.single)
    #expect(throws: SaharaError.wrongMode(device: .memoryDebug, needed: .imageTransferPending)) {
      try session.start(SaharaHello(mode: .memoryDebug))
    }
  }

  @Test func `mode 1 is echoed, and what is out of place is a violation`() throws {
    var last = SaharaImageSession(Self.single)
    let action = try last.start(SaharaHello(mode: .imageTransferComplete))
    guard case .exchange(let bytes?, _, _) = action else { Issue.record("no answer"); return }
    #expect(bytes[20] == 1)
    var session = try session(Self.single)
    #expect(throws: SaharaError.violation(.unexpected(.doneResponse), during: "READ_DATA")) {
      try session.receive(SaharaPacket.doneResponse(isComplete: true).bytes)
    }
    #expect(throws: SaharaError.violation(.unexpected(.endOfImage), during: "READ_DATA")) { try session.receive(end()) }
    #expect(throws: SaharaError.violation(.packet(.tooShort(byteCount: 3)), during: "READ_DATA")) {
      try session.receive([1, 2, 3])
    }
    #expect(throws: SaharaError.silence(during: "READ_DATA", after: .seconds(5))) { try session.silence() }
  }
}
