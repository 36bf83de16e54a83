import FlashCore
import FlashImages
import Qualcomm
import Testing

/// Devices that are slow, and devices that never come to an end: `docs/protocols/firehose.md` 8.
@Suite struct `Firehose: waiting` {
  private static let place: UInt64 = 64 << 20
  private static let bytes = FirehoseRig.pattern(20_000)

  @Test(arguments: ["sdm845-ufs", "msm8916-emmc", "ipq-spinor"], ["6000", "20000"])
  func `a device that begins to answer and then takes its time is waited for`(
    model: String, milliseconds: String
  ) async throws {
    let rig = try FirehoseRig(model, quirks: ["slow-response:" + milliseconds])
    let place: UInt64 = 16 << 20
    let back = try await rig.withTarget { target in
      let back = try await FirehoseRig.roundTrip(target, Self.bytes, at: place)
      try await target.reboot(to: .edl)
      return back
    }
    #expect(back == Self.bytes)
    #expect(try rig.stored(0, at: place, count: Self.bytes.count) == Self.bytes)
  }

  @Test func `a device that takes too long is out of time, and breaks no protocol`() async throws {
    let rig = try FirehoseRig(quirks: ["slow-response:90000"])
    let outcome = await rig.outcome { try await $0.storage() }
    guard case .failed(.silence("configure", _, let said?)) = outcome else { Issue.record("\(outcome)"); return }
    #expect(said.contains("configure"))
    #expect(outcome.category == .timeout)
  }

  /// In virtual time; a limit on silence that the user has set makes it shorter.
  @Test(arguments: ["1000", "20", "0"], [nil, 5.0, 1.5] as [Double?])
  func `logs without an answer have an end`(milliseconds: String, timeout: Double?) async throws {
    let rig = try FirehoseRig(quirks: ["endless-logs:" + milliseconds])
    let begin = rig.provider.clock.now
    let outcome = await rig.outcome(timeout: timeout.map { .seconds($0) }) { try await $0.storage() }
    guard case .failed(.violation(.endlessLogs(let count), "configure")) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(count > 5)
    #expect(rig.provider.clock.now - begin < timeout.map { .seconds($0 * 10 + 10) } ?? .seconds(200))
  }

  @Test func `data that nobody asked for end the read at once`() async throws {
    let rig = try FirehoseRig(quirks: ["endless-data"])
    let begin = rig.provider.clock.now
    let outcome = await rig.outcome { target in
      try await target.bytes(of: StorageRange(section: "0", bytes: Self.place..<Self.place + 40960))
    }
    guard case .failed(.violation(.excessData(let count), "read")) = outcome else { Issue.record("\(outcome)"); return }
    #expect(count > 64 << 10 && count < 256 << 10)
    #expect(rig.provider.clock.now - begin < .seconds(60))
  }

  @Test(arguments: ["delay=3000", "delay=9000"], 1...24)
  func `a delayed transfer is waited for`(fault: String, number: Int) async throws {
    let rig = try FirehoseRig("sdm845-ufs", knobs: [("lun0-size", "128M")], faults: ["\(fault)@\(number * 9)"])
    let outcome = await rig.outcome { target in
      let back = try await FirehoseRig.roundTrip(target, Self.bytes, at: Self.place)
      #expect(back == Self.bytes)
    }
    // A boot ROM that is silent for so long, or a document that is not taken, is given up with the right error.
    switch outcome {
    case .done: #expect(try rig.stored(0, at: Self.place, count: Self.bytes.count) == Self.bytes)
    default: #expect(outcome.category == .timeout, "\(outcome)")
    }
  }
}
