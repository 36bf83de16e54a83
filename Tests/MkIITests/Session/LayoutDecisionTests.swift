import MkII
import Testing
import WireFormat

/// The two readings of the multi-field replies. The bytes are those of `docs/protocols/mkii.md` 9.5 and 13.
@Suite("Deciding the layout of replies (9.5)")
struct LayoutDecisionTests {
  private static let size: UInt32 = 0x0F9F_2C00

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var data: String
    var isCredit: Bool
    var layout: MkIIReplyLayout?
  }

  static let cases = [
    Case(
      testDescription: "captured credit of 32 MiB", data: "00 00 00 01 00 00 00 00 02 00 00 00 00", isCredit: true,
      layout: .l0),
    Case(
      testDescription: "captured credit of 31 MiB", data: "00 00 00 01 00 00 00 00 01 F0 00 00 00", isCredit: true,
      layout: .l0),
    Case(
      testDescription: "credit as L1", data: "00 00 00 00 01 00 00 00 00 02 00 00 00", isCredit: true, layout: .l1),
    Case(
      testDescription: "no credit", data: "00 00 00 00 00 00 00 00 00 00 00 00 00", isCredit: true, layout: nil),
    Case(
      testDescription: "both bytes set", data: "00 00 00 01 01 00 00 00 00 00 00 00 00", isCredit: true, layout: nil),
    Case(
      testDescription: "captured status before data",
      data: "00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", isCredit: false, layout: .l0),
    Case(
      testDescription: "status before data as L1",
      data: "00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", isCredit: false, layout: .l1),
    Case(
      testDescription: "captured status after 1 MiB",
      data: "00 00 00 03 00 00 00 00 00 00 00 00 00 00 00 00 0F 9F 2C 00 00", isCredit: false, layout: .l0),
    Case(
      testDescription: "status after 1 MiB as L1",
      data: "00 00 00 00 03 00 00 00 00 00 00 00 00 00 00 00 00 0F 9F 2C 00", isCredit: false, layout: .l1),
    Case(
      testDescription: "state 0 with the size as total, L0",
      data: "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 0F 9F 2C 00 00", isCredit: false, layout: .l0),
    Case(
      testDescription: "state 0 with the size as total, L1",
      data: "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 0F 9F 2C 00", isCredit: false, layout: .l1),
    Case(
      testDescription: "state 0 without a total",
      data: "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", isCredit: false, layout: nil),
  ]

  private func decide(
    _ decision: inout MkIILayoutDecision, _ example: Case
  ) throws(MkIIError) -> MkIIReplyLayout {
    example.isCredit
      ? try decision.decide(credit: hex(example.data))
      : try decision.decide(status: hex(example.data), imageByteCount: Self.size)
  }

  @Test("one reply alone", arguments: cases)
  func alone(_ example: Case) throws {
    var decision = MkIILayoutDecision()
    #expect(try decide(&decision, example) == example.layout ?? .l0)
    #expect(decision.layout == example.layout)
    #expect(decision.wasAssumed == (example.layout == nil))
  }

  @Test("a reply that tells nothing is read by the earlier decision", arguments: cases.filter { $0.layout == nil })
  func keepsDecision(_ example: Case) throws {
    for earlier in Self.cases {
      guard let layout = earlier.layout else { continue }
      var decision = MkIILayoutDecision()
      _ = try decide(&decision, earlier)
      #expect(try decide(&decision, example) == layout)
      #expect(!decision.wasAssumed)
    }
  }

  @Test func `a device that changes its layout breaks the protocol`() throws {
    for (first, second) in [(Self.cases[0], Self.cases[2]), (Self.cases[8], Self.cases[5])] {
      var decision = MkIILayoutDecision()
      let layout = try decide(&decision, first)
      #expect(
        throws: MkIIError.violation(
          .layoutChanged(from: layout), request: second.isCredit ? "WAIT_CREDIT" : "SU_GET_UPDATE_STATUS_REQ")
      ) { try decide(&decision, second) }
    }
  }

  @Test func `the header reply of a first image has handle 0 in both layouts`() {
    let captured = hex("00 00 00 00 00 00 02 00 00")
    #expect(MkIILayoutDecision().layout(header: captured) == .l0)
    for layout in MkIIReplyLayout.allCases {
      #expect((try? MkIIImageHeaderReply(parsing: captured.rawSpan, layout: layout))?.handle == 0)
    }
  }

  @Test func `the header reply is read by the decision from the second image on`() throws {
    var decision = MkIILayoutDecision()
    _ = try decide(&decision, Self.cases[2])
    #expect(decision.layout(header: hex("00 00 00 00 00 00 02 00 00")) == .l1)
  }

  @Test func `an undecided header reply is read so that the handle is a small number`() {
    #expect(MkIILayoutDecision().layout(header: hex("00 00 00 02 00 00 02 00 00")) == .l0)
    #expect(MkIILayoutDecision().layout(header: hex("00 00 00 00 02 00 00 02 00")) == .l1)
  }
}
