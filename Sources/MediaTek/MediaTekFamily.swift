public import FlashCore
import FlashImages
import USBWire

/// MediaTek phones, tablets and modules: boot ROM, preloader and Download Agents.
///
/// This version speaks to boot ROMs and preloaders, and to XFlash and XML agents.
public struct MediaTekFamily: DeviceFamily {
  static let name = "mediatek"

  /// Limits and sizes of the sessions. A connection's own `timeout` replaces the limits on silence.
  public var policy: BootROMPolicy

  public init(policy: BootROMPolicy = BootROMPolicy()) { self.policy = policy }

  public var name: String { Self.name }
  public var identities: [USBIdentity] { MediaTekIdentities.all }
  /// Modules whose boot ROM listens on a UART, and USB devices by the port that the kernel made of them.
  public func speaks(over scheme: String) -> Bool { scheme == "tty" }
  public func recognises(loader path: String) -> Bool { AgentArchive.isArchive(at: path) }

  /// Recognises a listed id, and a device that is a CDC-ACM pair and nothing else of a vendor whose boot ROMs
  /// and preloaders carry other product ids too.
  ///
  /// Feature phones show the boot ROM's id in their "COM port" mode, which never answers the handshake; the layout
  /// of their interrupt endpoint gives them away. Source: `mtk-brom.md` 2.1, 2.2.
  public func recognise(_ device: USBDeviceInfo) -> RecognisedMode? {
    if device.vendorID == 0x0E8D, device.productID == 0x0003, device.configuration?.isFeaturePhonePort == true {
      return RecognisedMode(family: name, mode: "COM port", isSupported: false)
    }
    if let listed = identities.first(where: {
      $0.vendorID == device.vendorID && $0.productID == device.productID
    }) {
      return listed.isDistinctive
        ? RecognisedMode(family: name, mode: listed.mode, isSupported: listed.isSupported) : nil
    }
    guard Self.vendorsWithOwnProducts.contains(device.vendorID), device.configuration?.isDownloadPort == true else {
      return nil
    }
    return RecognisedMode(family: name, mode: "boot ROM or preloader", isSupported: true)
  }

  /// MediaTek, LG, OPPO, Sony, Lenovo (`mtk-brom.md` 2.1).
  private static let vendorsWithOwnProducts: Set<UInt16> = [0x0E8D, 0x1004, 0x22D9, 0x0FCE, 0x17EF]

  /// Opens the channel and gets in step with the device. Throws `BootROMError`; the link is closed then.
  public func connect(_ connection: Connection) async throws -> any FlashTarget {
    try await MediaTekTarget(connecting: connection, policy: policy)
  }
}

extension ConfigurationDescriptor {
  /// A CDC-ACM pair and nothing else: a communication interface 02/02, and a data interface 0A with bulk IN and OUT,
  /// in either order (`mtk-brom.md` 2.2). Phones that run Android have more interfaces than this.
  fileprivate var isDownloadPort: Bool {
    interfaceCount == 2
      && settings.contains { $0.interfaceClass == 0x02 && $0.interfaceSubclass == 0x02 }
      && settings.contains { setting in
        let bulk = setting.endpoints.filter { $0.transferType == .bulk }
        return setting.interfaceClass == 0x0A && bulk.contains { $0.address.isInput }
          && bulk.contains { !$0.address.isInput }
      }
  }

  /// The data interface first, and an interrupt endpoint 84 of 16 bytes (`mtk-brom.md` 2.2, "feature-phone COM mode").
  fileprivate var isFeaturePhonePort: Bool {
    settings.first?.interfaceClass == 0x0A
      && settings.contains { setting in
        setting.endpoints.contains {
          $0.transferType == .interrupt && $0.address.rawValue == 0x84 && $0.maximumPacketSize == 16
        }
      }
  }
}
