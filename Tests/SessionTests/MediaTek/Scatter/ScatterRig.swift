import FlashCore
import FlashImages
import Foundation
import MediaTek
import Testing

@testable import DeviceSimulator

/// A simulated phone whose storage is a folder, packages for it, and a host that flashes them as the program does.
final class ScatterRig: Sendable {
  /// How a run ended.
  enum Outcome: Equatable {
    case done
    /// The plan's error, or the failed step with the type of its error.
    case refused(MediaTekPlanError)
    case failed(String, String)
  }

  /// An entry of a package: its bytes in the layout, and a file where it has one.
  struct Entry: Sendable {
    var name: String
    var byteCount: UInt64
    var file: [UInt8]?
    var operation = ScatterOperation.Kind.update

    init(_ name: String, _ byteCount: UInt64, file: [UInt8]? = nil, _ operation: ScatterOperation.Kind = .update) {
      self.name = name
      self.byteCount = byteCount
      self.file = file
      self.operation = operation
    }
  }

  let device: MediaTekDevice
  let files: FixtureFiles
  let log = RunLog()
  private let knobs: [(key: String, value: String)]

  static let userByteCount: UInt64 = 64 << 20

  /// The phone's storage is empty: new, or erased.
  init(_ device: MediaTekDevice = .mt6765) throws {
    self.device = device
    files = try FixtureFiles()
    knobs = [("clock", "virtual"), ("user-size", "\(Self.userByteCount)")]
    try FileManager.default.createDirectory(atPath: storage, withIntermediateDirectories: true)
    let user = storage + "/\(userFile).img"
    _ = FileManager.default.createFile(atPath: user, contents: nil)
    try FileHandle(forWritingTo: URL(fileURLWithPath: user)).truncate(atOffset: Self.userByteCount)
    _ = files.write(MediaTekFixtures(device).agents, to: "DA.bin")
    _ = files.write(preloader, to: "preloader.bin")
  }

  var preloader: [UInt8] { FixturePreloader.bytes(platform: device.platform, layout: device.layout) }
  var storage: String { files.path + "/storage" }
  var copies: String { files.path + "/copies" }
  var isUFS: Bool { device.layout.kind == .ufs }
  private var unit: UInt64 { UInt64(device.layout.sectorByteCount) }

  // MARK: Packages

  /// A layout whose entries follow one another, `userdata` behind them, and two reserved entries at the end.
  static let entries: [Entry] = [
    Entry("proinfo", 1 << 20, .protected), Entry("nvram", 2 << 20, .binRegion),
    Entry("boot", 2 << 20, file: XFlashRig.pattern(1_500_001, seed: 3)),
    Entry("logo", 1 << 20, file: XFlashRig.pattern(70_000, seed: 5)), Entry("metadata", 1 << 20, .invisible),
    Entry("userdata", 0xC000_0000),
  ]

  /// Writes the scatter file and its images into a folder of its own; returns the scatter file.
  func package(
    _ entries: [Entry] = entries, in folder: String = "package", hasPreloader: Bool = true, platform: String? = nil
  ) throws -> String {
    try FileManager.default.createDirectory(
      atPath: files.path + "/" + folder, withIntermediateDirectories: true)
    let kind: ScatterStorage = isUFS ? .ufs : .emmc
    func partition(_ entry: Entry, at start: UInt64, reserved: Bool = false) -> ScatterPartition {
      ScatterPartition(
        name: entry.name, fileName: entry.file.map { _ in entry.name + ".img" }, isDownload: entry.file != nil,
        linearStart: start, physicalStart: start, byteCount: entry.byteCount, region: .usual(.partition, on: kind),
        storage: kind.key, checksBoundary: !reserved, isReserved: reserved, operation: ScatterOperation(entry.operation)
      )
    }
    var partitions: [ScatterPartition] = []
    if hasPreloader {
      var loader = partition(Entry("preloader", 0x40000, file: preloader, .bootloaders), at: 0)
      loader.region = .usual(.preloader, on: kind)
      loader.type = .preloader
      partitions.append(loader)
      _ = files.write(preloader, to: folder + "/preloader.img")
    }
    var start: UInt64 = 0x80000
    partitions.append(partition(Entry("pgpt", start, .invisible), at: 0))
    for entry in entries {
      partitions.append(partition(entry, at: start))
      start += entry.byteCount
      if let bytes = entry.file { _ = files.write(bytes, to: folder + "/" + entry.name + ".img") }
    }
    let block = kind.usualBlockByteCount
    let (info, table) = (UInt64(1 << 20), UInt64(0x8000))
    partitions.append(
      partition(Entry("flashinfo", info, .reserved), at: 0xFFFF_0000 + (info + table) / block, reserved: true))
    partitions.append(partition(Entry("sgpt", table, .reserved), at: 0xFFFF_0000 + table / block, reserved: true))
    let scatter = Scatter(
      version: isUFS ? .v210 : .v112, platform: platform ?? device.platform, project: "test",
      layouts: [
        ScatterLayout(
          storage: kind, bootChannel: kind.usualBootChannel, blockByteCount: block, partitions: partitions)
      ])
    return files.write(
      try ScatterWriter(.text).bytes(of: scatter), to: folder + "/\(device.platform)_Android_scatter.txt")
  }

  // MARK: Flashing

  func withTarget<Result: Sendable>(
    faults: [String] = [], quirks: [String] = [], _ body: (MediaTekTarget) async throws -> Result
  ) async throws -> Result {
    let configuration = try SimulatorConfiguration(
      model: device.name, storage: storage, quirks: quirks, settings: knobs, faults: faults)
    let provider = try SimulatedLinkProvider(
      selector: "sim:" + device.name, configuration: configuration, observer: log.device)
    var options = MediaTekOptions()
    options.preloader = files.path + "/preloader.bin"
    let connection = Connection(
      link: try await provider.open(waitLimit: .seconds(60)), provider: provider,
      loaders: [files.path + "/DA.bin"], familyOptions: [options], observer: log.session)
    guard let target = try await MediaTekFamily().connect(connection) as? MediaTekTarget else {
      throw BootROMError.noInterface
    }
    do {
      let result = try await body(target)
      await target.close()
      return result
    } catch {
      await target.close()
      throw error
    }
  }

  func request(_ package: String, _ mode: ScatterMode = .downloadOnly) -> PlanRequest {
    var request = PlanRequest(descriptors: [package], reboots: false)
    request.scatter.mode = mode
    request.copiesFolder = copies
    return request
  }

  var journal: PlanJournal.Place { PlanJournal.Place(folder: files.path + "/journal", device: "phone") }

  /// Plans, checks and runs; goes on with a plan that has begun.
  func flash(
    _ request: PlanRequest, verifies: Bool = false, resumes: Bool = false, faults: [String] = [], quirks: [String] = []
  ) async throws -> PlanRunner.Report {
    var options = PlanRunner.Options()
    options.verifies = verifies
    options.allowsProtected = request.package.allowsProtected
    options.journal = journal
    options.unfinished = resumes ? .resumed : .refused
    return try await withTarget(faults: faults, quirks: quirks) { [options, journal] target in
      try await target.prepareStorage()
      let begun = resumes ? PlanJournal.begunPlan(at: journal, family: "mediatek")?.plan : nil
      let plan = if let begun { begun } else { try await MediaTekFamily().plan(request, on: target) }
      return try await PlanRunner(options: options).run(try #require(plan), on: target)
    }
  }

  func outcome(_ request: PlanRequest, quirks: [String] = []) async -> Outcome {
    do {
      _ = try await flash(request, quirks: quirks)
      return .done
    } catch let error as MediaTekPlanError {
      return .refused(error)
    } catch let failure as PlanRunner.Failure {
      return .failed("\(failure.action) \(failure.name)", "\(type(of: failure.underlying))")
    } catch {
      return .failed("", "\(type(of: error)): \(error)")
    }
  }

  func plan(_ request: PlanRequest) async throws -> FlashPlan {
    try await withTarget { target in
      try await target.prepareStorage()
      return try #require(try await MediaTekFamily().plan(request, on: target))
    }
  }

  // MARK: What is stored

  var userFile: String { isUFS ? "lun2" : "user" }
  var bootFiles: [String] { isUFS ? ["lun0", "lun1"] : ["boot1", "boot2"] }

  /// From the file behind a section, by nobody's code but the system's.
  func stored(_ section: String, at offset: UInt64, count: Int) throws -> [UInt8] {
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: storage + "/\(section).img"))
    defer { try? file.close() }
    try file.seek(toOffset: offset)
    return [UInt8](try file.read(upToCount: count) ?? Data())
  }

  func store(_ bytes: [UInt8], in section: String, at offset: UInt64) throws {
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: storage + "/\(section).img"))
    defer { try? file.close() }
    try file.seek(toOffset: offset)
    try file.write(contentsOf: Data(bytes))
  }

  /// The places of the table that is in the file, by name.
  func table() throws -> [String: Range<UInt64>] {
    let bytes = try RegularFile(path: storage + "/\(userFile).img")
    let disk = try GPTDisk(reading: bytes, sectorByteCount: Int(unit))
    var places: [String: Range<UInt64>] = [:]
    for partition in disk.table.partitions {
      places[partition.entry.name] = partition.entry.firstLBA * unit..<(partition.entry.lastLBA + 1) * unit
    }
    return places
  }

  /// Entries whose image is not where the table has them, and boot sections without the loader.
  func wrong(_ entries: [Entry] = entries, hasPreloader: Bool = true) throws -> [String] {
    let table = try table()
    var wrong: [String] = []
    for entry in entries {
      guard let bytes = entry.file else { continue }
      guard let place = table[entry.name] else {
        wrong.append(entry.name)
        continue
      }
      if try stored(userFile, at: place.lowerBound, count: bytes.count) != bytes { wrong.append(entry.name) }
    }
    guard hasPreloader else { return wrong }
    for section in bootFiles {
      // The header of an eMMC's boot section is made by the agent.
      let offset: UInt64 = isUFS ? 0 : 0x800
      if try stored(section, at: offset, count: preloader.count) != preloader { wrong.append(section) }
    }
    return wrong
  }
}
