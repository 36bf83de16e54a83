import FlashCore
import FlashImages
import Foundation
import Qualcomm
import Synchronization

@testable import DeviceSimulator

/// A simulated device that speaks Sahara, on virtual time, and a host that talks to it.
struct SaharaRig: Sendable {
  enum Outcome: Equatable {
    case done
    case failed(SaharaError)
    /// An error that is none of the family's.
    case strange(String)
  }

  let provider: any LinkProvider
  let log = RunLog()
  let received = ReceivedImages()
  let policy: SaharaPolicy

  /// A device that wants images.
  init(
    settings: SaharaSettings = SaharaRig.settings, quirks: SaharaQuirks = SaharaQuirks(), faults: [String] = [],
    policy: SaharaPolicy = SaharaPolicy()
  ) throws {
    self.policy = policy
    let device = SaharaTestDevice(settings: settings, quirks: quirks, received: received)
    provider = try TestDeviceProvider(device, faults: faults, observer: log.device)
  }

  /// A device that has crashed.
  init(
    crash knobs: [(key: String, value: String)], quirks: [String] = [], faults: [String] = [],
    policy: SaharaPolicy = SaharaPolicy()
  ) throws {
    self.policy = policy
    let settings = [("clock", "virtual"), ("next-mode", "crash"), ("memory", "8K")] + knobs
    let configuration = try SimulatorConfiguration(
      model: "sdm845-crash", quirks: quirks, settings: settings, faults: faults)
    provider = try SimulatedLinkProvider(
      selector: "sim:sdm845-crash", configuration: configuration, observer: log.device)
  }

  static var settings: SaharaSettings {
    var settings = SaharaSettings()
    settings.answers = SaharaSettings.answers(
      serialNumber: 0xD649_90B3, hardwareID: 0x0080_50E1_0017_BF01, keyHash: Array(1...32))
    settings.answers[.softwareVersion] = [7, 0, 0, 0]
    settings.answers[.debugData] = Array("ROM log".utf8)
    settings.answers[.switchToStreamingDownload] = []
    return settings
  }

  func withTarget<Result: Sendable>(_ body: (QualcommTarget) async throws -> Result) async throws -> Result {
    let link = try await provider.open(waitLimit: .seconds(60))
    let connection = Connection(link: link, provider: provider, observer: log.session)
    guard let target = try await QualcommFamily(policy: policy).connect(connection) as? QualcommTarget else {
      throw SaharaError.noInterface
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

  func outcome<Result>(_ command: () async throws -> Result) async -> Outcome {
    do {
      _ = try await command()
      return .done
    } catch let error as SaharaError {
      return .failed(error)
    } catch {
      return .strange("\(type(of: error)): \(error)")
    }
  }

  /// Dumps everything into memory, by the names that the program would use.
  func dump(_ filter: SaharaRegionFilter = SaharaRegionFilter()) async throws -> [String: [UInt8]] {
    try await withTarget { target in
      let table = try await target.regions()
      let names = SaharaRegionNames(table.regions).names
      var dump: [String: [UInt8]] = [:]
      for (region, name) in zip(table.regions, names) where filter.takes(region) {
        let bytes = Collected()
        try await target.read(region, width: table.width) { piece throws(ImageError) in bytes.append(piece) }
        dump[name] = bytes.all
      }
      return dump
    }
  }

  private final class Collected: Sendable {
    private let bytes = Mutex<[UInt8]>([])
    func append(_ piece: [UInt8]) { bytes.withLock { $0 += piece } }
    var all: [UInt8] { bytes.withLock { $0 } }
  }
}

/// Loaders in a folder that goes away with the object.
final class LoaderFolder: Sendable {
  let path: String
  /// A small ELF file, and what is in it.
  let elf: [UInt8]

  init() throws {
    path = NSTemporaryDirectory() + "sahara-" + UUID().uuidString.prefix(8)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    elf = Self.elf64(code: (0..<9000).map { UInt8(truncatingIfNeeded: $0 * 31 >> 3) })
    for (name, bytes) in [("prog.elf", elf), ("second.elf", Self.elf64(code: [UInt8](repeating: 0x5A, count: 5000)))] {
      _ = FileManager.default.createFile(atPath: file(name), contents: Data(bytes))
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  func write(_ bytes: [UInt8], to name: String) -> String {
    _ = FileManager.default.createFile(atPath: file(name), contents: Data(bytes))
    return file(name)
  }

  func bytes(_ name: String) -> [UInt8] { FileManager.default.contents(atPath: file(name)).map(Array.init) ?? [] }

  /// ELF64: header, one PT_NULL for the headers, one PT_LOAD.
  static func elf64(code: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    func append(_ value: UInt64, _ count: Int) {
      for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))) }
    }
    for (value, count) in [(2, 2), (0xB7, 2), (1, 4), (0x1480_0000, 8), (64, 8), (0, 8), (0, 4)] as [(UInt64, Int)] {
      append(value, count)
    }
    for field in [64, 56, 2, 0, 0, 0] as [UInt64] { append(field, 2) }
    for header in [
      [0, 0x0700_0000, 0, 0, 0, 176, 176, 4],
      [1, 5, 0x1000, 0x1480_0000, 0x1480_0000, UInt64(code.count), UInt64(code.count), 4096],
    ] as [[UInt64]] {
      append(header[0], 4)
      append(header[1], 4)
      for word in header[2...] { append(word, 8) }
    }
    return bytes + [UInt8](repeating: 0, count: 0x1000 - bytes.count) + code
  }
}
