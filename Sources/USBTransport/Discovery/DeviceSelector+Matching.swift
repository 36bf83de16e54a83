public import FlashCore
import WireFormat

extension DeviceSelector {
  /// Whether this selector means `device`; never true for selectors that are none of USB.
  public func matches(_ device: USBDeviceInfo) -> Bool {
    switch self {
    case .usbPort(let path): device.portPath == path
    case .usbIdentity(let vendor, let product): device.vendorID == vendor && device.productID == product
    case .usbAddress(let bus, let address): device.bus == bus && device.address == address
    case .serialNumber(let text): device.serialNumbers.contains { $0.lowercased() == text.lowercased() }
    case .product(let text): device.product == text
    case .tcp, .usbip, .simulated, .unserved: false
    }
  }
}

extension USBDeviceInfo {
  /// Every form in which a person may know the serial number.
  ///
  /// - iSerial as the device gives it;
  /// - what it decodes to, where it is the ASCII-hex coding of a text (`docs/protocols/mkii.md` 2.4);
  /// - the part after `_SN:` of a Qualcomm product string such as `QUSB_BULK_CID:0414_SN:0AA94EFD`, whose devices have
  ///   no iSerial.
  public var serialNumbers: [String] {
    var numbers: [String] = []
    if let serialNumber {
      numbers.append(serialNumber)
      if let decoded = Self.decodedHex(serialNumber) { numbers.append(decoded) }
    }
    if let product, let range = product.firstRange(of: "_SN:") {
      numbers.append(String(product[range.upperBound...].prefix { $0 != "_" }))
    }
    return numbers.filter { !$0.isEmpty }
  }

  /// The text that pairs of hex digits code, when all of them give printable characters.
  private static func decodedHex(_ text: String) -> String? {
    guard let bytes = Hex.bytes(text), !bytes.isEmpty, bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      return nil
    }
    let decoded = String(decoding: bytes, as: UTF8.self)
    return String(decoded.reversed().drop { $0 == " " }.reversed())
  }

  /// `usb:1-4 0421:01c8 N900 (PC-Suite Mode)`: one line of a list of candidates.
  var candidate: String { ([selector, identifier] + (product.map { [$0] } ?? [])).joined(separator: " ") }
}
