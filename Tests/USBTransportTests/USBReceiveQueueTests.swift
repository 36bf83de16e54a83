import FlashCore
import Testing
import USBWire

@testable import USBTransport

@Suite("Requests made ahead")
struct USBReceiveQueueTests {
  private func open(_ peer: USBIPPeer) async throws -> (link: any Link, queue: any ReceiveQueue) {
    let provider = USBIPLinkProvider(
      server: peer.address, busID: "1-1", streamDepth: 4, limits: USBIPLimits(), clock: SystemLinkClock())
    let link = try await provider.open(waitLimit: nil)
    try await link.claim(interface: 1)
    try await link.setAlternate(1, of: 1)
    try await link.claim(interface: 2)
    return (link, try link.receiveQueue(from: .input(1)))
  }

  /// A device that answers requests of one packet, and no others.
  private func peer() throws -> USBIPPeer {
    try #require(
      USBIPPeer(
        .init(submit: { submit, _ in
          guard submit.endpoint == .input(1) else { return nil }
          return submit.byteCount == 512 ? .complete(data: [UInt8](repeating: 7, count: 12)) : .hang
        })))
  }

  @Test func `are in flight before anybody waits, and end in their order`() async throws {
    let peer = try #require(
      USBIPPeer(
        .init(submit: { submit, _ in
          guard submit.endpoint == .input(1) else { return nil }
          return .complete(data: [UInt8](repeating: UInt8(submit.byteCount / 512), count: submit.byteCount))
        })))
    let (link, queue) = try await open(peer)
    for packets in [1, 3, 2] { try queue.request(packets * 512) }
    await peer.transferred(3)
    for packets in [1, 3, 2] {
      let completion = try #require(await queue.next(limit: .seconds(60)))
      #expect(completion.error == nil && completion.isFull)
      let expected = [UInt8](repeating: UInt8(packets), count: packets * 512)
      #expect(completion.piece.bytes(0..<completion.piece.byteCount) == expected)
    }
    #expect(await queue.next(limit: .seconds(60)) == nil)
    await link.close()
  }

  @Test func `are all taken back when the oldest is late, the newest first, and can be made again`() async throws {
    let peer = try peer()
    let (link, queue) = try await open(peer)
    for _ in 0..<3 { try queue.request(1024) }
    let late = try #require(await queue.next(limit: .milliseconds(10)))
    #expect(late.error == .timedOut(after: .milliseconds(10)) && late.piece.byteCount == 0)
    #expect(await queue.cancel() == [])
    #expect(peer.unlinks.map(\.target) == peer.transfers.map(\.sequence).reversed())
    try queue.request(512)
    let next = try #require(await queue.next(limit: .seconds(60)))
    #expect(next.error == nil && next.piece.byteCount == 12 && !next.isFull)
    await link.close()
  }

  @Test func `keep what they brought when they are taken back`() async throws {
    let peer = try peer()
    let (link, queue) = try await open(peer)
    for size in [512, 512, 4096] { try queue.request(size) }
    await peer.transferred(3)
    let first = try #require(await queue.next(limit: .seconds(60)))
    #expect(first.piece.byteCount == 12)
    #expect(await queue.cancel() == [UInt8](repeating: 7, count: 12))
    #expect(await queue.next(limit: .seconds(60)) == nil)
    await link.close()
  }

  @Test func `end with the task that waits`() async throws {
    let peer = try peer()
    let (link, queue) = try await open(peer)
    for _ in 0..<2 { try queue.request(1024) }
    let task = Task { await queue.next(limit: .seconds(600))?.error }
    await peer.transferred(2)
    task.cancel()
    #expect(await task.value == .cancelled)
    #expect(await queue.cancel() == [])
    await link.close()
  }

  @Test func `end when the link is closed, with nobody waiting`() async throws {
    let peer = try peer()
    let (link, queue) = try await open(peer)
    for _ in 0..<3 { try queue.request(1024) }
    await peer.transferred(3)
    await link.close()
    let completion = try #require(await queue.next(limit: .seconds(60)))
    #expect(completion.error != nil)
    #expect(throws: LinkError.disconnected) { try queue.request(512) }
  }

  @Test func `several transfers are sent without waiting between them`() async throws {
    let peer = try #require(USBIPPeer(.init(submit: { submit, _ in submit.endpoint == .output(2) ? .hang : nil })))
    let (link, _) = try await open(peer)
    let queue = try link.receiveQueue(from: .input(1))
    let task = Task {
      try await link.send(
        each: [[1], [2, 2], [3]], to: .output(2), timeout: .seconds(600), asking: queue, for: [512, 1024])
    }
    await peer.transferred(5)
    #expect(peer.transfers.map(\.byteCount) == [512, 1024, 1, 2, 1])
    task.cancel()
    await #expect(throws: LinkError.cancelled) { try await task.value }
    #expect(await queue.cancel() == [])
    await link.close()
  }
}
