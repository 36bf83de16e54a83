import FlashCore
import FlashImages
import WireFormat

/// The part of an installer package that is for one storage: its elements, and the files that they name.
struct InstallerStorage {
  let memory: String
  let slot: UInt32
  private var programs: [XMLElement] = []
  private var patches: [XMLElement] = []
  private var members: [InstallerPackage.Member] = []
  /// Names of whole files that are members already, by their path.
  private var files: [String: String] = [:]
  private var rawCount = 0
  private var fillCount = 0

  init(memory: String, slot: UInt32) {
    self.memory = memory
    self.slot = slot
  }

  var allMembers: [InstallerPackage.Member] {
    [
      InstallerPackage.Member(name: "\(memory)_rawprogram.xml", content: .bytes(Self.text("data", programs))),
      InstallerPackage.Member(name: "\(memory)_patch.xml", content: .bytes(Self.text("patches", patches))),
    ] + members
  }

  mutating func add(_ step: FlashPlan.Step) throws {
    switch step {
    case .write(let write): try add(write)
    case .erase(let erase):
      let sectors = try Sectors(erase.extent, erase.attributes, name: erase.name)
      guard let count = sectors.count(of: erase.extent.length) else {
        throw InstallerError.unresolved(step: erase.name)
      }
      programs.append(XMLElement("erase", attributes: try sectors.attributes(at: 0, count: count)))
    case .zero(let zero):
      let sectors = try Sectors(zero.extent, zero.attributes, name: zero.name)
      try addFill(.zeros, zero.extent.length ?? 0, at: 0, sectors, label: zero.name)
    case .patch(let patch): try add(patch)
    case .save, .configure, .makeBootable, .reboot: return
    }
  }

  private mutating func add(_ write: FlashPlan.Write) throws {
    let sectors = try Sectors(write.extent, write.attributes, name: write.name)
    guard write.image.layers != .asIs else { return try addWhole(write, sectors) }
    let reader = try write.image.source().open()
    var offset: UInt64 = 0
    while let extent = try reader.next() {
      try Task.checkCancellation()
      switch extent {
      case .skip: break
      case .fill(let pattern, let length): try addFill(pattern, length, at: offset, sectors, label: write.name)
      case .data(let length):
        rawCount += 1
        let name = "\(memory)_raw_\(Self.padded(rawCount)).bin"
        let source = ImageSlice(try write.image.source(), range: offset..<offset + length)
        members.append(InstallerPackage.Member(name: name, content: .image(source)))
        try addProgram(name, length, at: offset, sectors, label: write.name)
      }
      offset += extent.length
    }
  }

  /// A file as it is: one member, however many entries name it.
  private mutating func addWhole(_ write: FlashPlan.Write, _ sectors: Sectors) throws {
    let key = "\(write.image.name)#\(write.image.offset)+\(write.image.length)"
    var name = files[key]
    if name == nil {
      let base = "\(memory)_" + PackagePath.name(of: write.image.member ?? write.image.path)
      let isSlice = write.image.offset > 0
      if isSlice { rawCount += 1 }
      name = isSlice ? "\(memory)_raw_\(Self.padded(rawCount)).bin" : base
      members.append(InstallerPackage.Member(name: name ?? base, content: .image(try write.image.source())))
      files[key] = name
    }
    try addProgram(
      name ?? "", write.image.length, at: 0, sectors, label: write.name, room: sectors.count(of: write.extent.length))
  }

  private mutating func addFill(
    _ pattern: FillPattern, _ length: UInt64, at offset: UInt64, _ sectors: Sectors, label: String
  ) throws {
    guard length > 0 else { throw InstallerError.unresolved(step: label) }
    fillCount += 1
    let name = "\(memory)_fill_\(Self.padded(fillCount)).bin"
    members.append(
      InstallerPackage.Member(name: name, content: .image(FillImageSource(pattern, byteCount: length))))
    try addProgram(name, length, at: offset, sectors, label: label)
  }

  private mutating func addProgram(
    _ file: String, _ length: UInt64, at offset: UInt64, _ sectors: Sectors, label: String, room: UInt64? = nil
  ) throws {
    let count = room ?? sectors.count(of: length) ?? 0
    var attributes = try sectors.attributes(at: offset, count: count)
    attributes.insert(XMLAttribute("label", label), at: 1)
    attributes.insert(XMLAttribute("filename", file), at: 1)
    attributes.insert(XMLAttribute("file_sector_offset", "0"), at: 1)
    programs.append(XMLElement("program", attributes: attributes + [XMLAttribute("sparse", "false")]))
  }

  private mutating func add(_ patch: FlashPlan.Patch) throws {
    let extent = PlanExtent(section: patch.section, start: patch.start)
    let sectors = try Sectors(extent, patch.attributes, name: "patch")
    var attributes = try sectors.attributes(at: 0, count: 0).filter { $0.name != "num_partition_sectors" }
    attributes += [
      XMLAttribute("byte_offset", String(patch.byteOffset)), XMLAttribute("filename", "DISK"),
      XMLAttribute("size_in_bytes", String(patch.byteCount)), XMLAttribute("value", patch.value),
      XMLAttribute("what", patch.comment),
    ]
    patches.append(XMLElement("patch", attributes: attributes))
  }

  private static func padded(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
  }

  private static func text(_ root: String, _ elements: [XMLElement]) -> [UInt8] {
    var writer = XMLWriter()
    writer.open(root)
    writer.newline()
    for element in elements {
      writer.element(element)
      writer.newline()
    }
    writer.close(root)
    writer.newline()
    return Array("<?xml version=\"1.0\" ?>\n".utf8) + Array(writer.text.utf8)
  }
}

/// The sectors of a step, as descriptors write them.
private struct Sectors {
  let size: UInt64
  let extent: PlanExtent
  let attributes: [String: String]
  let name: String

  init(_ extent: PlanExtent, _ attributes: [String: String], name: String) throws(InstallerError) {
    guard let size = attributes["SECTOR_SIZE_IN_BYTES"].flatMap({ UInt64($0) }), size > 0 else {
      throw .unresolved(step: name)
    }
    self.size = size
    self.extent = extent
    self.attributes = attributes
    self.name = name
  }

  func count(of length: UInt64?) -> UInt64? { length.map { $0 / size + ($0 % size == 0 ? 0 : 1) } }

  /// The attributes that every element has, for the sectors `offset` bytes behind the step's start.
  func attributes(at offset: UInt64, count: UInt64) throws(InstallerError) -> [XMLAttribute] {
    var all = [
      XMLAttribute("SECTOR_SIZE_IN_BYTES", String(size)), XMLAttribute("num_partition_sectors", String(count)),
      XMLAttribute("physical_partition_number", extent.section), XMLAttribute("start_sector", try start(offset)),
    ]
    for name in ["slot", "PAGES_PER_BLOCK", "last_sector"] {
      if let value = attributes[name] { all.append(XMLAttribute(name, value)) }
    }
    return all
  }

  private func start(_ offset: UInt64) throws(InstallerError) -> String {
    if offset == 0, let text = attributes["start_sector"] { return text }
    guard offset % size == 0 else { throw .unresolved(step: name) }
    switch extent.start {
    case .fromStart(let start): return String(start / size + offset / size)
    case .fromEnd(let distance):
      guard offset <= distance else { throw .unresolved(step: name) }
      return DiskExpression.fromEnd((distance - offset) / size).text
    case .expression(let text):
      guard offset == 0 else { throw .unresolved(step: name) }
      return text
    }
  }
}
