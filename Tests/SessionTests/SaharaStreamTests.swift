import FlashCore
import FlashImages
import Qualcomm
import Synchronization
import Testing
import USBWire

@testable import DeviceSimulator

/// A device behind a character device: no endpoints, and what the device says comes joined.
@Suite struct `Sahara: over a stream of bytes` {
  private let folder: LoaderFolder

  init() throws { folder = try LoaderFolder() }

  private func withTarget<Result: Sendable>(
    _ provider: any LinkProvider, _ body: (QualcommTarget) async throws -> Result
  ) async throws -> Result {
    let link = JoiningStreamLink(try await provider.open(waitLimit: nil))
    let target = try #require(
      try await QualcommFamily().connect(Connection(link: link, provider: provider)) as? QualcommTarget)
    let result = try await body(target)
    await target.close()
    return result
  }

  @Test(arguments: [true, false]) func `packets that come together are told apart`(isJoined: Bool) async throws {
    var settings = SaharaRig.settings
    settings.images = [59, 13]
    var quirks = SaharaQuirks()
    quirks.joinsPackets = isJoined
    let received = ReceivedImages()
    let provider = try TestDeviceProvider(SaharaTestDevice(settings: settings, quirks: quirks, received: received))
    let loaders = try LoaderSet(["59:\(folder.file("second.elf"))", "13:\(folder.file("prog.elf"))"])
    let ids = try await withTarget(provider) { target in
      _ = try await target.identify()
      return try await target.load(loaders).imageIDs
    }
    #expect(ids == [59, 13])
    #expect(received.image(13, byteCount: folder.elf.count) == folder.elf)
  }

  @Test func `memory and a refusal in its place are told apart`() async throws {
    for quirks in [[], ["end-in-chunk:2"]] {
      let rig = try SaharaRig(crash: [("memory", "4K")], quirks: quirks)
      let outcome = await rig.outcome {
        try await withTarget(rig.provider) { target in
          let table = try await target.regions()
          for region in table.regions {
            try await target.read(region, width: table.width) { piece throws(ImageError) in _ = piece.count }
          }
        }
      }
      let refusal = SaharaError.memoryRefused(address: 0x146A_0000, length: 4, status: .memoryReadRefused)
      #expect(outcome == (quirks.isEmpty ? .done : .failed(refusal)))
    }
  }
}

/// A link to a simulated device as a stream: everything that is there comes at once.
private final class JoiningStreamLink: Link {
  private let inner: any Link
  private let kept = Mutex<[UInt8]>([])
  let kind = LinkKind.stream
  var name: String { inner.name }
  var clock: any LinkClock { inner.clock }

  init(_ inner: any Link) { self.inner = inner }

  func claim(interface: UInt8) async throws(LinkError) { throw .unsupported(feature: "interfaces") }
  func setAlternate(_ alternate: UInt8, of interface: UInt8) async throws(LinkError) {
    throw .unsupported(feature: "interfaces")
  }
  func control(_ setup: SetupPacket, data: [UInt8], timeout: Duration) async throws(LinkError) -> [UInt8] {
    throw .unsupported(feature: "control requests")
  }
  func clearHalt(_ endpoint: EndpointAddress) async throws(LinkError) { throw .unsupported(feature: "halts") }
  func close() async { await inner.close() }

  func send(
    _ bytes: [UInt8], to endpoint: EndpointAddress, terminated: Bool, timeout: Duration
  ) async throws(LinkError) {
    try await inner.send(bytes, to: .output(1), terminated: false, timeout: timeout)
  }

  func sendStream(
    _ image: ImageStream, byteCount: UInt64, to endpoint: EndpointAddress, transferSize: Int, idleLimit: Duration
  ) async throws(StreamError) {
    try await inner.sendStream(
      image, byteCount: byteCount, to: .output(1), transferSize: transferSize, idleLimit: idleLimit)
  }

  func receive(
    atMost count: Int, from endpoint: EndpointAddress, timeout: Duration
  ) async throws(LinkError) -> ReceivedTransfer {
    var bytes = kept.withLock { $0 }
    var limit = timeout
    while bytes.count < count {
      do throws(LinkError) {
        bytes += try await inner.receive(atMost: 512, from: .input(1), timeout: limit).bytes
        limit = .milliseconds(1)
      } catch {
        guard case .timedOut = error, !bytes.isEmpty else { throw error }
        break
      }
    }
    let piece = Array(bytes.prefix(count))
    kept.withLock { $0 = Array(bytes.dropFirst(piece.count)) }
    return ReceivedTransfer(bytes: piece, end: .stream)
  }
}
