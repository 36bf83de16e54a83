import FlashCore
import Testing

@testable import flashctl

@Suite struct `Udev rules` {
  let lines: [String]
  /// Rules of USB devices with the `vendor:product` that they match, in the order of the file.
  let usbRules: [(id: String, rule: String)]

  init() {
    lines = UdevRules.text(for: Families.all)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let usbRule =
      /SUBSYSTEM=="usb", ENV\{DEVTYPE\}=="usb_device", ATTR\{idVendor\}=="(....)", ATTR\{idProduct\}=="(....)".*/
    usbRules = lines.filter { $0.hasPrefix("SUBSYSTEM") }.compactMap { line in
      line.wholeMatch(of: usbRule).map { ("\($0.1):\($0.2)", line) }
    }
  }

  @Test func `every identity of every family has exactly one rule that gives access`() {
    for family in Families.all {
      for identity in family.identities {
        let rules = usbRules(of: identity.vendorID, identity.productID)
        #expect(rules.count == 1, "\(USBDeviceInfo.identifier(identity.vendorID, identity.productID))")
        #expect(rules.allSatisfy { $0.contains(#"MODE="0660", GROUP="plugdev", TAG+="uaccess""#) })
      }
    }
  }

  @Test func `no two families claim the same id`() {
    let families = Families.all
    let ids = families.flatMap { family in
      Set(family.identities.map { USBDeviceInfo.identifier($0.vendorID, $0.productID) })
    }
    #expect(ids.count == Set(ids).count)
  }

  @Test func `ModemManager is kept from download modes and not from modems that run`() {
    #expect(usbRules(of: 0x0421, 0x01C8).allSatisfy { $0.hasSuffix(#"ENV{ID_MM_DEVICE_IGNORE}="1""#) })
    #expect(usbRules(of: 0x05C6, 0x9008).allSatisfy { $0.hasSuffix(#"ENV{ID_MM_DEVICE_IGNORE}="1""#) })
    #expect(usbRules(of: 0x2C7C, 0x0125).allSatisfy { !$0.contains("ID_MM") })
    #expect(usbRules(of: 0x0403, 0x6001).allSatisfy { !$0.contains("ID_MM") })
  }

  @Test func `serial ports of a boot ROM are hidden from ModemManager, those of a USB-serial chip are not`() {
    let ttys = lines.filter { $0.hasPrefix(#"SUBSYSTEM=="tty""#) }
    let bootROM = ttys.filter { $0.contains(#"=="0e8d""#) }
    #expect(bootROM.count == 1)
    #expect(bootROM.allSatisfy { $0.contains(#"ENV{ID_MM_PORT_IGNORE}="1""#) && $0.contains("0003|2000") })
    let bridges = ttys.filter { $0.contains(#"=="0403""#) }
    #expect(bridges.count == 1)
    #expect(bridges.allSatisfy { !$0.contains("ID_MM") && $0.contains(#"TAG+="uaccess""#) })
  }

  @Test func `an id that two families list gets one rule that names both`() {
    let rules = UdevRules.text(for: [Listing(name: "one"), Listing(name: "two")]).split(separator: "\n")
    #expect(rules.filter { $0.contains(#"ATTR{idProduct}=="0105""#) }.count == 1)
    #expect(rules.contains("# one, NOLO: N900 (a.md 1); two, NOLO: N900 (a.md 1)"))
  }

  @Test func `rules are sorted by id`() {
    let ids = usbRules.map(\.id)
    #expect(ids == ids.sorted())
    #expect(!ids.isEmpty)
  }

  @Test func `every line is a comment or a list of udev's keys, operators and quoted values`() {
    for line in lines where !line.isEmpty && !line.hasPrefix("#") {
      #expect(isRule(line), "\(line)")
    }
  }

  @Test func `every GOTO has its label after it`() throws {
    let label = try #require(lines.lastIndex(of: #"LABEL="flashctl_end""#))
    let jump = try #require(lines.firstIndex { $0.hasSuffix(#"GOTO="flashctl_end""#) })
    #expect(jump < label)
  }

  // MARK: -

  private func usbRules(of vendor: UInt16, _ product: UInt16) -> [String] {
    usbRules.filter { $0.id == USBDeviceInfo.identifier(vendor, product) }.map(\.rule)
  }

  /// udev(7): match keys with `==` or `!=`, assignments with `=` or `+=`.
  private func isRule(_ line: String) -> Bool {
    let match = #/(SUBSYSTEMS?|ACTION|ENV\{[A-Z_]+\}|ATTRS?\{[A-Za-z]+\})[!=]="[^"]+"/#
    let assignment = #/(MODE|GROUP|GOTO|LABEL|ENV\{[A-Z_]+\})="[^"]+"|TAG\+="[^"]+"/#
    var isAssigning = false
    for part in line.split(separator: ", ") {
      if part.wholeMatch(of: assignment) != nil {
        isAssigning = true
      } else if isAssigning || part.wholeMatch(of: match) == nil {
        return false
      }
    }
    return isAssigning
  }
}

/// A family that lists one device and nothing else.
private struct Listing: DeviceFamily {
  var name: String
  var identities: [USBIdentity] { [USBIdentity(0x0421, 0x0105, mode: "NOLO", devices: "N900", source: "a.md 1")] }

  func connect(_ connection: Connection) async throws -> any FlashTarget {
    throw OpenError.notFound(selector: nil, seen: [])
  }

  func plan(_ request: PlanRequest, for device: DeviceIdentity?) throws -> FlashPlan? { nil }
}
