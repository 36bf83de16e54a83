import DeviceSimulator
import SystemPackage
import USBWire
import WireFormat

/// What a simulated device and its server do by themselves, as lines on standard error.
enum SimulatorLog {
  static func show(_ event: SimulatorServerEvent, on console: Console) {
    switch event {
    case .connected: console.debug("a client has connected")
    case .disconnected: console.debug("the client has gone")
    case .refused: console.warning("a client was turned away: the device has left for good (knob next-mode)")
    case .device(let event): show(event, on: console)
    }
  }

  static func show(_ event: PortEvent, on console: Console) {
    switch event {
    case .left(nil): console.debug("the simulated device has left")
    case .left(.some(let delay)):
      console.debug("the simulated device has left and comes back after \(Units.duration(delay))")
    case .returned: console.debug("the simulated device is back")
    case .fault(let text): console.info("injected the fault \(text)")
    case .storageFailed(let operation, let path, let number):
      console.warning("the simulated storage failed: cannot \(operation) \(path): \(Errno(rawValue: number))")
    case .imageComplete(let type, let count): console.debug("the simulated device holds \(type), \(count) bytes")
    }
  }

  // MARK: USB/IP

  /// `now` is what the device shows on its bus, `VID:PID`.
  static func show(_ event: USBIPHostEvent, of busID: String, now: String?, on console: Console) {
    emit(event, of: busID, now: now, on: console)
    switch event {
    case .connected: console.debug("\(busID): a client has the device")
    case .disconnected(.clientClosed): console.debug("\(busID): the client has gone")
    case .disconnected(.violation(let violation)):
      console.warning("\(busID): a client was turned out: \(text(violation))")
    case .disconnected(.deviceLeft), .disconnected(.stopped): break
    case .device(.left(nil)):
      console.info("\(busID): the device has left the bus, and does not come back by itself")
    case .device(.left(.some(let delay))):
      console.info("\(busID): the device has left the bus, and comes back after \(Units.duration(delay))")
    case .device(.returned): console.info("\(busID): the device is back as \(now ?? "?")")
    case .device(let event): show(event, on: console)
    }
  }

  /// An attached device that has been away and can be opened again; `id` is `VID:PID`.
  static func showReturn(of busID: String, to portPath: String, as id: String, on console: Console) {
    console.info("\(busID): the device is back as \(id), at usb:\(portPath)")
    console.event(
      "returned",
      [
        "busID": .string(busID), "portPath": .string(portPath), "vendorID": .string(String(id.prefix(4))),
        "productID": .string(String(id.suffix(4))),
      ])
  }

  /// How an attached device came to its end.
  static func show(_ end: SimulatorAttachmentEnd, of busID: String, on console: Console) {
    switch end {
    case .cancelled: break
    case .deviceLeft: console.info("\(busID): nothing is attached any more")
    case .detached: console.info("\(busID): another program has detached the device")
    }
  }

  static func show(_ refusal: SimulatorUSBIPEvent.Refusal, on console: Console) {
    switch refusal {
    case .importing(let busID, .busy): console.info("\(busID): another client wanted the device, which is taken")
    case .importing(let busID, _): console.info("a client wanted \(busID), which is not there")
    case .violation(let violation): console.warning("a client was turned away: \(text(violation))")
    }
  }

  /// The events of `simulate` in docs/json.md.
  private static func emit(_ event: USBIPHostEvent, of busID: String, now: String?, on console: Console) {
    let bus = JSONValue.string(busID)
    switch event {
    case .connected: console.event("connected", ["busID": bus])
    case .disconnected(let reason): console.event("disconnected", ["busID": bus, "reason": .string(name(reason))])
    case .device(.left(let delay)):
      let milliseconds = delay.map { JSONValue.integer(Int64($0 / .milliseconds(1))) } ?? .null
      console.event("left", ["busID": bus, "returnMilliseconds": milliseconds])
    case .device(.returned):
      console.event(
        "returned",
        [
          "busID": bus, "vendorID": .optional(now.map { String($0.prefix(4)) }),
          "productID": .optional(now.map { String($0.suffix(4)) }),
        ])
    case .device(.fault(let text)): console.event("fault", ["busID": bus, "fault": .string(text)])
    case .device(.imageComplete(let type, let count)):
      console.event("imageComplete", ["busID": bus, "type": .string(type), "bytes": .unsigned(count)])
    case .device(.storageFailed): break
    }
  }

  private static func name(_ reason: USBIPDisconnection) -> String {
    switch reason {
    case .clientClosed: "clientClosed"
    case .deviceLeft: "deviceLeft"
    case .violation: "violation"
    case .stopped: "stopped"
    }
  }

  private static func text(_ violation: USBIPViolation) -> String {
    switch violation {
    case .malformed(let error): "it sent what is no USB/IP: \(text(error))"
    case .wrongDevice(let id, let expected): "it spoke to device \(id), but has \(expected)"
    case .repeatedSequence(let number): "it used the number \(number) for two transfers at once"
    case .transferTooLong(let count, let limit): "it wanted a transfer of \(count) bytes; \(limit) is the limit"
    case .tooManyTransfers(let limit): "it had more than \(limit) transfers in flight"
    case .tooMuchData(let limit): "it had more than \(limit) bytes in flight"
    case .isochronous: "it wanted isochronous transfers, which no simulated device has"
    case .tooSlow(let limit): "it did not say within \(Units.duration(limit)) what it wants"
    case .crowdedOut(let limit): "it had asked nothing yet, and more than \(limit) such connections were open"
    }
  }

  private static func text(_ error: WireError) -> String {
    switch error {
    case .truncated(let offset, let needed, let available):
      "its message ends early (\(needed) bytes needed at offset \(offset), \(available) there)"
    case .invalid(let field, let offset, let value):
      "the field “\(field)” at offset \(offset) is 0x\(String(value, radix: 16))"
    }
  }
}
