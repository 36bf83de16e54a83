import FlashCore

/// Every USB identity of MediaTek's boot ROM, preloader and Download Agents.
///
/// The Download Agent keeps the identity of whoever started it; only one that changes the USB speed returns as
/// 0e8d:2001. Manufacturers may give boot ROM and preloader ids of their own (the GFH block BROM_CFG), so a device
/// that is not listed can still be one: `MediaTekFamily.recognise` looks at its descriptors too.
///
/// Left out: the ids of a running phone (0bb4:0c03, 0bb4:0005, …), which are no download modes.
/// Source: `mtk-brom.md` 2.1; `mtk-xflash.md` 2.1 and `mtk-xml.md` 2.1 list the same devices.
enum MediaTekIdentities {
  static let all: [USBIdentity] = mediaTek + manufacturers + serialBridges

  private static let mediaTek: [USBIdentity] = [
    USBIdentity(
      0x0E8D, 0x0003, mode: "boot ROM", devices: "MediaTek devices without a preloader or with the download key held",
      isSupported: true, source: "mtk-brom.md 2.1"),
    USBIdentity(
      0x0E8D, 0x2000, mode: "preloader", devices: "MediaTek devices at power-on", isSupported: true,
      source: "mtk-brom.md 2.1"),
    USBIdentity(
      0x0E8D, 0x2001, mode: "DA", devices: "MediaTek devices after a change of USB speed; a few preloaders",
      isSupported: true, source: "mtk-brom.md 2.1"),
    USBIdentity(
      0x0E8D, 0x20FF, mode: "preloader", devices: "OPPO, realme", isSupported: true, source: "mtk-brom.md 2.1"),
    USBIdentity(
      0x0E8D, 0x3000, mode: "preloader", devices: "MediaTek devices at power-on", isSupported: true,
      source: "mtk-brom.md 2.1"),
    USBIdentity(
      0x0E8D, 0x6000, mode: "preloader", devices: "MediaTek devices at power-on", isSupported: true,
      source: "mtk-brom.md 2.1"),
  ]

  private static let manufacturers: [USBIdentity] =
    [
      USBIdentity(0x1004, 0x6000, mode: "preloader", devices: "LG", isSupported: true, source: "mtk-brom.md 2.1"),
      USBIdentity(
        0x1004, 0x61F1, mode: "boot ROM or preloader", devices: "LG", isSupported: true, source: "mtk-brom.md 2.1"),
      USBIdentity(
        0x22D9, 0x0006, mode: "preloader", devices: "OPPO, realme", isSupported: true, source: "mtk-brom.md 2.1"),
      USBIdentity(
        0x17EF, 0x201C, mode: "boot ROM or preloader", devices: "Lenovo", isSupported: true, source: "mtk-brom.md 2.1"),
      sony(0xD1E9, "Sony Xperia XA1"),
      sony(0xD1EC, "Sony Xperia L1"),
      sony(0xD1DD, "Sony F3111"),
      sony(0xD1E2, "Sony"),
      sony(0xF200, "Sony"),
    ]

  private static func sony(_ product: UInt16, _ devices: String) -> USBIdentity {
    USBIdentity(0x0FCE, product, mode: "boot ROM", devices: devices, isSupported: true, source: "mtk-brom.md 2.1")
  }

  /// USB-serial chips in front of a boot ROM that listens on a UART: ordinary chips, so the id says nothing.
  private static let serialBridges: [USBIdentity] = [
    bridge(0x0403, 0x6001, "FTDI"),
    bridge(0x10C4, 0xEA60, "Silicon Labs CP210x"),
    bridge(0x11CA, 0x0211, "VeriFone"),
    bridge(0x1A86, 0x5512, "WCH CH341"),
    bridge(0x1A86, 0x5523, "WCH CH341"),
    bridge(0x1A86, 0x55D3, "WCH CH343"),
    bridge(0x1A86, 0x7523, "WCH CH340"),
    bridge(0x4348, 0x5523, "WCH CH341"),
  ]

  private static func bridge(_ vendor: UInt16, _ product: UInt16, _ chip: String) -> USBIdentity {
    USBIdentity(
      vendor, product, mode: "USB-serial", devices: "modules with a UART boot ROM behind \(chip)",
      isDistinctive: false, source: "mtk-brom.md 2.1")
  }
}
