public import FlashCore
import Synchronization
import USBWire

/// Opens a simulated device in the same process: `sim:MODEL[,KEY=VALUE]…`.
///
/// ```swift
/// let configuration = try SimulatorConfiguration(model: "rx51", storage: "phone")
/// let provider = try SimulatedLinkProvider(selector: "sim:rx51", configuration: configuration)
/// let link = try await provider.open(waitLimit: nil)
/// ```
///
/// The device lives as long as the provider: links may be opened one after the other, and what the device keeps in
/// memory is still there.
public final class SimulatedLinkProvider: LinkProvider {
  public let name: String
  public var clock: any LinkClock { bus.clock }
  public let canReenumerate = true

  private let bus: SimulatedBus
  /// The appearance on the bus of the link that was opened last.
  private let lastOpened = Mutex(0)

  /// The place of every simulated device; no real bus has the number 0.
  private static let portPath = "0-1"

  /// Makes the device. `observer` hears of what it does by itself, on whatever thread that happens.
  ///
  /// Throws `SimulatorError.storage` when the storage folder cannot be used.
  public init(
    selector: String, configuration: SimulatorConfiguration,
    observer: @escaping @Sendable (PortEvent) -> Void = { _ in }
  ) throws(SimulatorError) {
    name = selector
    let port = try SimulatorRegistry.makePort(for: configuration, serving: .inProcess)
    bus = SimulatedBus(port: port, clock: configuration.clock, observer: observer)
  }

  /// What discovery would say of the device now; `nil` while it is off the bus.
  public var info: USBDeviceInfo? { bus.perform { port, _ in Self.info(of: port) } }

  private static func info(of port: SimulatedPort) -> USBDeviceInfo? {
    port.identity?.info(portPath: portPath, bus: 0, address: port.attachments)
  }

  public func open(waitLimit: Duration?) async throws(OpenError) -> any Link {
    let found: (info: USBDeviceInfo, attachment: Int)
    do throws(SimulatedBus.Interruption) {
      found = try await bus.poll(until: clock.now + (waitLimit ?? .zero)) { port, now in
        Self.configure(&port, at: now).map { ($0, port.attachments) }
      }
    } catch {
      switch (error, waitLimit) {
      case (.cancelled, _): throw .cancelled
      case (.timedOut, nil): throw .notFound(selector: name, seen: [])
      case (.timedOut, .some(let limit)): throw .timedOut(waitingFor: name, after: limit)
      }
    }
    guard bus.takeOpening() else { throw .busy(path: Self.portPath, holders: ["flashctl"]) }
    lastOpened.withLock { $0 = found.attachment }
    return SimulatedLink(name: name, info: found.info, bus: bus, attachment: found.attachment)
  }

  /// What a kernel does with a new device: it selects the first configuration.
  private static func configure(_ port: inout SimulatedPort, at now: Duration) -> USBDeviceInfo? {
    guard let info = info(of: port), let configuration = info.configuration else { return nil }
    if port.configurationValue == 0 {
      let setup = SetupPacket(
        requestType: 0, request: StandardRequest.setConfiguration.rawValue, value: UInt16(configuration.value),
        index: 0, length: 0)
      _ = port.request(setup, at: now)
    }
    return info
  }

  public func awaitReturn(
    within limit: Duration, where isExpected: @escaping @Sendable (USBDeviceInfo) -> Bool
  ) async throws(OpenError) -> USBDeviceInfo {
    let last = lastOpened.withLock { $0 }
    do throws(SimulatedBus.Interruption) {
      return try await bus.poll(until: clock.now + limit) { port, _ in
        guard port.attachments != last, let info = Self.info(of: port), isExpected(info) else { return nil }
        return info
      }
    } catch {
      throw error == .cancelled ? .cancelled : .timedOut(waitingFor: name, after: limit)
    }
  }
}
