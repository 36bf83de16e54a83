/// A device as the kernel has it once it can be opened.
public struct EnumeratedDevice: Equatable, Sendable {
  /// `3-1`.
  public var portPath: String
  public var vendorID: UInt16
  public var productID: UInt16
}

extension EnumeratedDevice {
  /// Looks at a port's device; a missing step means that the kernel has not got so far.
  static func look(
    at port: VHCIStatus.Port?, in files: SystemFiles
  ) -> Result<EnumeratedDevice, Unfinished> {
    guard let port, port.state == .used, let portPath = port.portPath else { return .failure(.init(missing: .address)) }
    let folder = "/sys/bus/usb/devices/\(portPath)"
    func number(_ name: String, radix: Int = 10) -> Int? {
      files.line(folder + "/" + name).flatMap { Int($0, radix: radix) }
    }
    guard let vendor = number("idVendor", radix: 16).flatMap(UInt16.init(exactly:)),
      let product = number("idProduct", radix: 16).flatMap(UInt16.init(exactly:)),
      let bus = number("busnum"), let device = number("devnum")
    else { return .failure(.init(missing: .descriptors)) }
    guard let configuration = number("bConfigurationValue"), configuration > 0 else {
      return .failure(.init(missing: .configuration))
    }
    guard files.exists("/dev/bus/usb/\(threeDigits(bus))/\(threeDigits(device))") else {
      return .failure(.init(missing: .node))
    }
    return .success(EnumeratedDevice(portPath: portPath, vendorID: vendor, productID: product))
  }

  /// How far the kernel has not got.
  struct Unfinished: Error, Equatable {
    var missing: VHCIError.EnumerationStep
  }

  private static func threeDigits(_ number: Int) -> String {
    let digits = "\(number)"
    return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
  }
}
