import USBWire

/// GET_STATUS, SET_FEATURE and CLEAR_FEATURE (USB 2.0, 9.4.1, 9.4.5, 9.4.9; USB 3.2 for super speed).
extension SimulatedPort {
  /// The configuration that is selected; `nil` while none is.
  var configuration: ConfigurationDescriptor? {
    device.identity.configurations.first { $0.value == configurationValue }
  }

  func status(_ setup: SetupPacket) -> ControlAnswer {
    switch setup.requestType & 0x1F {
    case 0:
      // Before a configuration is selected the first one tells how the device is powered.
      let configuration = configuration ?? device.identity.configurations.first
      return .data([features.deviceStatus(of: configuration), 0])
    case 1:
      let number = UInt8(truncatingIfNeeded: setup.index)
      guard hasInterface(number) else { return .stall }
      guard device.identity.isSuperSpeed, configuration?.canWakeHost == true else { return .data([0, 0]) }
      return .data([features.wakingFunctions.contains(number) ? 0b11 : 0b01, 0])
    default:
      let address = endpointAddress(setup)
      guard address.number == 0 || endpoint(address) != nil else { return .stall }
      return .data([halted.contains(address) ? 1 : 0, 0])
    }
  }

  mutating func setFeature(_ setup: SetupPacket) -> ControlAnswer {
    let isOn = setup.request == StandardRequest.setFeature.rawValue
    guard let feature = StandardFeature(rawValue: setup.value) else { return .stall }
    switch (setup.requestType & 0x1F, feature) {
    case (0, .deviceRemoteWakeup):
      guard configuration?.canWakeHost == true, !device.identity.isSuperSpeed else { return .stall }
      features.isWakeupEnabled = isOn
    case (0, .u1Enable), (0, .u2Enable), (0, .latencyToleranceEnable):
      guard device.identity.isSuperSpeed, configurationValue != 0 else { return .stall }
      if isOn { features.linkFeatures.insert(feature) } else { features.linkFeatures.remove(feature) }
    case (1, .haltOrFunctionSuspend): return setFunctionSuspend(setup, isOn: isOn)
    case (2, .haltOrFunctionSuspend): return setHalt(setup, isOn: isOn)
    // Test modes are for electrical tests; nothing else is known.
    default: return .stall
    }
    return .data([])
  }

  /// FUNCTION_SUSPEND: the interface in the low byte of wIndex, in the high byte bit 1 for remote wake.
  private mutating func setFunctionSuspend(_ setup: SetupPacket, isOn: Bool) -> ControlAnswer {
    let number = UInt8(truncatingIfNeeded: setup.index)
    guard device.identity.isSuperSpeed, hasInterface(number) else { return .stall }
    if isOn, setup.index & 0x0200 != 0, configuration?.canWakeHost == true {
      features.wakingFunctions.insert(number)
    } else {
      features.wakingFunctions.remove(number)
    }
    return .data([])
  }

  /// ENDPOINT_HALT. Clearing one resets the data toggle and loses no data.
  private mutating func setHalt(_ setup: SetupPacket, isOn: Bool) -> ControlAnswer {
    let address = endpointAddress(setup)
    guard address.number == 0 || endpoint(address) != nil else { return .stall }
    // The control endpoint is never kept halted: the next setup packet would clear it.
    if isOn, address.number != 0 { halted.insert(address) } else { halted.remove(address) }
    return .data([])
  }

  func endpointAddress(_ setup: SetupPacket) -> EndpointAddress {
    EndpointAddress(rawValue: UInt8(truncatingIfNeeded: setup.index))
  }

  func hasInterface(_ number: UInt8) -> Bool {
    configuration?.settings.contains { $0.number == number } == true
  }
}
