import FlashCore
import FlashImages
import Qualcomm
import Testing

/// Every fault switch of `docs/protocols/firehose.md` 11: the right error, no hang, no false success.
@Suite struct `Firehose: misbehaving devices` {
  private static let place: UInt64 = 64 << 20
  private static let bytes = FirehoseRig.pattern(200_000)

  private func roundTrip(_ rig: FirehoseRig) async throws -> [UInt8] {
    try await rig.withTarget { target in
      let back = try await FirehoseRig.roundTrip(target, Self.bytes, at: Self.place)
      try await target.erase(
        FlashPlan.Erase(
          name: "behind", extent: PlanExtent(section: "0", start: .fromStart(Self.place + 204800), length: 4096)))
      try await target.patch(
        FlashPlan.Patch(
          section: "0", start: .fromStart(Self.place), byteOffset: 0, byteCount: 8, value: "0x0807060504030201"))
      return back
    }
  }

  @Test(
    arguments: [
      "joined-documents", "split-documents", "single-bytes", "trailing-newline", "garbage", "nuls", "xml-tail",
      "bad-utf8", "bare-quote", "bare-markup", "blocking-logs", "attempt-retry:3", "joined-raw", "zlp-before-raw",
      "extra-final", "slow-response:900",
    ]) func `oddities change nothing`(quirk: String) async throws
  {
    let rig = try FirehoseRig(quirks: [quirk])
    #expect(try await roundTrip(rig) == Self.bytes)
    var expected = Self.bytes
    expected.replaceSubrange(0..<8, with: 1...8)
    #expect(try rig.stored(0, at: Self.place, count: Self.bytes.count) == expected)
  }

  @Test(
    arguments: [
      ("zlp", "aware"), ("zlp", "always"), ("zlp", "never"), ("zlp", "strict"), ("max-payload", "8192"),
      ("max-payload", "16K"), ("max-payload", "48K"), ("raw-chunk", "512"), ("raw-chunk", "1000"), ("raw-chunk", "3M"),
      ("configure-answer", "nak-size"), ("configure-answer", "nak-supported"), ("configure-answer", "ack-larger"),
      ("configure-answer", "ack-smaller"), ("configure-answer", "bare"), ("log-style", "old"), ("log-style", "none"),
      ("nop", "silent"), ("banner-again", "yes"), ("logs-after-response", "yes"), ("latency-ms", "300"),
      ("startup-delay", "4000"), ("erase-ms", "25000"), ("packet-size", "1024"), ("reenumerates", "yes"),
    ]) func `every way of a programmer leads to the same storage`(knob: String, value: String) async throws
  {
    let rig = try FirehoseRig(knobs: [(knob, value)])
    #expect(try await roundTrip(rig) == Self.bytes)
    var expected = Self.bytes
    expected.replaceSubrange(0..<8, with: 1...8)
    #expect(try rig.stored(0, at: Self.place, count: Self.bytes.count) == expected)
  }

  @Test(arguments: FirehoseZLPPolicy.allCases) func `every policy for zero-length packets works`(
    policy: FirehoseZLPPolicy
  ) async throws {
    var settings = FirehoseSettings()
    settings.zlp = policy
    let rig = try FirehoseRig(settings: settings)
    #expect(try await roundTrip(rig) == Self.bytes)
  }

  @Test(
    arguments: [
      "nak-after-data", "nak-swallow:100000", "nak-stop:100000", "nak-xml:100000", "nak-program:1", "fail-program:1",
    ]) func `a refused write is a failure with the device's words`(quirk: String) async throws
  {
    let rig = try FirehoseRig(quirks: [quirk])
    let outcome = await rig.outcome { target in
      _ = try await target.storage()
      let range = StorageRange(section: "0", bytes: Self.place..<Self.place + 204800)
      try await target.write(try FirehoseRig.image(Self.bytes), to: range) { _ in }
    }
    #expect(outcome.refusal?.command == "program", "\(outcome)")
    #expect(outcome.refusal?.lastError != nil, "\(outcome)")
  }

  @Test(arguments: ["stall-at-byte:100000", "disconnect-at-byte:100000", "no-final"])
  func `a write that does not end is a failure`(quirk: String) async throws {
    let rig = try FirehoseRig(quirks: [quirk])
    let outcome = await rig.outcome { target in
      _ = try await target.storage()
      let range = StorageRange(section: "0", bytes: Self.place..<Self.place + 204800)
      try await target.write(try FirehoseRig.image(Self.bytes), to: range) { _ in }
    }
    switch (quirk, outcome) {
    case ("no-final", .failed(.silence)), (_, .failed(.transfer)): break
    default: Issue.record("\(outcome)")
    }
  }

  @Test(arguments: ["short-read:4", "long-read:4"]) func `a read of another length is a failure`(
    quirk: String
  ) async throws {
    let rig = try FirehoseRig(knobs: [("storage-info", "json")], quirks: [quirk])
    var failures = 0
    _ = try? await rig.withTarget { target in
      _ = try await target.storage()
      for _ in 0..<4 {
        do {
          _ = try await target.bytes(of: StorageRange(section: "0", bytes: Self.place..<Self.place + 40960))
        } catch { failures += 1 }
      }
    }
    #expect(failures == 1)
  }

  @Test(arguments: ["corrupt-write:5000", "corrupt-read:5000"]) func `a comparison finds a wrong byte`(
    quirk: String
  ) async throws {
    let rig = try FirehoseRig(knobs: [("functions", "program+read+configure+power+getstorageinfo")], quirks: [quirk])
    let outcome = await rig.outcome { target in
      _ = try await target.storage()
      let range = StorageRange(section: "0", bytes: Self.place..<Self.place + 204800)
      try await target.write(try FirehoseRig.image(Self.bytes), to: range) { _ in }
      try await StorageComparison(of: target).requireEqual(
        try FirehoseRig.image(Self.bytes), at: range, name: "test")
    }
    guard case .other(let text) = outcome else { Issue.record("\(outcome)"); return }
    #expect(text.hasPrefix("ContentDiffers"))
  }

  @Test func `a programmer that wants to be loaded again says so`() async throws {
    let rig = try FirehoseRig(quirks: ["attempt-restart:2"])
    let outcome = await rig.outcome { try await $0.storage() }
    guard case .failed(.restartWanted) = outcome else { Issue.record("\(outcome)"); return }
  }

  @Test func `a refused configure names the reason`() async throws {
    let rig = try FirehoseRig(knobs: [("configure-answer", "nak")])
    let outcome = await rig.outcome { try await $0.storage() }
    #expect(outcome.refusal?.command == "configure", "\(outcome)")
  }

  @Test func `an unreadable file ends the write, and leaves the device listening`() async throws {
    let rig = try FirehoseRig()
    let outcome = try await rig.withTarget { target in
      let range = StorageRange(section: "0", bytes: Self.place..<Self.place + 204800)
      do {
        try await target.write(BreakingImage(byteCount: 200_000, breaksAt: 50_000), to: range) { _ in }
        return "done"
      } catch FirehoseError.file {
        // The next command is understood: raw mode was left in order.
        _ = try await target.bytes(of: StorageRange(section: "0", bytes: 0..<4096))
        return "told"
      }
    }
    #expect(outcome == "told")
  }

  @Test func `protected sectors are refused in the device's words`() async throws {
    let rig = try FirehoseRig(knobs: [("protected", "0:16384-16999")])
    let outcome = await rig.outcome { target in
      let range = StorageRange(section: "0", bytes: Self.place..<Self.place + 204800)
      try await target.write(try FirehoseRig.image(Self.bytes), to: range) { _ in }
    }
    #expect(outcome.refusal?.lastError?.contains("ERROR") == true, "\(outcome)")
  }

  @Test func `a programmer that wants authentication says so`() async throws {
    let rig = try FirehoseRig(knobs: [("authentication", "yes")])
    let outcome = await rig.outcome { try await $0.storage() }
    #expect(outcome.refusal?.reasons.contains(.authenticationRequired) == true, "\(outcome)")
  }
}

/// An image whose file fails in the middle.
private struct BreakingImage: ImageSource {
  let length: UInt64
  let breaksAt: Int

  init(byteCount: UInt64, breaksAt: Int) {
    length = byteCount
    self.breaksAt = breaksAt
  }

  var byteCount: UInt64? { length }
  func open() throws(ImageError) -> any ImageReader { Reader(self) }

  private final class Reader: ImageReader, @unchecked Sendable {
    private let image: BreakingImage
    private var isOpened = false
    private var position = 0

    init(_ image: BreakingImage) { self.image = image }

    func next() throws(ImageError) -> ImageExtent? {
      guard !isOpened else { return nil }
      isOpened = true
      return .data(length: image.length)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
      position += buffer.count
      if position > image.breaksAt { throw .shortRead(path: "broken", offset: UInt64(position), expected: 1) }
      buffer.initializeMemory(as: UInt8.self, repeating: 0x55)
    }
  }
}
