/// What a device told at the start of a session. Source: `docs/protocols/mkii.md` 6 and 7.
public struct MkIIAnswers: Equatable, Sendable {
  /// `2` or `1.8`; a text, not a number, and never empty.
  public var protocolVersion: String
  /// `RX-51`; empty when the device does not know.
  public var productCode: String
  /// Decimal, 0…9999; empty when the device does not know.
  public var hardwareBuild: String
  public var supportedImages: [String]
  /// `nil` when the version has no such item or the device refused it.
  public var softwareRelease: String?

  public init(
    protocolVersion: String, productCode: String, hardwareBuild: String, supportedImages: [String],
    softwareRelease: String? = nil
  ) {
    self.protocolVersion = protocolVersion
    self.productCode = productCode
    self.hardwareBuild = hardwareBuild
    self.supportedImages = supportedImages
    self.softwareRelease = softwareRelease
  }

  /// The version for which every item and message is known.
  public static let knownVersion = "2"

  /// The names of a comma list, without empty ones.
  static func list(_ text: String) -> [String] {
    text.split(separator: ",").map { String($0.drop { $0 == " " }) }.filter { !$0.isEmpty }
  }

  /// Whether `text` is what `/device/hw_build` may say.
  static func isHardwareBuild(_ text: String) -> Bool {
    text.isEmpty || text.utf8.count <= 4 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }
}

/// The items with a known name. Source: `docs/protocols/mkii.md` 7.
public enum MkIIItem: String, Sendable, CaseIterable {
  case protocolVersion = "/update/protocol_version"
  case hostProtocolVersion = "/update/host_protocol_version"
  case productCode = "/device/product_code"
  case hardwareBuild = "/device/hw_build"
  case supportedImages = "/update/supported_images"
  case softwareRelease = "/version/sw_release"
}
