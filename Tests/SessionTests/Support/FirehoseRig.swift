import DeviceSimulator
import FlashCore
import FlashImages
import Foundation
import Qualcomm

/// A simulated device in emergency download mode on virtual time, its storage in a folder, and a host that flashes it.
final class FirehoseRig: Sendable {
  enum Outcome: Equatable {
    case done
    case failed(FirehoseError)
    /// An error that is none of the protocol's.
    case other(String)

    var category: SaharaError.Category? { if case .failed(let error) = self { error.category } else { nil } }

    var refusal: FirehoseRefusal? {
      if case .failed(.refused(let refusal)) = self { refusal } else { nil }
    }
  }

  let provider: any LinkProvider
  let log = RunLog()
  let folder: LoaderFolder
  let settings: FirehoseSettings

  init(
    _ model: String = "sdm845-ufs", knobs: [(key: String, value: String)] = [], quirks: [String] = [],
    faults: [String] = [], settings: FirehoseSettings = FirehoseSettings(), folder: LoaderFolder? = nil
  ) throws {
    let folder = try folder ?? LoaderFolder()
    self.folder = folder
    let storage = folder.file("storage")
    try FileManager.default.createDirectory(atPath: storage, withIntermediateDirectories: true)
    let configuration = try SimulatorConfiguration(
      model: model, storage: storage, quirks: quirks, settings: [("clock", "virtual")] + knobs, faults: faults)
    provider = try SimulatedLinkProvider(
      selector: "sim:" + model, configuration: configuration, observer: log.device)
    self.settings = settings
  }

  func withTarget<Result: Sendable>(
    loaders: [String]? = nil, timeout: Duration? = nil, _ body: (QualcommTarget) async throws -> Result
  ) async throws -> Result {
    let link = try await provider.open(waitLimit: .seconds(60))
    let connection = Connection(
      link: link, provider: provider, timeout: timeout, loaders: loaders ?? [folder.file("prog.elf")],
      familyOptions: [settings],
      observer: log.session)
    guard let target = try await QualcommFamily().connect(connection) as? QualcommTarget else {
      throw FirehoseError.otherMode("none")
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

  func outcome<Result: Sendable>(
    timeout: Duration? = nil, _ body: (QualcommTarget) async throws -> Result
  ) async -> Outcome {
    do {
      _ = try await withTarget(timeout: timeout, body)
      return .done
    } catch { return Self.outcome(of: error) }
  }

  static func outcome(of error: any Error) -> Outcome {
    switch error {
    case let error as FirehoseError: .failed(error.cause)
    case let failure as PlanRunner.Failure: outcome(of: failure.underlying)
    default: .other("\(type(of: error)): \(error)")
    }
  }

  /// What the storage holds, read from outside.
  func stored(_ section: Int, at offset: UInt64, count: Int, slot: Int = 0) throws -> [UInt8] {
    let name = (slot == 0 ? "" : "slot\(slot)-") + "lun\(section).img"
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: folder.file("storage/" + name)))
    defer { try? file.close() }
    try file.seek(toOffset: offset)
    let bytes = Array(try file.read(upToCount: count) ?? Data())
    return bytes + [UInt8](repeating: 0, count: count - bytes.count)
  }

  /// Bytes that look like nothing else.
  static func pattern(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<count).map { _ in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return UInt8(truncatingIfNeeded: state >> 32)
    }
  }

  static func image(_ bytes: [UInt8]) throws -> any ImageSource { try RandomAccessImageSource(MemoryBytes(bytes)) }

  /// Writes bytes to a place, reads them back, and returns what came.
  static func roundTrip(
    _ target: QualcommTarget, _ bytes: [UInt8], section: String = "0", at offset: UInt64
  ) async throws -> [UInt8] {
    let unit = try await target.section(section).sectorByteCount
    let end = offset + (UInt64(bytes.count) + unit - 1) / unit * unit
    let range = StorageRange(section: section, bytes: offset..<end)
    try await target.write(try image(bytes), to: range) { _ in }
    return Array(try await target.bytes(of: range).prefix(bytes.count))
  }
}
