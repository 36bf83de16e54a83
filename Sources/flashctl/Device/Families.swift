import FlashCore
import MediaTek
import MkII
import Qualcomm
import USBTransport

/// The families this program knows: discovery, sessions, plans and udev rules all go through this list.
enum Families {
  static let all: [any DeviceFamily] = [MkIIFamily(), MediaTekFamily(), QualcommFamily()]

  /// What a device on the bus is in, or `nil` when no family knows it.
  @Sendable static func recognise(_ device: USBDeviceInfo) -> RecognisedMode? {
    for family in all {
      if let mode = family.recognise(device) { return mode }
    }
    return nil
  }

  static func named(_ name: String) -> (any DeviceFamily)? { all.first { $0.name == name } }

  /// The family whose ids the USB device behind a serial port has; `nil` for every other selector, and where nothing tells.
  static func familyName(behind selector: DeviceSelector) -> String? {
    guard case .unserved("tty", let text) = selector,
      let device = SerialPort.usbDevice(behind: String(text.dropFirst("tty:".count)))
    else { return nil }
    return all.first { family in
      family.identities.contains { $0.vendorID == device.vendorID && $0.productID == device.productID }
    }?.name
  }

  /// The family that one of the user's loaders is for, where its content says so: what tells whose a bare serial port is.
  static func familyName(of loaders: [String]) -> String? {
    all.first { family in loaders.contains { family.recognises(loader: $0) } }?.name
  }

  /// The family that talks over an open link.
  ///
  /// A device that none knows has been chosen by its ids: it is what the command is about. Of a stream it cannot be told:
  /// the same, or the family of the port's own device, else the first that speaks over such.
  static func family(for link: any Link, scheme: String, preferring name: String? = nil) -> (any DeviceFamily)? {
    switch link.kind {
    case .usb(let device): (recognise(device)?.family ?? name).flatMap(named)
    case .stream:
      all.first { $0.name == name && $0.speaks(over: scheme) } ?? all.last { $0.speaks(over: scheme) }
    }
  }
}
