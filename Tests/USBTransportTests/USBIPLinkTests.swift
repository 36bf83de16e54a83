import FlashCore
import FlashImages
import Testing
import USBWire
import WireFormat

@testable import USBTransport

@Suite("A link over USB/IP")
struct USBIPLinkTests {
  /// The device with both interfaces claimed, as `FakeBus.openLink` has it.
  func open(_ peer: USBIPPeer, limits: USBIPLimits = USBIPLimits(), depth: Int = 4) async throws -> any Link {
    let provider = USBIPLinkProvider(
      server: peer.address, busID: "1-1", streamDepth: depth, limits: limits, clock: SystemLinkClock())
    let link = try await provider.open(waitLimit: nil)
    try await link.claim(interface: 1)
    try await link.setAlternate(1, of: 1)
    try await link.claim(interface: 2)
    return link
  }

  static func isData(_ submit: USBIPSubmit) -> Bool { submit.endpoint.number != 0 }

  @Test func `sends a message's data right behind its command`() async throws {
    let peer = try #require(USBIPPeer())
    let link = try await open(peer)
    try await link.send([1, 2, 3], to: .output(1), terminated: false, timeout: .seconds(5))
    let last = try #require(peer.received.last)
    guard case .submit(let submit) = last.command else { throw LinkError.cancelled }
    #expect(submit.endpoint == .output(1) && submit.byteCount == 3 && submit.flags == [] && last.data == [1, 2, 3])
    #expect(submit.deviceID == 0x0001_0002 && !submit.isIsochronous)
    await link.close()
  }

  @Test func `asks for a zero-length packet after a message`() async throws {
    let peer = try #require(USBIPPeer())
    let link = try await open(peer)
    try await link.send([UInt8](repeating: 1, count: 512), to: .output(1), terminated: true, timeout: .seconds(5))
    #expect(peer.transfers.map(\.flags) == [.zeroPacket])
    await link.close()
  }

  @Test("receives a message, however its answer is cut", arguments: [1, 47, 49, 700, Int.max])
  func receives(_ pieceSize: Int) async throws {
    let bytes = ArraySource.counting(3000).bytes
    let peer = try #require(
      USBIPPeer(
        .init(pieceSize: pieceSize, submit: { submit, _ in Self.isData(submit) ? .complete(data: bytes) : nil })))
    let link = try await open(peer)
    for _ in 0..<3 {
      let received = try await link.receive(atMost: 4096, from: .input(1), timeout: .seconds(5))
      #expect(received == ReceivedTransfer(bytes: bytes, end: .shortPacket))
    }
    #expect(peer.transfers.allSatisfy { $0.byteCount == 4096 && $0.flags == .input })
    await link.close()
  }

  @Test(
    "tells how a transfer failed",
    arguments: [
      (.stalled, .stalled(endpoint: .input(1))), (.overflow, .overflow(endpoint: .input(1))), (.gone, .disconnected),
      (.noDevice, .disconnected),
      (.protocolError, .system(operation: "transfer EP 81", code: -1, name: "LIBUSB_TRANSFER_ERROR")),
    ] as [(USBIPStatus, LinkError)])
  func failures(_ status: USBIPStatus, _ error: LinkError) async throws {
    let peer = try #require(
      USBIPPeer(.init(submit: { submit, _ in Self.isData(submit) ? .complete(status) : nil })))
    let link = try await open(peer)
    await #expect(throws: error) { try await link.receive(atMost: 512, from: .input(1), timeout: .seconds(5)) }
    await link.close()
  }

  @Test func `unlinks a transfer whose limit has passed, and can be used on`() async throws {
    let peer = try #require(USBIPPeer())
    let link = try await open(peer)
    await #expect(throws: LinkError.timedOut(after: .milliseconds(10))) {
      try await link.receive(atMost: 512, from: .input(1), timeout: .milliseconds(10))
    }
    #expect(peer.unlinks.map(\.target) == peer.transfers.map(\.sequence))
    try await link.send([1], to: .output(1), terminated: false, timeout: .seconds(5))
    await link.close()
  }

  @Test func `counts an answer that crosses the unlinking`() async throws {
    let held = Locked<USBIPSubmit?>(nil)
    let peer = try #require(
      USBIPPeer(
        .init(
          submit: { submit, _ in
            guard Self.isData(submit) else { return nil }
            held.withLock { $0 = submit }
            return .hang
          },
          unlink: { unlink, _ in
            held.withLock { $0 }.map { USBIPPeer.reply(to: $0, .done, [7, 8]) + USBIPPeer.reply(to: unlink, false) }
          })))
    let link = try await open(peer)
    let received = try await link.receive(atMost: 512, from: .input(1), timeout: .milliseconds(10))
    #expect(received == ReceivedTransfer(bytes: [7, 8], end: .shortPacket))
    try await link.setAlternate(1, of: 1)
    await link.close()
  }

  @Test func `ends a transfer that the server calls answered and never answers`() async throws {
    let peer = try #require(USBIPPeer(.init(unlink: { unlink, _ in USBIPPeer.reply(to: unlink, false) })))
    let link = try await open(peer, limits: USBIPLimits(crossing: .milliseconds(10)))
    await #expect(throws: LinkError.timedOut(after: .milliseconds(10))) {
      try await link.receive(atMost: 512, from: .input(1), timeout: .milliseconds(10))
    }
    let late = try #require(peer.transfers.first)
    peer.push(USBIPPeer.reply(to: late, .done, [1, 2, 3]))
    try await link.setAlternate(1, of: 1)
    await link.close()
  }

  @Test func `unlinks when the task is cancelled, and can be used for an orderly abort`() async throws {
    let peer = try #require(USBIPPeer())
    let link = try await open(peer)
    let task = Task { try await link.receive(atMost: 512, from: .input(1), timeout: .seconds(600)) }
    await peer.transferred(1)
    task.cancel()
    await #expect(throws: LinkError.cancelled) { try await task.value }
    #expect(peer.unlinks.count == 1)
    try await link.send([1], to: .output(1), terminated: false, timeout: .seconds(5))
    await link.close()
  }

  @Test func `gives up a server that does not answer an unlinking`() async throws {
    let peer = try #require(USBIPPeer(.init(unlink: { _, _ in [] })))
    let link = try await open(peer, limits: USBIPLimits(unlink: .milliseconds(20)))
    await #expect(throws: LinkError.disconnected) {
      try await link.receive(atMost: 512, from: .input(1), timeout: .milliseconds(10))
    }
    await #expect(throws: LinkError.disconnected) {
      try await link.send([1], to: .output(1), terminated: false, timeout: .seconds(5))
    }
    await link.close()
  }

  @Test(
    "refuses what a server cannot mean, and ends what was in flight",
    arguments: [
      (.submit(sequence: 4711, status: .done, byteCount: 0), "seqnum", 4711),
      (.unlink(sequence: 4711, status: .unlinked), "seqnum", 4711),
      (.submit(sequence: 0, status: .done, byteCount: 513), "actual_length", 513),
      (.submit(sequence: 0, status: .stalled, byteCount: 1 << 30), "actual_length", 1 << 30),
    ] as [(USBIPReply, String, UInt64)])
  func violations(_ reply: USBIPReply, _ field: String, _ value: UInt64) async throws {
    let peer = try #require(
      USBIPPeer(
        .init(submit: { submit, _ in
          guard Self.isData(submit) else { return nil }
          var bytes: [UInt8] = []
          reply.serialize(into: &bytes)
          // Sequence 0 stands for the transfer's own.
          if case .submit(0, _, _) = reply { bytes.replaceSubrange(4..<8, with: Self.bigEndian(submit.sequence)) }
          return .raw(bytes)
        })))
    let link = try await open(peer)
    await #expect(throws: LinkError.violation(field: field, value: value)) {
      try await link.receive(atMost: 512, from: .input(1), timeout: .seconds(60))
    }
    await link.close()
  }

  static func bigEndian(_ value: UInt32) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: value)
    return bytes
  }

  @Test("refuses garbage", arguments: [(0, "command"), (0x18, "actual_length")] as [(Int, String)])
  func garbage(_ offset: Int, _ field: String) async throws {
    let peer = try #require(
      USBIPPeer(
        .init(submit: { submit, _ in
          guard Self.isData(submit) else { return nil }
          var bytes = USBIPPeer.reply(to: submit)
          bytes.replaceSubrange(offset..<offset + 4, with: [0xFF, 0xFF, 0xFF, 0xFF])
          return .raw(bytes)
        })))
    let link = try await open(peer)
    await #expect(throws: LinkError.violation(field: field, value: 0xFFFF_FFFF)) {
      try await link.receive(atMost: 512, from: .input(1), timeout: .seconds(60))
    }
    await link.close()
  }

  @Test func `is disconnected when the server hangs up in mid-transfer`() async throws {
    let peer = try #require(USBIPPeer())
    let link = try await open(peer)
    let task = Task { try await link.receive(atMost: 512, from: .input(1), timeout: .seconds(600)) }
    await peer.transferred(1)
    peer.hangUp()
    await #expect(throws: LinkError.disconnected) { try await task.value }
    await link.close()
  }

  @Test func `ends a transfer in flight before it closes`() async throws {
    let peer = try #require(USBIPPeer())
    let link = try await open(peer)
    let task = Task { try await link.receive(atMost: 512, from: .input(1), timeout: .seconds(600)) }
    await peer.transferred(1)
    await link.close()
    await #expect(throws: LinkError.disconnected) { try await task.value }
    #expect(peer.unlinks.count == 1)
  }

  // MARK: Requests

  @Test func `makes control requests in both directions`() async throws {
    let setup = SetupPacket(requestType: 0x21, request: 0x20, value: 1, index: 2, length: 0)
    let read = SetupPacket(requestType: 0xA1, request: 0x21, value: 0, index: 2, length: 7)
    let peer = try #require(
      USBIPPeer(.init(submit: { submit, _ in submit.setup.requestType == 0xA1 ? .complete(data: [1, 2, 3]) : nil })))
    let link = try await open(peer)
    _ = try await link.control(setup, data: [5, 6], timeout: .seconds(5))
    let sent = try #require(peer.received.last)
    guard case .submit(let submit) = sent.command else { throw LinkError.cancelled }
    #expect(
      submit.setup.requestType == 0x21 && submit.setup.length == 2 && submit.byteCount == 2 && sent.data == [5, 6])
    #expect(try await link.control(read, data: [], timeout: .seconds(5)) == [1, 2, 3])
    await link.close()
  }

  @Test func `selects settings and clears halts with standard requests`() async throws {
    let peer = try #require(USBIPPeer())
    let link = try await open(peer)
    try await link.clearHalt(.input(1))
    #expect(peer.controls.suffix(2) == [.setInterface(1, alternate: 1), .clearHalt(.input(1))])
    await link.close()
    #expect(peer.controls.last == .setInterface(1, alternate: 0))
  }

  @Test func `knows which interfaces and settings there are`() async throws {
    let peer = try #require(USBIPPeer())
    let link = try await open(peer)
    await #expect(throws: LinkError.unsupported(feature: "interface 7")) { try await link.claim(interface: 7) }
    await #expect(throws: LinkError.unsupported(feature: "interface 2 alternate 3")) {
      try await link.setAlternate(3, of: 2)
    }
    await link.close()
  }

  @Test func `puts up with a device that refuses to select its only setting`() async throws {
    let peer = try #require(
      USBIPPeer(.init(submit: { submit, _ in submit.setup.request == 11 ? .complete(.stalled) : nil })))
    let provider = USBIPLinkProvider(server: peer.address, busID: "1-1")
    let link = try await provider.open(waitLimit: nil)
    try await link.claim(interface: 2)
    try await link.setAlternate(0, of: 2)
    try await link.claim(interface: 1)
    await #expect(throws: LinkError.self) { try await link.setAlternate(1, of: 1) }
    await link.close()
  }
}
