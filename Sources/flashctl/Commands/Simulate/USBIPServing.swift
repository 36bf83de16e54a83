import DeviceSimulator
import FlashCore
import Synchronization
import USBWire

/// `--usbip`: devices for any USB/IP client.
struct USBIPServing: DeviceServing {
  private let server: SimulatorUSBIPServer
  private let models: [String]
  private let narrator: USBIPNarrator

  init(_ devices: [SimulatorConfiguration], at address: ListenAddress, wire: WireModel, on stage: ServingStage) throws {
    models = devices.map(\.model)
    let narrator = USBIPNarrator(console: stage.console, watch: stage.watch)
    do throws(SimulatorError) {
      server = try SimulatorUSBIPServer(
        host: address.host, port: address.port, devices: devices, wire: wire,
        recorder: stage.transfers.map { log in { @Sendable busID, record in log.append(record, of: busID) } },
        observer: { event in narrator.tell(event) })
    } catch { throw Diagnostic(error, listeningWith: "--usbip") }
    self.narrator = narrator
    narrator.watch(server)
  }

  func run(on stage: ServingStage) async {
    if !server.isLoopback { stage.warnOfStrangers("USB/IP", at: server.address, port: server.port) }
    for (export, model) in zip(server.exports, models) {
      let id = USBDeviceInfo.identifier(export.record.vendorID, export.record.productID)
      stage.ready(.usbip(address: server.address, busID: export.record.busID, id: id, model: model))
    }
    await server.run()
  }
}

/// Tells people, scripts and whoever waits for the first client what happens at a USB/IP server.
final class USBIPNarrator: Sendable {
  private let console: Console
  private let watch: OnceWatch
  private let server = Mutex<SimulatorUSBIPServer?>(nil)
  /// What was told last of clients that were sent away: one that waits for a device asks many times a second.
  private let lastRefusal = Mutex<SimulatorUSBIPEvent.Refusal?>(nil)

  init(console: Console, watch: OnceWatch) {
    self.console = console
    self.watch = watch
  }

  /// The server whose devices can be asked what they are now.
  func watch(_ server: SimulatorUSBIPServer) { self.server.withLock { $0 = server } }

  func tell(_ event: SimulatorUSBIPEvent) {
    switch event {
    case .refused(let refusal):
      let isNews = lastRefusal.withLock { last in
        defer { last = refusal }
        return last != refusal
      }
      if isNews { SimulatorLog.show(refusal, on: console) }
    case .device(let busID, let event):
      lastRefusal.withLock { $0 = nil }
      SimulatorLog.show(event, of: busID, now: identifier(of: busID), on: console)
      if let event = OnceWatch.Event(event) { watch.note(event, at: busID) }
    }
  }

  private func identifier(of busID: String) -> String? {
    let exports = server.withLock { $0 }?.exports ?? []
    return exports.first { $0.record.busID == busID }.map {
      USBDeviceInfo.identifier($0.record.vendorID, $0.record.productID)
    }
  }
}

extension OnceWatch.Event {
  fileprivate init?(_ event: USBIPHostEvent) {
    switch event {
    case .connected: self = .began
    case .disconnected: self = .ended
    case .device(.left(let returnAfter)): self = .deviceLeft(isForGood: returnAfter == nil)
    case .device(.returned): self = .deviceReturned
    case .device: return nil
    }
  }
}
