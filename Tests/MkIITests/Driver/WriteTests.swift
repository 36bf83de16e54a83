import FlashCore
import FlashImages
import MkII
import Synchronization
import Testing
import USBWire
import WireFormat

@Suite("Writing an image through a target (9, 11.2)")
struct WriteTests {
  private static let data = (0..<384).map { UInt8(truncatingIfNeeded: $0 &* 7) }

  /// A policy of 256-byte blocks, so that 384 bytes are two.
  private static var policy: MkIIPolicy {
    var policy = MkIIPolicy()
    policy.blockByteCount = 256
    return policy
  }

  private func write(_ folder: TemporaryFolder) throws -> FlashPlan.Write {
    let request = PlanRequest(pairs: [.init(region: "kernel", path: folder.file("zImage", Self.data))])
    let plan = try MkIIFamily(policy: Self.policy).plan(request, for: nil)
    guard case .write(let write)? = plan?.steps.first else { throw MkIIError.cancelled }
    return write
  }

  private static let headerMessage =
    "> 1B 00 10 88 00 20 00 00 08 04 2E 19 01 01 00 HH HH 6B 65 72 6E 65 6C 00 00 00 00 00 00 00 00 01 80 00 00 00 00 00"

  /// The conversation up to the first raw block, ids 07 to 0C.
  private func beginning(_ write: FlashPlan.Write) -> String {
    let hash = write.attributes["hash"] ?? ""
    return """
      > 1B 00 10 88 00 04 00 00 07 03
      < 1B 10 00 88 00 05 00 00 07 23 00
      \(Self.headerMessage.replacing("HH HH", with: hash))
      < 1B 10 00 88 00 0D 00 00 08 24 00 00 00 00 00 00 02 00 00
      > 1B 00 10 88 00 0F 00 00 09 05 00 00 00 00 75 73 62 3A 72 61 77
      < 1B 10 00 88 00 05 00 00 09 25 00
      > 1B 00 10 88 00 08 00 00 0A 06 00 00 00 00
      < 1B 10 00 88 00 19 00 00 0A 26 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
      > 1B 00 10 88 00 08 00 00 0B 0B 00 00 00 64
      < 1B 10 00 88 00 11 00 00 0B 2B 00 00 00 01 00 00 00 00 02 00 00 00 00
      > 1B 00 10 88 00 0C 00 00 0C 08 00 00 00 00 00 00 01 00
      < 1B 10 00 88 00 05 00 00 0C 28 00

      """
  }

  private static let rest = """
    = 256
    > 1B 00 10 88 00 08 00 00 0D 06 00 00 00 00
    < 1B 10 00 88 00 19 00 00 0D 26 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 80 00
    > 1B 00 10 88 00 08 00 00 0E 0B 00 00 00 64
    < 1B 10 00 88 00 11 00 00 0E 2B 00 00 00 01 00 00 00 00 01 FF FF 00 00
    > 1B 00 10 88 00 0C 00 00 0F 08 00 00 00 00 00 00 00 80
    < 1B 10 00 88 00 05 00 00 0F 28 00
    = 128
    > 1B 00 10 88 00 08 00 00 10 06 00 00 00 00
    < 1B 10 00 88 00 19 00 00 10 26 00 00 00 05 00 00 00 64 00 00 00 00 00 00 00 00 00 00 01 80 00
    > 1B 00 10 88 00 08 00 00 11 06 00 00 00 00
    < 1B 10 00 88 00 19 00 00 11 26 00 00 00 05 00 00 00 64 00 00 00 00 00 00 00 00 00 00 01 80 00
    """

  @Test func `sends header, blocks and polls as in the capture, and reports every byte`() async throws {
    let folder = TemporaryFolder()
    let write = try write(folder)
    let log = EventLog()
    let steps = [ScriptedLink.Step](transcript: beginning(write) + Self.rest)
    let (target, link) = try await connect(steps, observer: log.observer, policy: Self.policy)
    let progress = Mutex<[WriteProgress]>([])
    let verified = try await target.write(write, ranges: nil) { event in progress.withLock { $0.append(event) } }
    #expect(verified == .acknowledged)
    #expect(link.problems == [])
    #expect(link.rawBytes == Self.data)
    #expect(link.log.filter { $0.hasPrefix("raw") } == ["raw EP 02", "raw EP 02"])
    let settled = WriteProgress.settling(state: "finished", percent: 100)
    #expect(progress.withLock { $0 } == [.bytes(256), .bytes(384), settled, settled])
    let raw = log.traces.filter { $0.label == "raw data" }
    #expect(raw.map(\.bytes) == [Array(Self.data[0..<32]), Array(Self.data[256..<288])])
    #expect(raw.map(\.omitted) == [224, 96])
  }

  @Test func `a raw block that breaks off is followed by one status poll for the device's code`() async throws {
    let folder = TemporaryFolder()
    let write = try write(folder)
    let steps =
      [ScriptedLink.Step](transcript: beginning(write)) + [.rawFails(.timedOut(after: .seconds(10)), accepted: 64)]
      + [ScriptedLink.Step](
        transcript: "> 1B 00 10 88 00 08 00 00 0D 06 00 00 00 00\n< 1B 10 00 88 00 05 00 00 0D 26 01")
    let (target, link) = try await connect(steps, policy: Self.policy)
    let state = MkIIImageState(code: 1)
    let error = MkIIError.sending(
      MkIIImageProgress(image: "kernel", isBegun: true, accepted: 64, total: 384, lastState: state),
      failure: .rawWriteFailed(.timedOut(after: .seconds(10)), deviceCode: .unknownError))
    await #expect(throws: error) { _ = try await target.write(write, ranges: nil) { _ in } }
    #expect(link.problems == [])
    #expect(error.category == .timeout)
  }

  @Test func `a silent device after a broken block is asked for one second`() async throws {
    let folder = TemporaryFolder()
    let write = try write(folder)
    let steps: [ScriptedLink.Step] =
      [ScriptedLink.Step](transcript: beginning(write)) + [
        .rawFails(.stalled(endpoint: .output(2)), accepted: 0), .host(hex("1B 00 10 88 00 08 00 00 0D 06 00 00 00 00")),
        .silence,
      ]
    let (target, link) = try await connect(steps, policy: Self.policy)
    await #expect(throws: MkIIError.self) { _ = try await target.write(write, ranges: nil) { _ in } }
    #expect(link.problems == [])
    #expect(link.manualClock.now == .seconds(1))
    #expect(link.log.contains("clear halt EP 02"))
  }

  @Test func `over TCP nothing is asked inside a broken block`() async throws {
    let folder = TemporaryFolder()
    let write = try write(folder)
    let transcript = beginning(write).replacing("75 73 62 3A 72 61 77", with: "74 63 70 3A 72 61 77")
    let steps =
      [ScriptedLink.Step](transcript: transcript) + [.rawFails(.timedOut(after: .seconds(10)), accepted: 64)]
    let (target, link) = try await connect(steps, kind: .stream, policy: Self.policy)
    await #expect(throws: MkIIError.self) { _ = try await target.write(write, ranges: nil) { _ in } }
    #expect(link.problems == [])
  }

  @Test func `cancelling in the middle of a block finishes it, polls the status once, and tells the state`()
    async throws
  {
    let folder = TemporaryFolder()
    let write = try write(folder)
    let steps =
      [ScriptedLink.Step](transcript: beginning(write)) + [.cancellation, .raw(256)]
      + [ScriptedLink.Step](
        transcript: """
          > 1B 00 10 88 00 08 00 00 0D 06 00 00 00 00
          < 1B 10 00 88 00 19 00 00 0D 26 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 80 00
          """)
    let (target, link) = try await connect(steps, policy: Self.policy)
    let task = Task { try await target.write(write, ranges: nil) { _ in } }
    link.onCancellation { task.cancel() }
    let error = MkIIError.sending(
      MkIIImageProgress(
        image: "kernel", isBegun: true, accepted: 256, total: 384, lastState: MkIIImageState(code: 3)),
      failure: .cancelled)
    await #expect(throws: error) { _ = try await task.value }
    #expect(link.problems == [])
    #expect(error.category == .cancelled)
    await target.close()
    #expect(link.log.suffix(2) == ["alternate 0 of 1", "close"])
  }

  @Test("cancelling during a message lets its reply come first", arguments: [1, 3, 5, 7, 9, 11])
  func cancelledMessage(reply: Int) async throws {
    let folder = TemporaryFolder()
    let write = try write(folder)
    var steps = Array([ScriptedLink.Step](transcript: beginning(write)).prefix(reply + 1))
    steps.insert(.cancellation, at: reply)
    // From the header's reply on the handle is known, and the device is asked for its state.
    if reply >= 3 { steps += [.host(statusRequest(id: UInt8(7 + (reply + 1) / 2))), .silence] }
    let (target, link) = try await connect(steps, policy: Self.policy)
    let task = Task { try await target.write(write, ranges: nil) { _ in } }
    link.onCancellation { task.cancel() }
    await #expect(throws: MkIIError.self) { _ = try await task.value }
    #expect(link.problems == [])
  }

  private func statusRequest(id: UInt8) -> [UInt8] { MkIIRequest.status(handle: 0).message(transactionID: id).bytes }

  @Test func `a file that has become shorter ends the image as a file error`() async throws {
    let folder = TemporaryFolder()
    let write = try write(folder)
    _ = folder.file("zImage", Array(Self.data.prefix(100)))
    let (target, _) = try await connect(policy: Self.policy)
    await #expect {
      _ = try await target.write(write, ranges: nil) { _ in }
    } throws: { error in
      (error as? MkIIError)?.category == .file
    }
  }
}
