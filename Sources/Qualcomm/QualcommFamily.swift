public import FlashCore

/// Qualcomm phones and modems: Sahara, Firehose, dload, streaming download and DIAG.
///
/// This version recognises their modes and cannot talk to them yet.
public struct QualcommFamily: DeviceFamily {
  public init() {}

  public var name: String { "qualcomm" }
  public var identities: [USBIdentity] { QualcommIdentities.all }

  /// Recognises a listed id where it tells; else, for listed ids and every device of vendor 05c6, goes by the
  /// interfaces. A composite whose descriptors could not be read is not guessed at.
  public func recognise(_ device: USBDeviceInfo) -> RecognisedMode? {
    let listed = identities.first { $0.vendorID == device.vendorID && $0.productID == device.productID }
    if let listed, listed.isDistinctive {
      return RecognisedMode(family: name, mode: listed.mode, isSupported: listed.isSupported)
    }
    guard listed != nil || device.vendorID == 0x05C6, let configuration = device.configuration,
      let mode = QualcommInterfaceMode(configuration)
    else { return nil }
    return RecognisedMode(family: name, mode: mode.rawValue, isSupported: false)
  }

  /// Throws `OpenError.unsupported`: the mode is recognised and no protocol of the family is built yet.
  public func connect(_ connection: Connection) async throws -> any FlashTarget {
    throw OpenError.unsupported(selector: connection.link.name, reason: "no Qualcomm protocol in this version")
  }

  /// `nil`: the family's descriptor files (rawprogram, patch, contents.xml) are not read yet.
  public func plan(_ request: PlanRequest, for device: DeviceIdentity?) throws -> FlashPlan? { nil }
}
