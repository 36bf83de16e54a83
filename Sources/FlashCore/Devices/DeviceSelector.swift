import USBWire

/// Which device the user means (`--device`, `FLASHCTL_DEVICE`, batch files).
public enum DeviceSelector: Equatable, Sendable, CustomStringConvertible {
  /// `usb:1-4.2`
  case usbPort(String)
  /// `usb:05c6:9008`, four hexadecimal digits each.
  case usbIdentity(vendorID: UInt16, productID: UInt16)
  /// `usb:3:17`, at most three decimal digits each.
  case usbAddress(bus: Int, address: Int)
  /// `serial:0AA94EFD`: iSerial, or the `_SN:` part of a Qualcomm product string.
  case serialNumber(String)
  /// `product:STRING`: the whole iProduct string.
  case product(String)
  /// `tcp:HOST:PORT`
  case tcp(host: String, port: UInt16)
  /// `usbip:HOST[:PORT]/BUSID`: a device that a USB/IP server exports, by the bus id it has there (`1-1`).
  case usbip(host: String, port: UInt16, busID: String)
  /// `sim:MODEL[,KEY=VALUE]…`
  case simulated(model: String, options: [SimulatedOption])
  /// A scheme that DESIGN knows and this version does not serve yet: `tty`.
  case unserved(scheme: String, text: String)

  public struct SimulatedOption: Equatable, Sendable {
    public var key: String
    public var value: String

    public init(key: String, value: String) {
      self.key = key
      self.value = value
    }
  }

  /// Why a text is no selector.
  public struct ParseError: Error, Equatable, Sendable {
    public var text: String
    /// The part that is wrong: `scheme`, `port path`, `host`, `port`, `bus id`, `model`, `option`.
    public var part: String

    public init(text: String, part: String) {
      self.text = text
      self.part = part
    }
  }

  public init(parsing text: String) throws(ParseError) {
    guard let colon = text.firstIndex(of: ":") else { throw ParseError(text: text, part: "scheme") }
    let rest = String(text[text.index(after: colon)...])
    switch text[..<colon] {
    case "usb": self = try Self.usb(rest, text: text)
    case "serial" where !rest.isEmpty: self = .serialNumber(rest)
    case "product" where !rest.isEmpty: self = .product(rest)
    case "tcp": self = try Self.tcp(rest, text: text)
    case "sim": self = try Self.simulated(rest, text: text)
    case "usbip": self = try Self.usbip(rest, text: text)
    case "tty": self = .unserved(scheme: String(text[..<colon]), text: text)
    case "serial", "product": throw ParseError(text: text, part: "value")
    default: throw ParseError(text: text, part: "scheme")
    }
  }

  private static func usb(_ rest: String, text: String) throws(ParseError) -> Self {
    let fields = rest.split(separator: ":", omittingEmptySubsequences: false)
    if fields.count == 2 {
      if fields.allSatisfy({ $0.utf8.count == 4 && $0.utf8.allSatisfy(\.isHexDigit) }),
        let vendor = UInt16(fields[0], radix: 16), let product = UInt16(fields[1], radix: 16)
      {
        return .usbIdentity(vendorID: vendor, productID: product)
      }
      if fields.allSatisfy({ (1...3).contains($0.utf8.count) && $0.utf8.allSatisfy(\.isDecimalDigit) }),
        let bus = Int(fields[0]), let address = Int(fields[1])
      {
        return .usbAddress(bus: bus, address: address)
      }
      throw ParseError(text: text, part: "USB ids or address")
    }
    guard fields.count == 1, isPortPath(rest) else { throw ParseError(text: text, part: "port path") }
    return .usbPort(rest)
  }

  /// `1-4`, `1-4.2.3`: a bus, then ports.
  private static func isPortPath(_ text: String) -> Bool {
    let halves = text.split(separator: "-", omittingEmptySubsequences: false)
    guard halves.count == 2, !halves[0].isEmpty, halves[0].utf8.allSatisfy(\.isDecimalDigit) else { return false }
    return halves[1].split(separator: ".", omittingEmptySubsequences: false)
      .allSatisfy { !$0.isEmpty && $0.utf8.count <= 3 && $0.utf8.allSatisfy(\.isDecimalDigit) }
  }

  private static func tcp(_ rest: String, text: String) throws(ParseError) -> Self {
    do throws(NetworkAddress.ParseError) {
      let address = try NetworkAddress(parsing: rest)
      return .tcp(host: address.host, port: address.port)
    } catch {
      throw ParseError(text: text, part: error.rawValue)
    }
  }

  private static func usbip(_ rest: String, text: String) throws(ParseError) -> Self {
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let busID = String(rest[slash...].dropFirst())
    guard isBusID(busID) else { throw ParseError(text: text, part: "bus id") }
    do throws(NetworkAddress.ParseError) {
      let server = try NetworkAddress(parsing: rest[..<slash], standardPort: USBIPOperation.standardPort)
      return .usbip(host: server.host, port: server.port, busID: busID)
    } catch {
      throw ParseError(text: text, part: error.rawValue)
    }
  }

  /// Printable characters that fit the protocol's field. Servers on other systems than Linux name devices as they like.
  private static func isBusID(_ text: String) -> Bool {
    (1...USBIPBusID.maximumByteCount).contains(text.utf8.count)
      && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "/") }
  }

  private static func simulated(_ rest: String, text: String) throws(ParseError) -> Self {
    let fields = rest.split(separator: ",", omittingEmptySubsequences: false)
    guard let model = fields.first, !model.isEmpty, !model.contains("=") else {
      throw ParseError(text: text, part: "model")
    }
    var options: [SimulatedOption] = []
    for field in fields.dropFirst() {
      guard let equals = field.firstIndex(of: "="), equals != field.startIndex else {
        throw ParseError(text: text, part: "option '\(field)'")
      }
      options.append(
        SimulatedOption(key: String(field[..<equals]), value: String(field[field.index(after: equals)...])))
    }
    return .simulated(model: String(model), options: options)
  }

  public var description: String {
    switch self {
    case .usbPort(let path): "usb:" + path
    case .usbIdentity(let vendor, let product): "usb:" + USBDeviceInfo.identifier(vendor, product)
    case .usbAddress(let bus, let address): "usb:\(bus):\(address)"
    case .serialNumber(let text): "serial:" + text
    case .product(let text): "product:" + text
    case .tcp(let host, let port): "tcp:\(NetworkAddress(host: host, port: port))"
    case .usbip(let host, let port, let busID): "usbip:\(NetworkAddress(host: host, port: port))/\(busID)"
    case .simulated(let model, let options):
      (["sim:" + model] + options.map { $0.key + "=" + $0.value }).joined(separator: ",")
    case .unserved(_, let text): text
    }
  }
}

extension UInt8 {
  fileprivate var isDecimalDigit: Bool { (0x30...0x39).contains(self) }
  fileprivate var isHexDigit: Bool {
    isDecimalDigit || (0x41...0x46).contains(self) || (0x61...0x66).contains(self)
  }
}
