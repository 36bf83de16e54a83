import FlashImages

/// Shows a preloader, and the headers of files that are built like one.
enum PreloaderText {
  static func show(_ file: PreloaderFile, on console: Console) {
    let place = file.header.map { "in a boot section (\($0.name)) at \(Diagnostic.hex(file.offset))" }
    console.result(
      "\(file.path): MediaTek \(file.info.typeName), "
        + [place, Units.bytes(UInt64(file.info.fileByteCount))].compactMap { $0 }.joined(separator: ", "))
    let hints = [file.platformHint.map { "platform \($0)" }, file.projectHint.map { "project \($0)" }].compactMap { $0 }
    if !hints.isEmpty { console.result("  says of itself: \(hints.joined(separator: ", ")) (not reliable)") }
    showBlocks(file.headers, on: console)
    console.emit(
      "preloader",
      [
        (key: "file", value: .string(file.path)), (key: "bytes", value: .unsigned(file.byteCount)),
        (key: "offset", value: .unsigned(file.offset)), (key: "bootSection", value: .optional(file.header?.name)),
        (key: "platformHint", value: .optional(file.platformHint)),
        (key: "projectHint", value: .optional(file.projectHint)),
      ] + members(file.headers))
  }

  static func showBlocks(_ chain: GFHChain, on console: Console) {
    let info = chain.info
    console.result(
      "  load address \(Diagnostic.hex(UInt64(info.loadAddress))), content at \(Diagnostic.hex(UInt64(info.contentOffset))), "
        + "for \(info.deviceName), signature: \(info.signatureName), \(info.signatureByteCount) bytes")
    console.result(
      "  headers: " + chain.blocks.map { $0.name ?? Diagnostic.hex(UInt64($0.type)) }.joined(separator: ", "))
    if let config = chain.bootROM {
      var words = config.flagNames
      words.append("KCOL0 timeout \(max(3000, config.keyTimeout)) ms")
      if config.hasOwnUSBIdentity {
        words.append("USB \(AgentText.hex(config.vendorID)):\(AgentText.hex(config.productID))")
      }
      console.result("  boot ROM: " + words.joined(separator: ", "))
    }
  }

  static func members(_ chain: GFHChain) -> [(key: String, value: JSONValue)] {
    let info = chain.info
    let config: JSONValue =
      chain.bootROM.map { config in
        [
          "flags": .string(Diagnostic.hex(UInt64(config.flags))), "keyTimeout": .unsigned(UInt64(config.keyTimeout)),
          "flagTimeout": .unsigned(UInt64(config.flagTimeout)), "aarch64": .bool(config.isAArch64),
          "usbCommandsDisabled": .bool(config.disablesUSBCommands),
        ]
      } ?? .null
    return [
      (key: "type", value: .string(info.typeName)),
      (key: "loadAddress", value: .string(Diagnostic.hex(UInt64(info.loadAddress)))),
      (key: "statedBytes", value: .unsigned(UInt64(info.fileByteCount))),
      (key: "maximumBytes", value: .unsigned(UInt64(info.maximumByteCount))),
      (key: "flashDevice", value: .string(info.deviceName)), (key: "signature", value: .string(info.signatureName)),
      (key: "signatureBytes", value: .unsigned(UInt64(info.signatureByteCount))),
      (
        key: "headers",
        value: .array(chain.blocks.map { .string($0.name ?? Diagnostic.hex(UInt64($0.type))) })
      ),
      (key: "bootROM", value: config),
      (key: "bootROMCommandsDisabled", value: .bool(chain.disablesBootROMCommands)),
    ]
  }
}
