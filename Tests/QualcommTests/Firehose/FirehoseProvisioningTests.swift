import Qualcomm
import Testing

/// Layouts for UFS storage: `docs/protocols/firehose.md` 5.1, `docs/protocols/qualcomm-packages.md` 13.1.
@Suite struct `UFS layouts` {
  private static let device = """
    <ufs bNumberLU="1" bBootEnable="1" bDescrAccessEn="0" bInitPowerMode="1" bHighPriorityLUN="127" \
    bSecureRemovalType="0" bInitActiveICCLevel="0" wPeriodicRTCUpdate="0" bConfigDescrLock="0"/>

    """
  private static let unit = """
    <ufs LUNum="0" bLUEnable="1" bBootLunID="1" size_in_kb="1024" bDataReliability="0" bLUWriteProtect="0" \
    bMemoryType="3" bLogicalBlockSize="12" bProvisioningType="2" wContextCapabilities="0" desc="a"/>

    """
  private static let end = #"<ufs LUNtoGrow="0" commit="1"/>"#

  private func layout(_ elements: String..., finalizes: Bool = false) throws -> FirehoseProvisioning {
    try FirehoseProvisioning(parsing: Array("<data>\(elements.joined())</data>".utf8), finalizes: finalizes)
  }

  @Test func `the end checks first and writes then`() throws {
    let layout = try layout(Self.device, Self.unit, Self.end)
    #expect(layout.pass(writes: false).map { $0.number("commit") } == [0, 0, 0])
    #expect(layout.pass(writes: true).last?.number("commit") == 1)
    #expect(layout.pass(writes: true).count == 3)
  }

  @Test func `a lock needs the user's word, and the word needs a lock`() throws {
    let locking = Self.device.replacing("Lock=\"0\"", with: "Lock=\"1\"")
    #expect(throws: FirehoseProvisioningError.locks) { try layout(locking, Self.unit, Self.end) }
    #expect(throws: FirehoseProvisioningError.locksNothing) {
      try layout(Self.device, Self.unit, Self.end, finalizes: true)
    }
    #expect(try layout(locking, Self.unit, Self.end, finalizes: true).device.locksConfiguration)
  }

  @Test func `what is no layout is refused`() throws {
    #expect(throws: FirehoseProvisioningError.incomplete(devices: 1, units: 0, commits: 1)) {
      try layout(Self.device, Self.end)
    }
    #expect(throws: FirehoseProvisioningError.repeatedUnit(0, line: 3)) {
      try layout(Self.device, Self.unit, Self.unit, Self.end)
    }
    #expect(throws: FirehoseProvisioningError.wrongOrder(line: 2)) { try layout(Self.unit, Self.device, Self.end) }
    #expect(throws: FirehoseProvisioningError.unknownElement("program", line: 2)) {
      try layout(Self.device, "<program/>", Self.end)
    }
    #expect(throws: FirehoseProvisioningError.self) { try layout("<ufs LUNum=\"none\"/>") }
  }

  private static let needed: [String: [String]] = [
    device: [
      "bBootEnable", "bDescrAccessEn", "bInitPowerMode", "bHighPriorityLUN", "bSecureRemovalType",
      "bInitActiveICCLevel", "wPeriodicRTCUpdate", "bConfigDescrLock",
    ],
    unit: [
      "bLUEnable", "bBootLunID", "size_in_kb", "bDataReliability", "bLUWriteProtect", "bMemoryType",
      "bLogicalBlockSize", "bProvisioningType", "wContextCapabilities",
    ],
    end: ["LUNtoGrow"],
  ]

  @Test(arguments: [(device, 1), (unit, 2), (end, 3)]) func `every attribute that the device needs is needed`(
    element: String, line: Int
  ) throws {
    for name in Self.needed[element] ?? [] {
      let start = try #require(element.range(of: " " + name + "="))
      let end = try #require(element[start.upperBound...].dropFirst().firstIndex(of: "\""))
      var without = element
      without.removeSubrange(start.lowerBound...end)
      let elements = [Self.device, Self.unit, Self.end].map { $0 == element ? without : $0 }
      #expect(throws: FirehoseProvisioningError.element(.missingAttribute(element: "ufs", name: name), line: line)) {
        try layout(elements[0], elements[1], elements[2])
      }
    }
  }

  @Test func `a unit's description, the storage's number and a vendor's code may be left out`() throws {
    let unit = Self.unit.replacing(#" desc="a""#, with: "")
    #expect(try layout(Self.device, unit, Self.end).units.count == 1)
    let device = Self.device.replacing("/>", with: #" slot="0" qVendorConfigCode="0x10"/>"#)
    #expect(try layout(device, Self.unit, Self.end).device.number("qVendorConfigCode") == 16)
  }

  @Test func `the write booster's attributes come all three or not at all`() throws {
    let two = #" bWriteBoosterBufferPreserveUserSpaceEn="1" bWriteBoosterBufferType="1""#
    let device = Self.device.replacing("/>", with: two + "/>")
    #expect(
      throws: FirehoseProvisioningError.element(
        .missingAttribute(element: "ufs", name: "shared_wb_buffer_size_in_kb"), line: 1)
    ) { try layout(device, Self.unit, Self.end) }
    let whole = Self.device.replacing("/>", with: two + #" shared_wb_buffer_size_in_kb="4194304"/>"#)
    #expect(try layout(whole, Self.unit, Self.end).device.attributes.count == 12)
  }

  @Test(
    arguments: [
      (#"bBootLunID="1""#, "bBootLunID", "3"), (#"bMemoryType="3""#, "bMemoryType", "256"),
      (#"wContextCapabilities="0""#, "wContextCapabilities", "0x10000"), (#"size_in_kb="1024""#, "size_in_kb", "1 MB"),
      (#"LUNum="0""#, "LUNum", "256"),
    ])
  func `numbers stay within their width and their meaning`(old: String, name: String, value: String) throws {
    let unit = Self.unit.replacing(old, with: "\(name)=\"\(value)\"")
    #expect(
      throws: FirehoseProvisioningError.element(
        .invalidAttribute(element: "ufs", name: name, value: value), line: 2)
    ) { try layout(Self.device, unit, Self.end) }
  }
}

extension String {
  fileprivate func range(of text: String) -> Range<String.Index>? {
    indices.first { self[$0...].hasPrefix(text) }.map { $0..<index($0, offsetBy: text.count) }
  }

  fileprivate func replacing(_ old: String, with new: String) -> String {
    guard let place = range(of: old) else { return self }
    return replacingSubrange(place, with: new)
  }

  private func replacingSubrange(_ place: Range<String.Index>, with new: String) -> String {
    String(self[..<place.lowerBound]) + new + String(self[place.upperBound...])
  }
}
