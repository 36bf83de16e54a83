import DeviceSimulator
import FlashCore
import Qualcomm
import Testing

/// Every misbehaviour that the old eMMC device can be given, against a whole flash session with proof: the right kind of
/// end, never a success that is none, and a second run that ends with exactly the intended storage.
@Suite struct `Firehose: a flash session with every quirk` {
  enum End: Equatable, Sendable {
    case done
    case fails(SaharaError.Category)
    /// What is stored is found to differ.
    case differs
    /// The damage may hit anything that is read before.
    case either
  }

  /// By the name of the quirk: what it is given, and how the session ends.
  static let ends: [(name: String, argument: String?, end: End)] = [
    ("hello-swallowed", nil, .done), ("odd-hello", nil, .done), ("deaf-error", nil, .done),
    ("disconnect-after-hello", nil, .fails(.transfer)), ("no-switch-answer", nil, .done),
    ("programmer-running", nil, .done), ("done-pending", nil, .done), ("over-read", nil, .fails(.file)),
    ("other-order", nil, .done), ("unknown-image", nil, .done),
    ("end-status", "37", .fails(.protocolFailure)), ("strict-zlp", nil, .done), ("joined-packets", nil, .either),
    ("joined-documents", nil, .done), ("split-documents", nil, .done), ("single-bytes", nil, .done),
    ("trailing-newline", nil, .done), ("garbage", nil, .done), ("nuls", nil, .done), ("xml-tail", nil, .done),
    ("bad-utf8", nil, .done), ("bare-quote", nil, .done), ("bare-markup", nil, .done), ("blocking-logs", nil, .done),
    ("attempt-retry", "3", .done), ("attempt-restart", "3", .fails(.protocolFailure)), ("joined-raw", nil, .done),
    ("zlp-before-raw", nil, .done), ("extra-final", nil, .done), ("no-final", nil, .fails(.timeout)),
    ("nak-after-data", nil, .fails(.protocolFailure)), ("nak-swallow", "30000", .fails(.protocolFailure)),
    ("nak-stop", "30000", .fails(.protocolFailure)), ("nak-xml", "30000", .fails(.protocolFailure)),
    ("stall-at-byte", "30000", .fails(.transfer)), ("disconnect-at-byte", "30000", .fails(.transfer)),
    ("corrupt-write", "30000", .differs), ("corrupt-read", "30000", .either), ("short-read", "1", .fails(.transfer)),
    ("long-read", "1", .fails(.protocolFailure)), ("slow-response", "6000", .done),
    ("endless-logs", "50", .fails(.protocolFailure)), ("endless-data", nil, .fails(.protocolFailure)),
    ("power-silent", nil, .done), ("power-needs-drain", nil, .done), ("nak-program", "2", .fails(.protocolFailure)),
    ("fail-program", "2", .fails(.protocolFailure)), ("drop-patch", "1", .differs),
    ("wrong-sector-count", nil, .either), ("bad-signature", nil, .done),
  ]

  @Test func `no quirk is left out`() throws {
    let known = try SimulatorRegistry.model(named: "msm8916-emmc").quirks.map(\.name)
    #expect(Set(known) == Set(Self.ends.map(\.name)))
  }

  @Test(arguments: ends.indices) func `ends as it has to, and can be run again`(index: Int) async throws {
    let (name, argument, expected) = Self.ends[index]
    let quirk = argument.map { name + ":" + $0 } ?? name
    let knobs = [("lun0-size", "96M")]
    let rig = try FirehoseRig("msm8916-emmc", knobs: knobs, quirks: [quirk])
    let package = try FlashPackage(in: rig.folder, sector: 512)
    let outcome = await rig.flashOutcome(package)
    switch (expected, outcome) {
    case (.done, .done), (.either, .done):
      #expect(try package.differences(on: rig) == [], "\(quirk)")
      return
    case (.fails(let category), _): #expect(outcome.category == category, "\(quirk): \(outcome)")
    case (.differs, .other(let text)): #expect(text.contains("ContentDiffers"), "\(quirk): \(text)")
    case (.either, _): break
    default: Issue.record("\(quirk): \(outcome)")
    }
    // The device has been brought into emergency download mode again, and behaves.
    let again = try FirehoseRig("msm8916-emmc", knobs: knobs, folder: rig.folder)
    #expect(await again.flashOutcome(package, resumes: true) == .done, "\(quirk)")
    #expect(try package.differences(on: again) == [], "\(quirk)")
  }
}
