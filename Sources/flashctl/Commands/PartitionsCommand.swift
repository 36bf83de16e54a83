import ArgumentParser
import FlashCore
import FlashImages

/// `flashctl partitions`
struct PartitionsCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "partitions", abstract: "List the partitions of a device.",
    discussion: """
      With --compare they are shown beside those that a package names, and the command ends with status 74 where one that \
      both have lies elsewhere or has another size. Nokia Mk II has no partition list; the command says so and exits with \
      76.
      """)

  @Option(
    help: ArgumentHelp("Compare with the partitions that this package names; may be repeated.", valueName: "package"),
    completion: .file())
  var compare: [String] = []

  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let request = PlanRequest(descriptors: compare, reboots: false)
    // A package that is none is said before the device is opened.
    _ = try compare.isEmpty ? nil : Self.partitions(of: request, on: StorageMap([]))
    let session = try DeviceSession(options, console, loader)
    let (sections, tables, partitions) = try await session.run(step: "list partitions") { context in
      let target = context.target
      try await target.prepareStorage()
      let hasMap = target.capabilities.contains(.storage)
      let tables = hasMap ? try await Self.tables(of: target) : nil
      let partitions = if let tables { tables.partitions } else { try await target.partitions() }
      return (hasMap ? try await target.storage().sections : [], tables, partitions)
    }
    for section in sections { show(section, on: console) }
    if !compare.isEmpty {
      return try compare(partitions, Self.partitions(of: request, on: StorageMap(sections)), on: console)
    }
    if let tables { PartitionTableReport(console: console).show(tables) }
    for line in Self.table(partitions) { console.result(line) }
    for partition in partitions { show(partition, on: console) }
    console.event(
      "result",
      [
        "status": "done", "sections": .integer(Int64(sections.count)),
        "partitions": .integer(Int64(partitions.count)),
      ])
  }

  /// `nil` where the device lists its partitions, and lets nobody read the tables.
  private static func tables(of target: any FlashTarget) async throws -> PartitionTables? {
    do { return try await target.partitionTables() } catch let refusal as any DeviceRefusal
      where refusal.isMissingCommand
    {
      return nil
    }
  }

  /// What the first family names that understands the files.
  private static func partitions(of request: PlanRequest, on sections: StorageMap) throws -> [Partition] {
    for family in Families.all {
      if let partitions = try family.partitions(of: request, on: sections) { return partitions }
    }
    throw Diagnostic.noDescriptor(request, family: nil)
  }

  private func compare(_ partitions: [Partition], _ others: [Partition], on console: Console) throws {
    let comparison = PartitionComparison(device: partitions, package: others)
    comparison.show(on: console)
    let moved = comparison.rows.filter { $0.onDevice != nil && $0.inPackage != nil && !$0.isSame }
    guard moved.isEmpty else {
      throw Diagnostic(
        code: "partitions.differ",
        message:
          "the device has \(moved.map(\.name).joined(separator: ", ")) elsewhere or of another size than the package",
        remedy: "flash the package with its partition tables, or get the one that was made for this device",
        exitStatus: .transferFailed)
    }
    console.event(
      "result",
      ["status": "done", "partitions": .integer(Int64(partitions.count)), "compared": .integer(Int64(others.count))])
  }

  private func show(_ section: StorageSection, on console: Console) {
    console.event(
      "section",
      [
        "name": .string(section.name), "aliases": .array(section.aliases.map { .string($0) }),
        "kind": .string(section.kind.rawValue), "bytes": section.byteCount.map { .unsigned($0) } ?? .null,
        "sectorSize": .unsigned(section.sectorByteCount),
      ])
  }

  private func show(_ partition: Partition, on console: Console) {
    var start: JSONValue = .null
    if case .fromStart(let offset) = partition.extent.start { start = .unsigned(offset) }
    console.event(
      "partition",
      [
        "name": .string(partition.name), "section": .string(partition.extent.section),
        "extent": .string(partition.extent.description),
        "number": partition.number.map { .integer(Int64($0)) } ?? .null,
        "start": start, "bytes": partition.extent.length.map { .unsigned($0) } ?? .null,
        "type": .optional(partition.type),
        "attributes": .optional(partition.attributes.map { "0x" + String($0, radix: 16) }),
        "protected": .bool(ProtectedPartitions.contains(partition.name)),
      ])
  }

  /// A heading and one line a partition, in columns; attributes where any partition has some.
  private static func table(_ partitions: [Partition]) -> [String] {
    guard !partitions.isEmpty else { return ["no partitions"] }
    let hasAttributes = partitions.contains { ($0.attributes ?? 0) != 0 }
    let heading = ["SECTION", "NR", "NAME", "START", "SIZE"] + (hasAttributes ? ["ATTRIBUTES", ""] : [""])
    let rows = partitions.map { partition in
      var start = "–"
      if case .fromStart(let offset) = partition.extent.start { start = Diagnostic.hex(offset) }
      var row = [
        partition.extent.section, partition.number.map { "\($0)" } ?? "–", SafeText.line(partition.name), start,
        partition.extent.length.map(Units.bytes) ?? "–",
      ]
      if hasAttributes { row.append(attributes(partition)) }
      row.append(ProtectedPartitions.contains(partition.name) ? "protected" : "")
      return row
    }
    return TextTable.lines([heading] + rows)
  }

  private static func attributes(_ partition: Partition) -> String {
    guard let attributes = partition.attributes, attributes != 0 else { return "–" }
    return GPTAttributes(rawValue: attributes).isActiveSlot
      ? Diagnostic.hex(attributes) + " (active slot)" : Diagnostic.hex(attributes)
  }
}
