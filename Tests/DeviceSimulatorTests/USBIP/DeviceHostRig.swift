import Dispatch
import Glibc
import Synchronization
import SystemPackage
import USBWire

@testable import DeviceSimulator

/// A `BenchDevice` on its thread, with clients over socket pairs.
final class DeviceHostRig: Sendable {
  let host: USBIPDeviceHost
  private let log: Mutex<[USBIPHostEvent]>
  private let changed = DispatchSemaphore(value: 0)

  init(room: Int = .max, wire: WireModel = .unlimited, faults: [Fault] = []) throws {
    let port = SimulatedPort(hosting: BenchDevice(room: room), faults: faults)
    let relay = Relay()
    host = try USBIPDeviceHost(port, busID: "1-1", addresses: BusAddresses(), wire: wire) { relay.forward($0) }
    log = Mutex([])
    relay.target.withLock { [unowned self] in
      $0 = { event in
        self.log.withLock { $0.append(event) }
        self.changed.signal()
      }
    }
  }

  /// Lets events reach a rig that is not made yet when the host is.
  private final class Relay: Sendable {
    let target = Mutex<(@Sendable (USBIPHostEvent) -> Void)?>(nil)
    func forward(_ event: USBIPHostEvent) { target.withLock { $0 }?(event) }
  }

  var events: [USBIPHostEvent] { log.withLock { $0 } }

  /// Waits until an event has happened, now or before.
  func wait(for event: USBIPHostEvent) throws {
    while !events.contains(event) {
      guard changed.wait(timeout: .now() + 60) == .success else { throw Errno.timedOut }
    }
  }

  /// The server's end of a pair, and a client at the other.
  func pair() throws -> (socket: StreamSocket, stream: TCPClient) {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else { throw Errno(rawValue: errno) }
    return (StreamSocket(owning: ends[0]), TCPClient(owning: ends[1]))
  }

  func connect(configured: Bool = true) throws -> USBIPTestClient {
    let (socket, stream) = try pair()
    let export = host.export
    let status = host.serve(socket)
    guard status == .done, let export else { throw Refused(status: status) }
    let client = USBIPTestClient(stream, deviceID: export.record.deviceID)
    if configured { try client.control(.setConfiguration(1)) }
    return client
  }

  struct Refused: Error, Equatable {
    var status: USBIPOperation.Status
  }

  /// Runs `body` on a thread of its own while the device runs.
  func run(_ body: @escaping @Sendable (DeviceHostRig) throws -> Void) async throws {
    let host = host
    try await whileServing {
      await host.run()
    } _: {
      try body(self)
    }
  }
}
