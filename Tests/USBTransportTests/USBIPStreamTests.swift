import Dispatch
import FlashCore
import FlashImages
import Testing
import USBWire

@testable import USBTransport

@Suite("A stream over USB/IP")
struct USBIPStreamTests {
  func open(_ peer: USBIPPeer, limits: USBIPLimits = USBIPLimits(), depth: Int = 4) async throws -> any Link {
    let provider = USBIPLinkProvider(
      server: peer.address, busID: "1-1", streamDepth: depth, limits: limits, clock: SystemLinkClock())
    let link = try await provider.open(waitLimit: nil)
    try await link.claim(interface: 2)
    return link
  }

  func send(_ source: ArraySource, over link: any Link, transferSize: Int = 1 << 20) async throws {
    try await link.sendStream(
      try ImageStream(source), byteCount: UInt64(source.bytes.count), to: .output(2), transferSize: transferSize,
      idleLimit: .seconds(60))
  }

  /// Many bytes that tell roughly where they belong.
  static func large(_ mebibytes: Int) -> ArraySource {
    var bytes: [UInt8] = []
    for index in 0..<mebibytes { bytes += [UInt8](repeating: UInt8(index), count: 1 << 20) }
    return ArraySource(bytes: bytes)
  }

  /// What the device got on its data endpoint.
  func data(_ peer: USBIPPeer) -> [UInt8] {
    peer.received.flatMap { received -> [UInt8] in
      guard case .submit(let submit) = received.command, submit.endpoint == .output(2) else { return [] }
      return received.data
    }
  }

  @Test("sends every byte once and in order", arguments: [1, 4, 16])
  func order(_ depth: Int) async throws {
    let peer = try #require(USBIPPeer())
    let link = try await open(peer, depth: depth)
    let source = ArraySource.counting(300_000)
    try await send(source, over: link, transferSize: 8192)
    #expect(data(peer) == source.bytes)
    await link.close()
  }

  @Test func `keeps as many transfers in flight as it is told`() async throws {
    let peer = try #require(USBIPPeer(.init(submit: { submit, _ in submit.endpoint == .output(2) ? .hang : nil })))
    let link = try await open(peer, depth: 6)
    let task = Task { try await send(.counting(100_000), over: link, transferSize: 512) }
    await peer.transferred(6)
    task.cancel()
    await #expect(throws: StreamError.link(.cancelled, accepted: 0)) { try await task.value }
    #expect(peer.transfers.count == 6)
    #expect(peer.unlinks.map(\.target) == peer.transfers.map(\.sequence).reversed())
    await link.close()
  }

  @Test func `waits for a server that is slow to take data`() async throws {
    let gate = DispatchSemaphore(value: 0)
    let isFirst = Locked(true)
    let peer = try #require(
      USBIPPeer(
        .init(submit: { submit, _ in
          guard submit.endpoint == .output(2) else { return nil }
          let mustWait = isFirst.withLock { isFirst in
            defer { isFirst = false }
            return isFirst
          }
          if mustWait { gate.wait() }
          return nil
        })))
    let link = try await open(peer)
    // More than the system buffers for a connection.
    let source = Self.large(24)
    let task = Task { try await send(source, over: link, transferSize: 6 << 20) }
    await peer.transferred(1)
    gate.signal()
    try await task.value
    #expect(data(peer) == source.bytes)
    await link.close()
  }

  @Test func `can be cancelled when a server takes nothing`() async throws {
    let gate = DispatchSemaphore(value: 0)
    let peer = try #require(
      USBIPPeer(
        .init(submit: { submit, _ in
          if submit.endpoint == .output(2) { gate.wait() }
          return nil
        })))
    let link = try await open(peer, limits: USBIPLimits(unlink: .milliseconds(50)))
    let task = Task { try await send(Self.large(24), over: link, transferSize: 6 << 20) }
    await peer.transferred(1)
    task.cancel()
    await #expect(throws: StreamError.link(.cancelled, accepted: 0)) { try await task.value }
    await link.close()
    for _ in 0..<8 { gate.signal() }
  }

  @Test func `reports what was accepted when the server hangs up`() async throws {
    let count = Locked(0)
    let peer = try #require(
      USBIPPeer(
        .init(submit: { submit, _ in
          guard submit.endpoint == .output(2) else { return nil }
          let index = count.withLock { count in
            defer { count += 1 }
            return count
          }
          return index == 3 ? .close : nil
        })))
    let link = try await open(peer)
    await #expect(throws: StreamError.link(.disconnected, accepted: 3 * 1024)) {
      try await send(.counting(20_000), over: link, transferSize: 1024)
    }
    await link.close()
  }

  @Test("receives every byte once and in order", arguments: [1, 4, 16])
  func receiving(_ depth: Int) async throws {
    let bytes = ArraySource.counting(300_000).bytes
    let left = Locked(bytes[...])
    let peer = try #require(
      USBIPPeer(
        .init(submit: { submit, _ in
          guard submit.endpoint == .input(1) else { return nil }
          return left.withLock { left in
            defer { left = left.dropFirst(submit.byteCount) }
            return .complete(data: Array(left.prefix(submit.byteCount)))
          }
        })))
    let link = try await open(peer, depth: depth)
    try await link.claim(interface: 1)
    try await link.setAlternate(1, of: 1)
    let consumer = CollectingConsumer()
    let count = try await link.receiveStream(
      byteCount: 300_000, from: .input(1), transferSize: 8192, idleLimit: .seconds(60), into: consumer)
    #expect(count == 300_000 && consumer.bytes == bytes)
    await link.close()
  }
}
