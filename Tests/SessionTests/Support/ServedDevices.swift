import DeviceSimulator
import FlashCore
import FlashImages
import Foundation
import MkII
import Synchronization
import USBTransport
import USBWire

/// Simulated devices behind a USB/IP server of this process, reached as a user reaches them: over a socket.
final class ServedDevices: Sendable {
  struct Device: Sendable {
    var model: String
    var settings: [(key: String, value: String)] = []
    var quirks: [String] = []
    var faults: [String] = []
    var serialNumber: String?
  }

  let server: SimulatorUSBIPServer
  let address: NetworkAddress
  let storage: String
  private let serving: Task<Void, Never>

  init(_ devices: [Device], port: UInt16 = 0) throws {
    let base = FileManager.default.isWritableFile(atPath: "/dev/shm/") ? "/dev/shm/" : NSTemporaryDirectory()
    let storage = base + "usbip-" + UUID().uuidString.prefix(8)
    self.storage = storage
    let configurations = try devices.enumerated().map { index, device in
      try SimulatorConfiguration(
        model: device.model, storage: device.model == "rx51" ? "\(storage)/\(index)" : nil,
        serialNumber: device.serialNumber, quirks: device.quirks, settings: device.settings, faults: device.faults)
    }
    let server = try SimulatorUSBIPServer(host: "127.0.0.1", port: port, devices: configurations)
    self.server = server
    address = NetworkAddress(host: "127.0.0.1", port: server.port)
    serving = Task { await server.run() }
  }

  deinit { try? FileManager.default.removeItem(atPath: storage) }

  /// Serves the devices while `body` runs.
  static func with<Result: Sendable>(
    _ devices: Device..., body: (ServedDevices) async throws -> Result
  ) async throws -> Result {
    let served = try ServedDevices(devices)
    do {
      let result = try await body(served)
      await served.end()
      return result
    } catch {
      await served.end()
      throw error
    }
  }

  func end() async {
    serving.cancel()
    await serving.value
  }

  func provider(_ busID: String = "1-1", depth: Int = 4) -> USBIPLinkProvider {
    USBIPLinkProvider(server: address, busID: busID, streamDepth: depth)
  }

  /// An open loopback device with these interfaces claimed.
  func loopback(_ busID: String = "1-1", depth: Int = 4, claiming interfaces: UInt8...) async throws -> any Link {
    let link = try await provider(busID, depth: depth).open(waitLimit: .seconds(60))
    for interface in interfaces { try await link.claim(interface: interface) }
    return link
  }

  /// Connects to an RX-51, does something with it, and closes.
  func withTarget<Result: Sendable>(
    _ provider: USBIPLinkProvider, _ body: (MkIITarget) async throws -> Result
  ) async throws -> Result {
    let link = try await provider.open(waitLimit: .seconds(60))
    let family = MkIIFamily(policy: FlashRig.policy)
    guard
      let target = try await family.connect(Connection(link: link, provider: provider, timeout: nil)) as? MkIITarget
    else { throw MkIIError.noMessageInterface }
    do {
      let result = try await body(target)
      await target.close()
      return result
    } catch {
      await target.close()
      throw error
    }
  }

  func flash(_ images: FlashImagesFolder, _ provider: USBIPLinkProvider) async throws -> PlanRunner.Report {
    var request = images.request
    request.reboots = false
    return try await withTarget(provider) { [request] target in
      guard let plan = try MkIIFamily(policy: FlashRig.policy).plan(request, for: target.identity) else {
        throw MkIIError.noMessageInterface
      }
      return try await PlanRunner().run(plan, on: target)
    }
  }

  /// The images of the device at `index` whose stored bytes are not exactly what was to be flashed.
  func wrongImages(_ images: FlashImagesFolder, of index: Int = 0) -> [String] {
    images.expected.compactMap { name, bytes in
      let stored = FileManager.default.contents(atPath: "\(storage)/\(index)/\(name).bin")
      return stored.map { Array($0) == bytes } == true ? nil : name
    }.sorted()
  }
}

/// Keeps what a stream brings.
final class Collector: StreamConsumer {
  private let collected = Mutex<[UInt8]>([])
  var bytes: [UInt8] { collected.withLock { $0 } }
  func consume(_ bytes: RawSpan) throws(ImageError) {
    bytes.withUnsafeBytes { buffer in collected.withLock { $0.append(contentsOf: buffer) } }
  }
}
