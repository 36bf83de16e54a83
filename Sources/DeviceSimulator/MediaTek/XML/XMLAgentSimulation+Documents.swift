import MediaTek
import WireFormat

/// Result documents. Source: `docs/protocols/mtk-xml.md` 8.
extension XMLAgentSimulation {
  /// What a question is answered with; `nil` for commands that are none.
  mutating func document(for name: String, _ text: XMLAgentText) -> [UInt8]? {
    switch name {
    case "GET-HW-INFO": return result(hardware)
    case "GET-DA-INFO":
      return result(
        XMLElement(
          "da_info",
          children: [
            XMLElement("version", text: "1.0"), XMLElement("da_version", text: settings.version),
            XMLElement("build", text: settings.build),
          ]))
    case "GET-SYS-PROPERTY": return property(text.value("key") ?? "")
    case "READ-PARTITION-TABLE": return partitionTable
    case "EMMC-CONTROL": return Array("OK".utf8) + [0]
    case "GET-DOWNLOADED-IMAGE-FEEDBACK": return imageFeedback
    case "SECURITY-GET-DEV-FW-INFO": return makeChallenge()
    case "READ-EFUSE":
      return result(
        XMLElement("efuse", attributes: [XMLAttribute("version", "1.0")], children: [XMLElement("sbc", text: "0")]))
    case "READ-REGISTER": return registerBytes(text)
    default: return nil
    }
  }

  private func result(_ root: XMLElement) -> [UInt8] {
    document.text(root) + (quirks.endsResultsWithNUL ? [0] : [])
  }

  // MARK: Hardware

  private var hardware: XMLElement {
    let kind = storageElement
    let children = [
      XMLElement("version", text: "1.2"),
      XMLElement("ram_size", text: XMLAgentNumber.text(settings.memory.value)),
      XMLElement("battery_voltage", text: "\(settings.batteryVoltage.value)"),
      XMLElement("random_id", text: Hex.string(settings.randomID.bytes).lowercased()),
      XMLElement("storage", text: kind.name.uppercased()), kind,
    ]
    return XMLElement("da_hw_info", children: children + [XMLElement("product_id", text: settings.productID)])
  }

  private var storageElement: XMLElement {
    func size(_ name: String, _ section: String) -> XMLElement {
      let byteCount = storage[section]?.byteCount ?? 0
      return XMLElement(name, text: byteCount == 0 ? "0" : XMLAgentNumber.text(byteCount))
    }
    let block = XMLElement("block_size", text: XMLAgentNumber.text(UInt64(settings.sectorByteCount)))
    switch settings.kind {
    case .emmc:
      var children = [
        block, size("boot1_size", "boot1"), size("boot2_size", "boot2"), size("rpmb_size", "rpmb"),
        size("user_size", "user"),
      ]
      children += (1...4).map { size("gp\($0)_size", "gp\($0)") }
      return XMLElement("emmc", children: children + identity(other: "emmc_cid"))
    case .ufs:
      let units = (0...3).map { size("lua\($0)_size", "lun\($0)") }
      return XMLElement("ufs", children: [block] + units + identity(other: "ufs_cid"))
    case .nand: return nand
    }
  }

  private var nand: XMLElement {
    let page = UInt64(settings.sectorByteCount)
    let numbers = [
      ("block_size", page * 64), ("page_size", page), ("spare_size", page / 32),
      ("total_size", storage["user"]?.byteCount ?? 0),
    ]
    return XMLElement(
      "nand",
      children: numbers.map { XMLElement($0.0, text: XMLAgentNumber.text($0.1)) } + [
        XMLElement("id", text: Hex.string(settings.storageID.bytes).lowercased()),
        XMLElement("page_parity_size", text: "0"), XMLElement("sub_type", text: "0"),
      ])
  }

  private func identity(other: String) -> [XMLElement] {
    let text = Hex.string(settings.storageID.bytes).lowercased()
    switch settings.idElement {
    case .id: return [XMLElement("id", text: text)]
    case .cid: return [XMLElement("id"), XMLElement(other, text: text)]
    case .none: return []
    }
  }

  // MARK: Others

  private func property(_ key: String) -> [UInt8] {
    let wantsSignature = isSecondStage ? settings.linkAuthentication : settings.firstStageAuthentication
    let values = ["DA.SLA": wantsSignature ? "ENABLED" : "DISABLED", "product_id": settings.productID]
    return result(
      XMLElement(
        "sys_prop", attributes: [XMLAttribute("version", "1.0")],
        children: values[key].map { [XMLElement("item", attributes: [XMLAttribute("key", key)], text: $0)] } ?? []))
  }

  private var partitionTable: [UInt8] {
    let entries = partitions.map { partition in
      XMLElement(
        "pt",
        children: [
          XMLElement("name", text: partition.name),
          XMLElement("start", text: XMLAgentNumber.text(partition.offset)),
          XMLElement("size", text: XMLAgentNumber.text(partition.byteCount)),
        ])
    }
    return result(
      XMLElement("partition_table", attributes: [XMLAttribute("version", "1.0")], children: entries))
  }

  private var imageFeedback: [UInt8] {
    result(
      XMLElement(
        "feedback",
        children: feedback.map { image in
          XMLElement(
            "item",
            attributes: [
              XMLAttribute("file", image.file),
              XMLAttribute("image_chksum", XMLAgentNumber.text(UInt64(image.checksum))),
              XMLAttribute("pt", image.partition),
            ])
        }))
  }

  /// What an authority is to sign; made from the number of the command, so that it differs and can be repeated.
  private mutating func makeChallenge() -> [UInt8] {
    let random = (0..<16).map { UInt8(truncatingIfNeeded: 0xA0 + UInt64($0) + 7 * commandCount) }
    let text = result(
      XMLElement(
        "sla", attributes: [XMLAttribute("version", "1.0")],
        children: [
          XMLElement("rnd", text: Hex.string(random).lowercased()),
          XMLElement("hrid", text: Hex.string((0..<16).map { 0xC0 + UInt8($0) }).lowercased()),
          XMLElement("socid", text: Hex.string((0..<32).map { UInt8($0) }).lowercased()),
        ]))
    challenge = Array(XMLAgentText(text).bytes)
    return text
  }

  private func registerBytes(_ text: XMLAgentText) -> [UInt8]? {
    guard let address = text.number("base_address"), let target = text.value("target_file"),
      let count = target.split(separator: ":").last.flatMap({ XMLAgentNumber.parse($0) }), count <= 0x1_0000
    else { return [] }
    return (0..<count).map { registers[address &+ $0] ?? 0 }
  }
}
