import USBWire

/// What SET_FEATURE has switched on, apart from endpoint halts (USB 2.0, 9.4.9; USB 3.2, 9.4.9).
struct PortFeatures: Equatable, Sendable {
  /// DEVICE_REMOTE_WAKEUP, which USB 2 has.
  var isWakeupEnabled = false
  /// U1, U2 and latency tolerance of super speed: wValue 48…50.
  var linkFeatures: Set<StandardFeature> = []
  /// Interfaces whose function may wake the host (super speed).
  var wakingFunctions: Set<UInt8> = []

  /// GET_STATUS of the device (USB 2.0, figure 9-4; USB 3.2, figure 9-4): self-powered, remote wakeup, U1, U2, LTM.
  func deviceStatus(of configuration: ConfigurationDescriptor?) -> UInt8 {
    var status: UInt8 = configuration?.isSelfPowered == true ? 1 : 0
    if isWakeupEnabled { status |= 1 << 1 }
    for (feature, bit) in [(StandardFeature.u1Enable, 2), (.u2Enable, 3), (.latencyToleranceEnable, 4)]
    where linkFeatures.contains(feature) {
      status |= 1 << bit
    }
    return status
  }
}

extension ConfigurationDescriptor {
  /// bmAttributes bit 6.
  var isSelfPowered: Bool { attributes & 0x40 != 0 }
  /// bmAttributes bit 5: the device can wake the host.
  var canWakeHost: Bool { attributes & 0x20 != 0 }
}
