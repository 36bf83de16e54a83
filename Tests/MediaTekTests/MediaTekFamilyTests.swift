import FlashCore
import MediaTek
import Testing
import USBWire

@Suite struct `MediaTek family` {
  let family = MediaTekFamily()

  @Test(
    "names the mode of every download id of mtk-brom.md 2.1",
    arguments: [
      (0x0E8D, 0x0003, "boot ROM"), (0x0E8D, 0x2000, "preloader"), (0x0E8D, 0x2001, "DA"),
      (0x0E8D, 0x20FF, "preloader"), (0x0E8D, 0x3000, "preloader"), (0x0E8D, 0x6000, "preloader"),
      (0x1004, 0x6000, "preloader"), (0x1004, 0x61F1, "boot ROM or preloader"), (0x22D9, 0x0006, "preloader"),
      (0x17EF, 0x201C, "boot ROM or preloader"), (0x0FCE, 0xF200, "boot ROM"), (0x0FCE, 0xD1E9, "boot ROM"),
      (0x0FCE, 0xD1E2, "boot ROM"), (0x0FCE, 0xD1EC, "boot ROM"), (0x0FCE, 0xD1DD, "boot ROM"),
    ] as [(UInt16, UInt16, String)])
  func modes(vendor: UInt16, product: UInt16, mode: String) {
    #expect(
      family.recognise(device(vendor, product))
        == RecognisedMode(family: "mediatek", mode: mode, isSupported: true))
  }

  @Test(
    "takes no USB-serial chip for a phone",
    arguments: [
      (0x0403, 0x6001), (0x1A86, 0x55D3), (0x1A86, 0x7523), (0x1A86, 0x5523), (0x1A86, 0x5512), (0x4348, 0x5523),
      (0x10C4, 0xEA60), (0x11CA, 0x0211),
    ] as [(UInt16, UInt16)])
  func bridges(vendor: UInt16, product: UInt16) {
    #expect(family.identities.contains { $0.vendorID == vendor && $0.productID == product && !$0.isDistinctive })
    #expect(family.recognise(device(vendor, product)) == nil)
  }

  @Test func `does not list the ids of a running Android`() {
    #expect(!family.identities.contains { $0.vendorID == 0x0BB4 })
  }

  @Test func `recognises an unlisted product of a known vendor by its lone CDC-ACM pair`() throws {
    var unknown = device(0x0E8D, 0x4321)
    #expect(family.recognise(unknown) == nil)
    unknown.configuration = try Self.classicPreloader
    #expect(family.recognise(unknown)?.mode == "boot ROM or preloader")
  }

  @Test func `leaves the same descriptors of another vendor alone`() throws {
    var stranger = device(0x2341, 0x0043)
    stranger.configuration = try Self.classicPreloader
    #expect(family.recognise(stranger) == nil)
  }

  @Test func `leaves a composite of a known vendor alone`() throws {
    var phone = device(0x0E8D, 0x4321)
    var configuration = try Self.classicPreloader
    configuration.settings.append(InterfaceDescriptor(number: 2, class: 0x08, subclass: 6, protocol: 0x50))
    phone.configuration = configuration
    #expect(family.recognise(phone) == nil)
  }

  @Test func `tells a feature phone's COM port from a boot ROM by its interrupt endpoint`() throws {
    var phone = device(0x0E8D, 0x0003)
    phone.configuration = try ConfigurationDescriptor(hex: Self.featurePhone)
    #expect(family.recognise(phone)?.mode == "COM port")
    phone.configuration = try Self.classicPreloader
    #expect(family.recognise(phone)?.mode == "boot ROM")
  }

  @Test func `plans nothing`() throws {
    #expect(try family.plan(PlanRequest(descriptors: ["MT6765_Android_scatter.txt"]), for: nil) == nil)
  }

  private func device(_ vendor: UInt16, _ product: UInt16) -> USBDeviceInfo {
    USBDeviceInfo(portPath: "1-4", bus: 1, address: 7, vendorID: vendor, productID: product)
  }

  /// `mtk-brom.md` 2.2, byte for byte.
  static var classicPreloader: ConfigurationDescriptor {
    get throws {
      try ConfigurationDescriptor(
        hex: """
          09 02 43 00 02 01 03 C0 FA
          09 04 00 00 02 0A 00 00 04   07 05 81 02 00 02 00   07 05 01 02 00 02 00
          09 04 01 00 01 02 02 01 05   05 24 00 10 01   04 24 02 0F   05 24 06 01 00   05 24 01 03 00
          07 05 83 03 40 00 10
          """)
    }
  }

  /// The row "feature-phone COM mode" of `mtk-brom.md` 2.2.
  static let featurePhone = """
    09 02 43 00 02 01 03 C0 FA
    09 04 00 00 02 0A 00 00 04   07 05 81 02 40 00 00   07 05 01 02 40 00 00
    09 04 01 00 01 02 02 01 05   05 24 00 10 01   04 24 02 0F   05 24 06 01 00   05 24 01 03 00
    07 05 84 03 10 00 10
    """
}

extension ConfigurationDescriptor {
  /// A configuration written as hexadecimal bytes between white space.
  init(hex: String) throws {
    let bytes = hex.split(whereSeparator: \.isWhitespace).compactMap { UInt8($0, radix: 16) }
    self = try ConfigurationDescriptor(parsing: bytes.span.bytes)
  }
}
