import FlashCore
import MkII
import Testing
import USBWire

@Suite("Recognising devices (2.1–2.4)")
struct RecognitionTests {
  private let family = MkIIFamily()

  private func device(_ productID: UInt16, _ change: (inout USBDeviceInfo) -> Void = { _ in }) -> USBDeviceInfo {
    var device = USBDeviceInfo.rx51
    device.productID = productID
    change(&device)
    return device
  }

  @Test func `update mode and PC Suite mode differ by iConfiguration only`() {
    #expect(family.recognise(device(0x01C8)) == RecognisedMode(family: "mkii", mode: "update", isSupported: true))
    for name in ["PC-Suite Configuration", "firmware upgrade configuration", ""] {
      let mode = family.recognise(device(0x01C8) { $0.configurationName = name })?.mode
      #expect(mode == "PC Suite")
    }
    #expect(family.recognise(device(0x03D2) { $0.configurationName = nil })?.mode == "unknown")
  }

  @Test func `NOLO and the boot ROM are recognised but not supported yet`() {
    #expect(family.recognise(device(0x0105)) == RecognisedMode(family: "mkii", mode: "NOLO", isSupported: false))
    #expect(family.recognise(device(0x0106)) == RecognisedMode(family: "mkii", mode: "cold flash", isSupported: false))
  }

  @Test func `U-Boot's serial gadget has Nokia's id and no alternate setting 1: it is not ours`() {
    #expect(family.recognise(device(0x01C8) { $0.configuration?.settings.removeAll { $0.alternate == 1 } }) == nil)
    #expect(family.recognise(device(0x01C8) { $0.configuration?.settings.removeAll { $0.number != 1 } }) == nil)
  }

  @Test func `a device whose descriptors could not be read is taken for what its id says`() {
    #expect(family.recognise(device(0x01C8) { $0.configuration = nil })?.isSupported == true)
  }

  @Test(
    "modes that are none for flashing are not listed", arguments: [0x01C7, 0x0096, 0x051A, 0x0519, 0x04C3] as [UInt16])
  func otherModes(productID: UInt16) {
    #expect(family.recognise(device(productID)) == nil)
    #expect(!family.identities.contains { $0.productID == productID })
  }

  @Test func `the same product id of another vendor is not ours`() {
    #expect(family.recognise(device(0x01C8) { $0.vendorID = 0x0525 }) == nil)
  }

  @Test(
    "product strings name models",
    arguments: [
      ("N900 (PC-Suite Mode)", "RX-51"), ("Nokia N900 (Update mode)", "RX-51"), ("N900 (U-Boot)", "RX-51"),
      ("Nokia N950", "RM-680"), ("N9 (Update mode)", "RM-696"), ("Nokia N9 RNDIS/Ethernet", "RM-696"),
      ("Nokia 770 (Update mode)", "SU-18"), ("Nokia N800 Internet Tablet", "RX-34"),
      ("Nokia N810 Internet Tablet", "RX-44"), ("Nokia N810 Internet Tablet WiMAX Edition", "RX-48"),
      ("Nokia-RX48 (Update mode)", "RX-48"), ("Nxy (Update mode)", nil), ("Sync Mode", nil), ("Nokia USB ROM", nil),
    ] as [(String, String?)])
  func models(product: String, code: String?) {
    #expect(MkIIModel.code(inProduct: product) == code)
  }

  @Test func `serial numbers of printable hexadecimal pairs are shown decoded`() {
    #expect(MkIISerialNumber.display("4E39303020") == "N900 ")
    for text in ["", "4E3", "4E00", "N900", "+1+2"] { #expect(MkIISerialNumber.display(text) == text) }
  }
}
