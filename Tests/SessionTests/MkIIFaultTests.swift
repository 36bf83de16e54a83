import FlashCore
import MkII
import Testing

/// The complete flash session against the simulated RX-51, with one fault at every single transfer.
@Suite("Mk II: a fault at every transfer of a flash session")
struct MkIIFaultTests {
  /// A modem helper and a kernel of one block each, and an eMMC image of three, the last of which is short.
  private static let images = Result { try FlashImagesFolder(kernel: 3000, mmc: 9 << 10 | 100) }

  private func rig(_ medium: FlashRig.Medium, fault: String? = nil) throws -> FlashRig {
    try FlashRig(try Self.images.get(), medium: medium, faults: fault.map { [$0] } ?? [])
  }

  /// How many transfers a session without faults has: the last number at which a fault strikes.
  private func transferCount(_ medium: FlashRig.Medium) async throws -> Int {
    let rig = try rig(medium)
    _ = try await rig.flash()
    #expect(rig.wrongImages == [])
    let raw = rig.log.traces.filter { $0 == "raw data" }.count
    #expect(raw == 1 + 1 + 3)
    // Over USB a block of more than 2 KiB is two transfers: that of the kernel and the first two of the eMMC image.
    let halves = medium == .usb ? 3 : 0
    return rig.log.traces.count + halves
  }

  /// What a fault may lead to. A session that succeeds all the same must have stored every image.
  private func expectations(_ kind: String) -> Set<MkIIError.Category> {
    switch kind {
    case "disconnect", "stall": [.transfer]
    // A lost request or reply is silence; lost image data are found out by the device, or never finish.
    case "drop": [.timeout, .protocolFailure]
    // What a damaged message means is up to the one who reads it.
    default: [.timeout, .protocolFailure, .plan, .transfer]
    }
  }

  @Test(
    "ends with the right kind of error, and never with a success that is none",
    arguments: FlashRig.Medium.allCases, ["disconnect", "stall", "drop", "corrupt"])
  func everyTransfer(medium: FlashRig.Medium, kind: String) async throws {
    let count = try await transferCount(medium)
    var allowed = expectations(kind)
    // A stalled stream is silent: it has no halts.
    if medium == .tcp, kind == "stall" { allowed = [.timeout] }
    var successes: [Int] = []
    for number in 1...count {
      let rig = try rig(medium, fault: "\(kind)@\(number)")
      let outcome = await rig.outcome { try await rig.flash() }
      #expect(rig.log.struckFaults == ["\(kind)@\(number)"], "no fault at \(number)")
      switch outcome {
      case .done:
        successes.append(number)
        #expect(rig.wrongImages == [], "\(kind) at transfer \(number)")
      case .failed(let category):
        #expect(allowed.contains(category), "\(kind) at transfer \(number): \(category)")
      case .strange(let error):
        Issue.record("\(kind) at transfer \(number): \(error)")
      }
      await repeatSession(
        rig, after: "\(kind) at transfer \(number)", mayStillReboot: kind == "disconnect" && number == count)
    }
    #expect(isPlausible(successes, of: count, kind: kind, medium: medium), "successes at \(successes) of \(count)")
  }

  /// The same command again on the same device, which nobody has switched off: now it must work.
  private func repeatSession(_ rig: FlashRig, after event: String, mayStillReboot: Bool) async {
    var outcome = await rig.outcome { try await rig.flash() }
    // A device that was about to reboot when its cable was pulled does so once the cable is back.
    if mayStillReboot, outcome == .failed(.transfer) { outcome = await rig.outcome { try await rig.flash() } }
    #expect(outcome == .done, "the session after \(event)")
    #expect(rig.wrongImages == [], "the session after \(event)")
  }

  /// Which faults a session may survive: a lost PING, which is repeated, and whatever happens to the end of the
  /// reboot, after which the device leaves anyway. Damage may hit bytes that mean nothing.
  private func isPlausible(_ successes: [Int], of count: Int, kind: String, medium: FlashRig.Medium) -> Bool {
    switch (kind, medium) {
    case ("drop", _): successes == [1, 2, count]
    // A stream takes the request to reboot though the device never reads it.
    case ("disconnect", .tcp): successes == [count - 1, count]
    case ("disconnect", .usb), ("stall", _): successes == [count]
    default: true
    }
  }

  @Test("a fault after the last transfer never strikes", arguments: FlashRig.Medium.allCases)
  func afterTheLast(medium: FlashRig.Medium) async throws {
    let count = try await transferCount(medium)
    let rig = try rig(medium, fault: "disconnect@\(count + 1)")
    #expect(await rig.outcome { try await rig.flash() } == .done)
    #expect(rig.log.struckFaults == [])
  }
}
