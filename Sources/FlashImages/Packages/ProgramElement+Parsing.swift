import WireFormat

extension ProgramElement {
  /// Reads one child of `data` or `patches`; odd things go to `remarks`.
  init(_ element: XMLElement, path: String, remarks: inout [PackageRemark]) throws(PackageError) {
    let reader = DescriptorReader(element: element, path: path)
    place = reader.place
    unknownAttributes = element.attributes.filter { !Self.knownAttributes.contains($0.name.lowercased()) }
    switch element.name.lowercased() {
    case "program":
      let program = try Program(reader)
      action = .program(program)
      remarks += program.remarks(reader)
    case "erase": action = .erase(try Erase(reader))
    case "zeroout": action = .zero(try Zero(reader))
    case "read": action = .read(try Read(reader))
    case "getsha256digest": action = .digest(try StorageArea(reader).requiringLength(reader))
    case "patch": action = .patch(try Patch(reader))
    case "ufs": action = .provision(element)
    case "step": throw reader.error(.fastbootScript)
    default: action = .command(element)
    }
  }

  /// In lower case, as names are compared.
  private static let knownAttributes: Set<String> = [
    "sector_size_in_bytes", "start_sector", "num_partition_sectors", "num_sectors", "physical_partition_number",
    "filename", "label", "file_sector_offset", "offset", "sparse", "readbackverify", "read_back_verify",
    "partofsingleimage", "size_in_kb", "start_byte_hex", "slot", "pages_per_block", "last_sector", "force_erase",
    "fileoffsetinsrc", "sizeinsectorinsrc", "sizeinbyteinsrc", "sha256", "storagedrive", "factory_erase_only",
    "byte_offset", "size_in_bytes", "value", "what", "function", "arg0", "arg1",
  ]
}

extension ProgramElement.Program {
  init(_ reader: DescriptorReader) throws(PackageError) {
    area = try StorageArea(reader)
    fileName = PackagePath.slashed(reader.text("filename") ?? "")
    let label = reader.text("label") ?? ""
    self.label = label.isEmpty ? fileName : label
    fileOffset = try reader.count("file_sector_offset", "offset") ?? DiskExpression(0)
    isSparse = try reader.flag("sparse")
    readsBack = try reader.flag("readbackverify")
    forcesErase = try reader.flag("force_erase")
    let digest = (reader.text("Sha256") ?? "").lowercased()
    sha256 = digest.utf8.count == 64 && digest.utf8.allSatisfy { $0.nibble != nil } ? digest : nil
  }

  /// What is odd about the entry: a missing sector size, and redundant attributes that contradict.
  func remarks(_ reader: DescriptorReader) -> [PackageRemark] {
    var oddities: [PackageOddity] = []
    if area.sectorByteCount == nil { oddities.append(.noSectorSize) }
    if forcesErase { oddities.append(.forcedErase) }
    if let size = area.sectorByteCount {
      if let text = reader.text("start_byte_hex"), !Self.agree(text, area.start, times: size) {
        oddities.append(.disagrees(attribute: "start_byte_hex", value: text))
      }
      if let text = reader.text("size_in_KB"), let count = area.sectorCount.constant, count > 0,
        !Self.isSize(text, sectors: count, size: size)
      {
        oddities.append(.disagrees(attribute: "size_in_KB", value: text))
      }
    }
    return oddities.map { PackageRemark($0, at: reader.place) }
  }

  /// Whether a byte address and a sector mean the same place, on any disk.
  private static func agree(_ text: String, _ start: DiskExpression, times size: UInt64) -> Bool {
    // Large enough for every distance from the end, small enough to be multiplied.
    let sectors: UInt64 = 1 << 40
    guard let bytes = try? DiskExpression(parsing: text).evaluate(sectors: sectors),
      let sector = try? start.evaluate(sectors: sectors)
    else { return false }
    let (product, overflows) = sector.multipliedReportingOverflow(by: size)
    return !overflows && product == bytes
  }

  /// Whether a number of kilobytes, with a fraction or without, is that of so many sectors.
  private static func isSize(_ text: String, sectors: UInt64, size: UInt64) -> Bool {
    guard let kilobytes = Double(text) else { return false }
    let expected = Double(sectors) * Double(size) / 1024
    return (kilobytes - expected).magnitude <= max(1, expected / 1_000_000)
  }
}

extension ProgramElement.Erase {
  init(_ reader: DescriptorReader) throws(PackageError) {
    isWholeDrive = reader.element["storagedrive"] != nil
    label = reader.text("label", "filename") ?? ""
    area = try StorageArea(reader, hasStart: !isWholeDrive)
    guard !isWholeDrive else {
      area.partition = UInt32(try reader.requiredNumber("storagedrive", in: StorageArea.partitions))
      return
    }
    area = try area.requiringLength(reader)
  }
}

extension ProgramElement.Zero {
  init(_ reader: DescriptorReader) throws(PackageError) {
    area = try StorageArea(reader).requiringLength(reader)
    label = reader.text("label") ?? ""
    isForFactory = try reader.flag("factory_erase_only")
  }
}

extension ProgramElement.Read {
  init(_ reader: DescriptorReader) throws(PackageError) {
    area = try StorageArea(reader).requiringLength(reader)
    fileName = PackagePath.slashed(reader.text("filename") ?? "")
    guard !fileName.isEmpty else { throw reader.error(.missingAttribute("filename")) }
    guard !PackagePath.isAbsolute(fileName) else { throw reader.error(.absolutePath(fileName)) }
    guard PackagePath.normalized(fileName)?.hasPrefix("..") == false else {
      throw reader.error(.outsidePackage(fileName))
    }
  }
}

extension ProgramElement.Patch {
  init(_ reader: DescriptorReader) throws(PackageError) {
    area = try StorageArea(reader)
    guard let name = reader.text("filename"), !name.isEmpty else { throw reader.error(.missingAttribute("filename")) }
    fileName = name
    byteOffset = try reader.number("byte_offset", in: 0...65535) ?? 0
    byteCount = Int(try reader.requiredNumber("size_in_bytes", in: 1...8))
    value = try reader.requiredExpression("value")
    purpose = reader.text("what") ?? ""
    let size = area.sectorByteCount ?? 65536
    guard byteOffset < size, UInt64(byteCount) <= size - byteOffset else {
      throw reader.error(.patchOutsideSector(offset: byteOffset, sectorByteCount: size))
    }
  }
}

extension StorageArea {
  /// The area, which must not be the one of no sectors that means everything to a device.
  func requiringLength(_ reader: DescriptorReader) throws(PackageError) -> StorageArea {
    guard sectorCount.constant != 0 else { throw reader.error(.noLength) }
    return self
  }
}
