import FlashCore
import FlashImages
import Qualcomm

/// A crashed device's regions on their way to files: from the device, or from a dump that the kernel has collected.
struct RAMDump {
  private let table: SaharaRegionTable
  private let names: SaharaRegionNames
  /// The regions that are wanted, by their places in the table.
  private let chosen: [Int]
  /// What results are about: a device or a file.
  private let subject: (key: String, value: String)
  private let console: Console
  private var complete: Set<Int> = []
  private var failures: [(region: Int, diagnostic: Diagnostic)] = []
  private var byteCount: UInt64 = 0
  private var minidumpByteCount: UInt64?

  init(
    _ table: SaharaRegionTable, filter: SaharaRegionFilter, subject: (key: String, value: String), console: Console
  ) {
    self.table = table
    names = SaharaRegionNames(table.regions)
    chosen = table.regions.indices.filter { filter.takes(table.regions[$0]) }
    self.subject = subject
    self.console = console
  }

  /// Throws when the device has regions, and none of them is wanted.
  func requireChoice() throws {
    guard chosen.isEmpty, !table.regions.isEmpty else { return }
    let all = zip(names.names, table.regions).map { name, region in region.isPreferred ? name + " (preferred)" : name }
    throw Diagnostic.usage(
      "\(subject.value): no region of memory is chosen; there are \(all.joined(separator: ", "))",
      remedy: "check --filter and --preferred; `--list` alone shows every region")
  }

  func showTable() {
    for place in chosen {
      let region = table.regions[place]
      console.event(
        "region",
        [
          "region": .integer(Int64(place + 1)), "name": .string(region.fileName), "file": .string(names.names[place]),
          "description": .string(region.description), "base": .string(Diagnostic.hex(region.base)),
          "bytes": .unsigned(region.length), "preferred": .bool(region.isPreferred),
        ])
      let mark = region.isPreferred ? "*" : " "
      console.result(
        "\(mark) \(padded(Diagnostic.hex(region.base), to: 18)) \(padded(Units.bytes(region.length), to: 10)) "
          + "\(padded(names.names[place], to: 20)) \(region.description)")
    }
    for place in names.renamed where chosen.contains(place) {
      console.warning("the device calls a region “\(table.regions[place].fileName)”; its file is \(names.names[place])")
    }
  }

  private func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  /// Reads every region that is wanted. A region that cannot be had is left out, and told in the end.
  mutating func read(from source: some RegionSource, into folder: OutputFolder, replacing: Bool) async throws {
    let progress = FileProgress("dump", total: chosen.reduce(0) { $0 + table.regions[$1].length }, console: console)
    defer { progress.end() }
    for place in chosen {
      do {
        try await read(place, from: source, into: folder, replacing: replacing, progress: progress)
      } catch let missing as RegionUnavailable {
        failures.append((place, missing.diagnostic))
        console.event("regionFailed", ["region": .integer(Int64(place + 1)), "file": .string(names.names[place])])
        console.warning("\(names.names[place]): \(missing.diagnostic.message)")
        guard place != chosen.last else { break }
        guard try await source.goesOn(with: table) else { throw missing.diagnostic }
      }
      progress.finishPart(table.regions[place].length)
    }
  }

  private mutating func read(
    _ place: Int, from source: some RegionSource, into folder: OutputFolder, replacing: Bool, progress: FileProgress
  ) async throws {
    let file = try folder.create(names.names[place], replacing: replacing)
    try await source.read(place, of: table) { bytes throws(ImageError) in
      try file.append(bytes)
      progress.advance(to: file.byteCount)
    }
    try file.commit()
    complete.insert(place)
    byteCount += file.byteCount
    console.event(
      "regionDumped",
      ["region": .integer(Int64(place + 1)), "file": .string(names.names[place]), "bytes": .unsigned(file.byteCount)])
  }

  /// Puts the minidump together from the files that have been written.
  mutating func writeMinidump(into folder: OutputFolder, replacing: Bool) throws {
    guard let header = Minidump.header(in: table.regions), complete.contains(header) else { return }
    let source = try source(header, in: folder)
    let bytes = try source.bytes(at: 0, count: Int(try source.length()))
    let minidump: Minidump
    do throws(Minidump.Failure) {
      minidump = try Minidump(
        header: header, bytes: bytes, regions: table.regions, available: complete)
    } catch {
      console.warning(
        "\(names.names[header]) is no header of a minidump (\(error)); no \(Minidump.fileName) is written")
      return
    }
    for address in minidump.missing {
      console.warning("\(Minidump.fileName): nothing was dumped for the segment at \(Diagnostic.hex(address))")
    }
    let file = try folder.create(Minidump.fileName, replacing: replacing)
    for piece in minidump.pieces {
      switch piece {
      case .region(let place, let length): try file.append(try self.source(place, in: folder), byteCount: length)
      case .zeros(let count): try file.append(repeating: 0, count: count)
      }
    }
    try file.commit()
    minidumpByteCount = file.byteCount
  }

  private func source(_ place: Int, in folder: OutputFolder) throws -> RegularFile {
    try RegularFile(path: folder.path(of: names.names[place]), followingLinks: false)
  }

  /// Throws when a region that is wanted is not there.
  func finish() throws {
    guard let first = failures.first else { return }
    var diagnostic = first.diagnostic
    diagnostic.message +=
      "; \(failures.count) of \(chosen.count) regions are missing: "
      + failures.map { names.names[$0.region] }.joined(separator: ", ")
    throw diagnostic
  }

  func showResult(folder: String?, rebooted: Bool) {
    if let folder, !complete.isEmpty || chosen.isEmpty {
      console.result("\(complete.count) regions, \(Units.bytes(byteCount)), in \(folder)")
      if let minidumpByteCount {
        console.result("\(Minidump.fileName): \(Units.bytes(minidumpByteCount)), put together from them")
      }
    }
    console.emit(
      "result",
      [
        (key: "status", value: "done"), (key: subject.key, value: .string(subject.value)),
        (key: "directory", value: .optional(folder)),
        (key: "regions", value: .integer(Int64(folder == nil ? chosen.count : complete.count))),
        (key: "bytes", value: .unsigned(byteCount)),
        (key: "minidumpBytes", value: minidumpByteCount.map(JSONValue.unsigned) ?? .null),
        (key: "rebooted", value: .bool(rebooted)),
      ])
  }
}
