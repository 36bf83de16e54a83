import USBWire
import WireFormat

/// The standard requests of USB 2.0, chapter 9.4, answered from the device's descriptors.
extension SimulatedPort {
  /// `nil` hands the request on to the model.
  mutating func standardAnswer(to setup: SetupPacket, at now: Duration) -> ControlAnswer? {
    switch (StandardRequest(rawValue: setup.request), setup.requestType) {
    case (.getDescriptor, 0x80): return descriptor(setup)
    case (.getStatus, 0x80), (.getStatus, 0x81): return .data([0, 0])
    case (.getStatus, 0x82): return .data([halted.contains(endpointAddress(setup)) ? 1 : 0, 0])
    case (.clearFeature, 0x02), (.setFeature, 0x02): return setHalt(setup)
    case (.setAddress, 0x00): return .data([])
    case (.getConfiguration, 0x80): return .data([configurationValue])
    case (.setConfiguration, 0x00): return setConfiguration(setup, at: now)
    case (.getInterface, 0x81):
      let number = UInt8(truncatingIfNeeded: setup.index)
      return hasInterface(number) ? .data([alternates[number, default: 0]]) : .stall
    case (.setInterface, 0x01): return setInterface(setup, at: now)
    default: return nil
    }
  }

  private func endpointAddress(_ setup: SetupPacket) -> EndpointAddress {
    EndpointAddress(rawValue: UInt8(truncatingIfNeeded: setup.index))
  }

  /// GET_DESCRIPTOR. Kinds that a high-speed-only USB 2.0 device lacks are refused, as real ones do; other kinds
  /// (class descriptors) are the model's.
  private func descriptor(_ setup: SetupPacket) -> ControlAnswer? {
    let identity = device.identity
    let index = UInt8(truncatingIfNeeded: setup.value)
    var bytes: [UInt8] = []
    switch DescriptorKind(rawValue: UInt8(setup.value >> 8)) {
    case .device:
      identity.device.serialize(into: &bytes)
    case .configuration where Int(index) < identity.configurations.count:
      identity.configurations[Int(index)].serialize(into: &bytes)
    case .string where index == 0:
      bytes = StringDescriptor.languages
    case .string:
      guard let text = identity.strings[index] else { return .stall }
      bytes = StringDescriptor.bytes(text)
    case .configuration, .deviceQualifier, .otherSpeedConfiguration: return .stall
    case .bos where identity.device.usbRelease < 0x0201: return .stall
    default: return nil
    }
    return .data(bytes)
  }

  /// SET_FEATURE and CLEAR_FEATURE of ENDPOINT_HALT.
  private mutating func setHalt(_ setup: SetupPacket) -> ControlAnswer {
    let address = endpointAddress(setup)
    guard setup.value == 0, address.number == 0 || endpoint(address) != nil else { return .stall }
    if setup.request == StandardRequest.setFeature.rawValue {
      halted.insert(address)
    } else {
      halted.remove(address)
    }
    return .data([])
  }

  private mutating func setConfiguration(_ setup: SetupPacket, at now: Duration) -> ControlAnswer {
    let value = UInt8(truncatingIfNeeded: setup.value)
    guard value == 0 || device.identity.configurations.contains(where: { $0.value == value }) else { return .stall }
    configurationValue = value
    alternates = [:]
    halted = []
    pipes = [:]
    device.busReset(at: now)
    return .data([])
  }

  private func hasInterface(_ number: UInt8) -> Bool {
    device.identity.configurations.contains {
      $0.value == configurationValue && $0.settings.contains { $0.number == number }
    }
  }

  private mutating func setInterface(_ setup: SetupPacket, at now: Duration) -> ControlAnswer {
    let number = UInt8(truncatingIfNeeded: setup.index)
    let alternate = UInt8(truncatingIfNeeded: setup.value)
    let configuration = device.identity.configurations.first { $0.value == configurationValue }
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
