import USBWire
import WireFormat

/// The standard requests of USB 2.0, chapter 9.4, and those that super speed adds (USB 3.2, 9.4), answered from the
/// device's descriptors.
extension SimulatedPort {
  /// `nil` hands the request on to the model.
  mutating func standardAnswer(to setup: SetupPacket, at now: Duration) -> ControlAnswer? {
    switch (StandardRequest(rawValue: setup.request), setup.requestType) {
    case (.getDescriptor, 0x80): return descriptor(setup)
    case (.getStatus, 0x80...0x82): return status(setup)
    case (.clearFeature, 0x00...0x02), (.setFeature, 0x00...0x02): return setFeature(setup)
    case (.setAddress, 0x00): return .data([])
    case (.getConfiguration, 0x80): return .data([configurationValue])
    case (.setConfiguration, 0x00): return setConfiguration(setup, at: now)
    case (.getInterface, 0x81):
      let number = UInt8(truncatingIfNeeded: setup.index)
      return hasInterface(number) ? .data([alternates[number, default: 0]]) : .stall
    case (.setInterface, 0x01): return setInterface(setup, at: now)
    case (.setSystemExitLatencies, 0x00): return device.identity.isSuperSpeed && setup.length == 6 ? .data([]) : .stall
    case (.setIsochronousDelay, 0x00): return device.identity.isSuperSpeed ? .data([]) : .stall
    default: return nil
    }
  }

  /// GET_DESCRIPTOR. Kinds that the framework does not know (class descriptors) are the model's.
  private func descriptor(_ setup: SetupPacket) -> ControlAnswer? {
    let identity = device.identity
    let index = UInt8(truncatingIfNeeded: setup.value)
    var bytes: [UInt8] = []
    switch DescriptorKind(rawValue: UInt8(setup.value >> 8)) {
    case .device:
      identity.device.serialize(into: &bytes)
    case .configuration:
      guard identity.configurations.indices.contains(Int(index)) else { return .stall }
      identity.configurations[Int(index)].serialize(into: &bytes)
    case .string:
      guard let string = string(index) else { return .stall }
      bytes = string
    case .deviceQualifier:
      guard identity.isHighSpeed else { return .stall }
      DeviceQualifierDescriptor(of: identity.device).serialize(into: &bytes)
    case .otherSpeedConfiguration:
      guard identity.isHighSpeed, identity.configurations.indices.contains(Int(index)) else { return .stall }
      identity.configurations[Int(index)].atFullSpeed().serialize(as: .otherSpeedConfiguration, into: &bytes)
    case .bos:
      guard let store = identity.capabilities else { return .stall }
      store.serialize(into: &bytes)
    default: return nil
    }
    return .data(bytes)
  }

  private func string(_ index: UInt8) -> [UInt8]? {
    guard index != 0 else { return StringDescriptor.languages }
    return device.identity.strings[index].map(StringDescriptor.bytes)
  }

  private mutating func setConfiguration(_ setup: SetupPacket, at now: Duration) -> ControlAnswer {
    let value = UInt8(truncatingIfNeeded: setup.value)
    guard value == 0 || device.identity.configurations.contains(where: { $0.value == value }) else { return .stall }
    configurationValue = value
    alternates = [:]
    halted = []
    pipes = [:]
    device.busReset(at: now)
    if value != 0 { beginStay(at: now) }
    return .data([])
  }

  private mutating func setInterface(_ setup: SetupPacket, at now: Duration) -> ControlAnswer {
    let number = UInt8(truncatingIfNeeded: setup.index)
    let alternate = UInt8(truncatingIfNeeded: setup.value)
    guard let configuration, configuration.setting(alternate, of: number) != nil else { return .stall }
    alternates[number] = alternate
    for setting in configuration.settings where setting.number == number {
      for endpoint in setting.endpoints {
        halted.remove(endpoint.address)
        pipes[endpoint.address] = nil
      }
    }
    device.select(alternate: alternate, of: number, at: now)
    return .data([])
  }
}
