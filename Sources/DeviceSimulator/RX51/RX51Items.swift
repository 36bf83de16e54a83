import MkII

/// The items that GET and TELL know. Source: `docs/protocols/mkii.md` 7.
enum RX51Items {
  static let hostProtocolVersion = "/update/host_protocol_version"
  static let supportedImages = "/update/supported_images"

  static func values(of settings: RX51Settings, quirks: RX51Quirks) -> [String: String] {
    var values = [
      "/update/protocol_version": settings.protocolVersion,
      "/device/product_code": settings.productCode,
      "/device/hw_build": settings.hardwareBuild.text,
      supportedImages: supportedImages(of: settings, quirks: quirks),
    ]
    // Only servers of version 2 are known to have it.
    if settings.protocolVersion == "2" { values["/version/sw_release"] = settings.softwareRelease }
    for item in settings.extraItems.items { values[item.name] = item.value }
    return values
  }

  /// The list, padded with a name no host knows where a quirk wants a reply of a certain length.
  private static func supportedImages(of settings: RX51Settings, quirks: RX51Quirks) -> String {
    let list = settings.supportedImages.names.joined(separator: ",")
    let replyByteCount = quirks.reply512 ? 512 : quirks.oversizeReply ? 3000 : 0
    let paddingByteCount = replyByteCount - MkIIMessage.headerByteCount - 1 - list.utf8.count
    guard paddingByteCount > 1 else { return list }
    return list + "," + String(repeating: "x", count: paddingByteCount - 1)
  }
}
