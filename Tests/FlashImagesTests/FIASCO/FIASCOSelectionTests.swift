import FlashImages
import Testing

@Suite("Choosing images for a device")
struct FIASCOSelectionTests {
  typealias Sample = FIASCOSample

  /// A combined file: kernel, rootfs, modem, then a loader group for each set of revisions.
  static let combined = Sample.file(
    Sample.image("kernel", [1, 0], blocks: [Sample.device("RX-51")]), Sample.image("rootfs", [2, 0]),
    Sample.image("cmt-mcusw", [3, 0]), Sample.image("cmt-2nd", [4, 0]),
    Sample.image("2nd", [5, 0], blocks: [Sample.device("RX-51", ["1101"])]),
    Sample.image("xloader", [6, 0], blocks: [Sample.device("RX-51", ["1101"])]),
    Sample.image("secondary", [7, 0], blocks: [Sample.device("RX-51", ["1101"])]),
    Sample.image("2nd", [8, 0], blocks: [Sample.device("RX-51", ["2101", "2102"])]),
    Sample.image("xloader", [9, 0], blocks: [Sample.device("RX-51", ["2101", "2102"])]),
    Sample.image("secondary", [10, 0], blocks: [Sample.device("RX-51", ["2101", "2102"])]))

  private func select(
    _ bytes: [UInt8] = combined, _ change: (inout FIASCOSelection.Request) -> Void = { _ in }
  ) throws -> FIASCOSelection {
    var request = FIASCOSelection.Request(device: "RX-51", revision: "2101")
    change(&request)
    return try Sample.read(bytes, .lenient).select(request)
  }

  @Test func `takes one of each type, loaders and modem before kernel and rootfs`() throws {
    let selection = try select()
    #expect(selection.chosen == [8, 9, 3, 2, 0, 1])
    #expect(selection.problems.isEmpty)
    #expect(
      selection.leftOut == [
        .init(image: 4, reason: .otherMode), .init(image: 5, reason: .otherRevision),
        .init(image: 6, reason: .otherRevision), .init(image: 7, reason: .otherMode),
      ])
  }

  @Test func `mmc goes last, behind types nobody knows`() throws {
    let bytes = Sample.file(
      Sample.image("mmc", [1, 0]), Sample.image("moslo", [2, 0]), Sample.image("kernel", [3, 0]))
    #expect(try select(bytes).chosen == [2, 1, 0])
  }

  @Test func `an unknown revision takes images for certain revisions only with consent`() throws {
    let careful = try select { $0.revision = nil }
    #expect(careful.chosen == [3, 2, 0, 1])
    #expect(careful.leftOut.contains(.init(image: 8, reason: .revisionUnknown)))
    #expect(careful.problems == [.noMatch(type: "xloader"), .noMatch(type: "secondary")])
    let agreed = try select {
      $0.revision = nil
      $0.acceptsUnknownRevision = true
    }
    #expect(
      agreed.problems == [
        .ambiguous(type: "xloader", candidates: [5, 8]), .ambiguous(type: "secondary", candidates: [6, 9]),
      ])
  }

  @Test func `another device gets what is for every device`() throws {
    let selection = try select { $0.device = "RX-44" }
    #expect(selection.chosen == [3, 2, 1])
    #expect(selection.leftOut.contains(.init(image: 0, reason: .otherDevice)))
    #expect(selection.problems.contains(.noMatch(type: "kernel")))
  }

  @Test func `types can be chosen, and a type that is not there is a problem`() throws {
    let selection = try select { $0.types = ["kernel", "initfs"] }
    #expect(selection.chosen == [0])
    #expect(selection.leftOut.contains(.init(image: 1, reason: .notWanted)))
    #expect(selection.problems == [.noMatch(type: "initfs")])
  }

  @Test func `xloader without secondary is refused unless allowed`() throws {
    #expect(try select { $0.types = ["xloader"] }.problems == [.unpaired(chosen: "xloader", missing: "secondary")])
    #expect(try select { $0.types = ["secondary"] }.problems == [.unpaired(chosen: "secondary", missing: "xloader")])
    let allowed = try select {
      $0.types = ["xloader"]
      $0.allowsUnpairedLoaders = true
    }
    #expect(allowed.problems.isEmpty)
    #expect(allowed.chosen == [8])
  }

  @Test func `overlapping revisions with different data are ambiguous, identical ones collapse`() throws {
    let first = Sample.image("kernel", [1, 2, 0, 0], blocks: [Sample.device("RX-51", ["2101", "2102"])])
    let other = Sample.image("kernel", [0, 0, 1, 2], blocks: [Sample.device("RX-51", ["2101"])])
    #expect(
      try select(Sample.file(first, other)).problems == [.ambiguous(type: "kernel", candidates: [0, 1])])
    let same = Sample.image("kernel", [1, 2, 0, 0], blocks: [Sample.device("RX-51", ["2101"])])
    let collapsed = try select(Sample.file(first, same))
    #expect(collapsed.chosen == [0])
    #expect(collapsed.leftOut == [.init(image: 1, reason: .duplicate(of: 0))])
    #expect(collapsed.problems.isEmpty)
  }

  @Test func `a truncated image is not chosen`() throws {
    let bytes = Sample.file(Sample.image("kernel", [1, 2]), Sample.image("mmc", [3, 4]))
    let selection = try select(bytes.dropLast())
    #expect(selection.chosen == [0])
    #expect(selection.leftOut == [.init(image: 1, reason: .truncated)])
    #expect(selection.problems == [.noMatch(type: "mmc")])
  }

  @Test func `cold flashing takes exactly one 2nd and one secondary`() throws {
    let selection = try select { $0.purpose = .coldFlashing }
    #expect(selection.chosen == [7, 9])
    #expect(selection.problems.isEmpty)
    let none = try select {
      $0.purpose = .coldFlashing
      $0.revision = "9999"
    }
    #expect(none.problems == [.noMatch(type: "2nd"), .noMatch(type: "secondary")])
  }

  @Test func `a revision matches as a number, with or without leading zeros`() {
    let entry = FIASCODeviceEntry(device: "RX-44", revisions: ["0301"])
    #expect(entry.matches(device: "RX-44", revision: "301"))
    #expect(!entry.matches(device: "RX-44", revision: "302"))
    #expect(!entry.matches(device: "RX-44", revision: "x"))
    #expect(FIASCODeviceEntry(device: "RX-44", revisions: ["odd"]).matches(device: "RX-44", revision: "odd"))
    #expect(!FIASCODeviceEntry(device: "RX-44", revisions: ["odd"]).matches(device: "RX-44", revision: "else"))
  }
}
