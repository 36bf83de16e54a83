import FlashImages
import Testing
import WireFormat

/// F01 to F21: each a change to a worked example, read in every mode.
@Suite("FIASCO error cases")
struct FIASCOFindingTests {
  /// What a mode makes of a file.
  enum Outcome: Equatable {
    /// Thrown, with the offset.
    case thrown(UInt64)
    /// Read, with this many images and a finding of this severity.
    case read(images: Int, FIASCOFinding.Severity)
  }

  struct Case: CustomTestStringConvertible, Sendable {
    var code: String
    var bytes: [UInt8]
    var offset: UInt64
    var strict: Outcome
    var lenient: Outcome
    var testDescription: String { code }

    init(_ code: String, _ bytes: [UInt8], at offset: UInt64, strict: Outcome? = nil, lenient: Outcome? = nil) {
      self.code = code
      self.bytes = bytes
      self.offset = offset
      self.strict = strict ?? .thrown(offset)
      self.lenient = lenient ?? .thrown(offset)
    }
  }

  static let old = FIASCOVectors.oldStyle
  static let complete = FIASCOVectors.complete
  typealias At = FIASCOVectors.OldStyle

  /// Two images, the second of which begins at 183.
  static let two = Array(FIASCOVectors.twoImages.dropLast(30))

  static func change(_ bytes: [UInt8], _ changes: [Int: UInt8]) -> [UInt8] { FIASCOVectors.replacing(bytes, changes) }

  static let cases: [Case] = [
    Case("F01", change(old, [0: 0xB5]), at: 0),
    Case("F01", [], at: 0),
    Case("F02", Array(old.prefix(7)), at: 5),
    Case("F02", Array(old.prefix(20)), at: 9),
    Case("F03", change(old, [4: 0x15]), at: 1, strict: .read(images: 1, .warning), lenient: .read(images: 1, .warning)),
    Case("F04", two + [0x00, 0x00], at: 341, lenient: .read(images: 2, .warning)),
    Case("F04", two + [0xFF, 0xFF, 0xFF], at: 341, lenient: .read(images: 2, .warning)),
    Case("F05", change(two, [184: 0]), at: 184, lenient: .read(images: 1, .error)),
    Case("F06", change(two, [185: 0x2D]), at: 185, lenient: .read(images: 1, .error)),
    Case("F06", change(two, [186: 0x18]), at: 185, lenient: .read(images: 1, .error)),
    Case("F07", Array(two.prefix(184)), at: 183, lenient: .read(images: 1, .warning)),
    Case("F07", Array(two.prefix(186)), at: 185, lenient: .read(images: 1, .warning)),
    Case("F07", Array(two.prefix(200)), at: 185, lenient: .read(images: 1, .warning)),
    Case("F07", Array(two.prefix(212)), at: 212, lenient: .read(images: 1, .warning)),
    Case("F07", change(old, [At.blockCount: 2]).prefix(56) + [], at: 54, lenient: .read(images: 0, .warning)),
    Case("F08", change(two, [212: 0x33]), at: 212, lenient: .read(images: 1, .error)),
    Case("F09", Array(two.dropLast()), at: 213, lenient: .read(images: 2, .error)),
    Case("F09", Array(old.prefix(At.data)), at: 55, lenient: .read(images: 1, .error)),
    Case(
      "F11", FIASCOSample.file(FIASCOSample.image("moslo", [])), at: 34, strict: .read(images: 1, .note),
      lenient: .read(images: 1, .note)),
    Case(
      "F12", FIASCOSample.file(FIASCOSample.image("kernel", [], blocks: [FIASCOSample.block(0x77, [1, 2])])), at: 54,
      strict: .read(images: 1, .note), lenient: .read(images: 1, .note)),
    Case(
      "F13", FIASCOSample.file(FIASCOSample.image("kernel", [], blocks: [FIASCOSample.block(0x34, [1, 2])])), at: 54,
      strict: .read(images: 1, .warning), lenient: .read(images: 1, .note)),
    Case(
      "F13",
      FIASCOSample.file(
        FIASCOSample.image("kernel", [], blocks: [Array(change(FIASCOVectors.partitionInfo, [16: 4]))])), at: 54,
      strict: .read(images: 1, .warning), lenient: .read(images: 1, .note)),
    Case("F14", partsOutside, at: 54, lenient: .read(images: 1, .warning)),
    Case("F14", partsOverlapping, at: 72, lenient: .read(images: 1, .warning)),
    Case(
      "F15", Array(old.prefix(25)), at: 25, strict: .read(images: 0, .warning), lenient: .read(images: 0, .warning)),
    Case(
      "F16", FIASCOSample.file(FIASCOSample.image("kernel", Array("UBI#".utf8))), at: 55,
      strict: .read(images: 1, .warning), lenient: .read(images: 1, .warning)),
    Case(
      "F17", FIASCOSample.file(FIASCOSample.image("kernel", [1, 2]), FIASCOSample.image("kernel", [1, 3])), at: 57,
      strict: .read(images: 2, .warning), lenient: .read(images: 2, .warning)),
    Case(
      "F18", FIASCOSample.file(FIASCOSample.image("kernel", [], blocks: [FIASCOSample.device("RX-51", ["21x1"])])),
      at: 54, strict: .read(images: 1, .warning), lenient: .read(images: 1, .warning)),
    Case(
      "F18", FIASCOSample.file(FIASCOSample.image("kernel", [], blocks: [FIASCOSample.device("RX-51", ["10000"])])),
      at: 54, strict: .read(images: 1, .warning), lenient: .read(images: 1, .warning)),
    Case(
      "F19", FIASCOVectors.shortCount, at: 0x23, strict: .read(images: 1, .warning),
      lenient: .read(images: 1, .warning)),
    Case("F20", change(old, [8: 65]), at: 5),
    Case("F20", change(old, [5: 0xFF]), at: 5),
    Case(
      "F21", FIASCOSample.fileHeader + Array(repeating: FIASCOSample.image("mmc", []), count: 4097).flatMap { $0 },
      at: 25 + 4096 * 30, lenient: .read(images: 4096, .error)),
  ]

  static let partsOutside = FIASCOSample.file(
    FIASCOSample.image("mmc", [1, 2, 3, 4], blocks: [FIASCOSample.part(1, 4)]))
  static let partsOverlapping = FIASCOSample.file(
    FIASCOSample.image("mmc", [1, 2, 3, 4], blocks: [FIASCOSample.part(0, 3), FIASCOSample.part(2, 2)]))

  @Test("is an error or a finding as the table says", arguments: cases)
  func table(_ one: Case) {
    #expect(outcome(of: one, in: .strict) == one.strict)
    #expect(outcome(of: one, in: .lenient) == one.lenient)
  }

  private func outcome(of one: Case, in mode: FIASCOFile.Mode) -> Outcome? {
    do throws(ImageError) {
      let file = try FIASCOFile(MemoryBytes(one.bytes), mode: mode)
      let finding = file.findings.first { $0.code == one.code && $0.offset == one.offset }
      return finding.map { .read(images: file.images.count, $0.severity(in: mode)) }
    } catch {
      guard case .malformed("memory", let offset, let reason) = error, reason.hasPrefix(one.code + " ") else {
        Issue.record("\(error)")
        return nil
      }
      return .thrown(offset)
    }
  }

  @Test func `F08 says both checksums`() {
    #expect(
      throws: ImageError.malformed(
        path: "memory", offset: 54, reason: "F08 header checksum wrong (computed 0xF6, stored 0xF7)")
    ) { try FIASCOSample.read(Self.change(Self.old, [At.checksum: 0xF7])) }
  }

  @Test func `F08 is a warning when checksums are not verified, and the image is read`() throws {
    let file = try FIASCOSample.read(Self.change(Self.old, [At.checksum: 0xF7]), .unverified)
    #expect(file.images.first?.checksum == .wrong(computed: 0xF6))
    #expect(file.worstSeverity == .warning)
  }

  @Test func `F09 in lenient mode lists the image as truncated with the bytes there are`() throws {
    let file = try FIASCOSample.read(Array(Self.old.dropLast(100)), .lenient)
    #expect(file.images.first?.isTruncated == true)
    #expect(file.images.first?.availableByteCount == 28)
    #expect(try file.verifyHash(of: 0) == .truncated)
  }

  @Test func `F10 is found by reading the data`() throws {
    let file = try FIASCOSample.read(Self.change(Self.old, [At.data: 0x40]))
    let state = try file.verifyHash(of: 0)
    #expect(state == .wrong(stored: 0x06B8, computed: 0x06B9))
    let finding = try #require(file.finding(for: state, of: 0))
    #expect(finding.code == "F10" && finding.offset == 55)
    #expect(finding.severity(in: .strict) == .error)
    #expect(finding.severity(in: .unverified) == .warning)
  }

  @Test func `F14 in lenient mode ignores all parts of the image`() throws {
    #expect(try FIASCOSample.read(Self.partsOverlapping, .lenient).images.first?.parts == [])
  }

  @Test func `a part whose end overflows 64 bits is outside the data`() {
    let bytes = FIASCOSample.file(
      FIASCOSample.image("mmc", [1, 2], blocks: [FIASCOSample.part(2, UInt64.max)]))
    #expect(throws: ImageError.self) { try FIASCOSample.read(bytes) }
  }

  @Test func `damage after the first image leaves it usable, and everything behind is the tail`() throws {
    let file = try FIASCOSample.read(Self.change(Self.two, [212: 0x33]), .lenient)
    #expect(file.end == .stopped)
    #expect(file.tail == 183..<341)
    #expect(try file.verifyHash(of: 0) == .valid)
  }
}
