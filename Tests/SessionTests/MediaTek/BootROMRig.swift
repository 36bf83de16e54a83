import FlashCore
import FlashImages
import Foundation
import MediaTek

@testable import DeviceSimulator

/// A simulated MediaTek phone on virtual time, and a host that talks to it.
struct BootROMRig: Sendable {
  enum Outcome: Equatable {
    case done
    case failed(BootROMError)
    case unsupported
    case strange(String)
  }

  let provider: SimulatedLinkProvider
  let log = RunLog()
  let options: MediaTekOptions
  let loaders: [String]

  init(
    _ model: String = "mt6765", _ knobs: [(key: String, value: String)] = [], quirks: [String] = [],
    faults: [String] = [], options: MediaTekOptions = MediaTekOptions(), loaders: [String] = []
  ) throws {
    let configuration = try SimulatorConfiguration(
      model: model, quirks: quirks, settings: [("clock", "virtual")] + knobs, faults: faults)
    provider = try SimulatedLinkProvider(
      selector: "sim:" + model, configuration: configuration, observer: log.device)
    self.options = options
    self.loaders = loaders
  }

  func withTarget<Result: Sendable>(_ body: (MediaTekTarget) async throws -> Result) async throws -> Result {
    let link = try await provider.open(waitLimit: .seconds(60))
    let connection = Connection(
      link: link, provider: provider, loaders: loaders, familyOptions: [options], observer: log.session)
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

  func outcome<Result>(_ command: () async throws -> Result) async -> Outcome {
    do {
      _ = try await command()
      return .done
    } catch let error as BootROMError {
      return .failed(error)
    } catch is UnsupportedOperation {
      return .unsupported
    } catch {
      return .strange("\(type(of: error)): \(error)")
    }
  }

  func identity() async throws -> DeviceIdentity { try await withTarget { try await $0.identify() } }

  /// The agent file of the simulators, as it would be read from a file.
  static func agents(for device: MediaTekDevice) throws -> AgentArchive {
    try AgentArchive(MemoryBytes(MediaTekFixtures(device).agents, path: "DA.bin"))
  }
}

/// Signs as the fixtures' own signer does.
struct FixtureSigner: ChallengeSigner {
  func sign(_ challenge: [UInt8]) async throws(BootROMError) -> [UInt8] { FixtureSignature.response(to: challenge) }
}

/// Files in a folder that goes away with the object.
final class FixtureFiles: Sendable {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "brom-" + UUID().uuidString.prefix(8)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8], to name: String) -> String {
    _ = FileManager.default.createFile(atPath: path + "/" + name, contents: Data(bytes))
    return path + "/" + name
  }
}
