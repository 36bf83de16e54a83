import DeviceSimulator
import FlashCore

/// `--attach`: devices of this machine's own USB, by way of the kernel's `vhci_hcd`.
struct AttachServing: DeviceServing {
  private struct Device {
    var attachment: SimulatorAttachment
    var place: String
    var model: String
  }

  private let devices: [Device]

  init(_ configurations: [SimulatorConfiguration], wire: WireModel, on stage: ServingStage) throws {
    // Before a storage folder is made for a device that nobody can have.
    try SimulatorAttachment.check()
    devices = try configurations.enumerated().map { index, configuration in
      let place = SimulatorUSBIPServer.busID(at: index)
      let narrator = AttachmentNarrator(place: place, model: configuration.model, stage: stage)
      return Device(
        attachment: try SimulatorAttachment(
          configuration, wire: wire,
          recorder: stage.transfers.map { log in { @Sendable record in log.append(record, of: place) } },
          observer: { event in narrator.tell(event) }),
        place: place, model: configuration.model)
    }
  }

  func run(on stage: ServingStage) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for device in devices {
        group.addTask {
          let end: SimulatorAttachmentEnd
          do throws(VHCIError) { end = try await device.attachment.run() } catch {
            throw Diagnostic(error, model: device.model)
          }
          SimulatorLog.show(end, of: device.place, on: stage.console)
          if end != .cancelled { stage.watch.note(.ended, at: device.place) }
        }
      }
      // A device that cannot be attached ends the others.
      try await group.waitForAll()
    }
  }
}

/// Tells people and scripts what happens at one attached device. The first time that it can be opened is the line that
/// scripts wait for; later times are told as any re-enumeration.
final class AttachmentNarrator: Sendable {
  private let place: String
  private let model: String
  private let stage: ServingStage
  private let readiness = FirstTime()

  init(place: String, model: String, stage: ServingStage) {
    self.place = place
    self.model = model
    self.stage = stage
  }

  func tell(_ event: SimulatorAttachmentEvent) {
    switch event {
    case .ready(let device):
      let id = USBDeviceInfo.identifier(device.vendorID, device.productID)
      if readiness.take() {
        stage.ready(.attach(portPath: device.portPath, id: id, model: model))
        stage.watch.note(.began, at: place)
      } else {
        SimulatorLog.showReturn(of: place, to: device.portPath, as: id, on: stage.console)
      }
    // That it is back is told once the kernel has it.
    case .device(.returned): break
    case .device(let event): SimulatorLog.show(.device(event), of: place, now: nil, on: stage.console)
    }
  }
}
