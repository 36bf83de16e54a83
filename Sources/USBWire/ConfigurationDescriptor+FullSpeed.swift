extension ConfigurationDescriptor {
  /// A high-speed configuration as the same device shows it at full speed (USB 2.0, 9.6.4 and 5.5–5.8): bulk and
  /// interrupt packets of at most 64 bytes, isochronous ones of at most 1023, one packet a frame, and the intervals of
  /// interrupt endpoints in frames of 1 ms in place of powers of two of 125 µs.
  public func atFullSpeed() -> ConfigurationDescriptor {
    var result = self
    for setting in result.settings.indices {
      for endpoint in result.settings[setting].endpoints.indices {
        result.settings[setting].endpoints[endpoint].lowerToFullSpeed()
      }
    }
    return result
  }
}

extension EndpointDescriptor {
  fileprivate mutating func lowerToFullSpeed() {
    let packet = maximumPacketSize & 0x7FF
    switch transferType {
    case .control, .bulk: maximumPacketSize = min(packet, 64)
    case .isochronous: maximumPacketSize = min(packet, 1023)
    case .interrupt:
      maximumPacketSize = min(packet, 64)
      let exponent = Int(max(1, min(16, interval))) - 1
      interval = UInt8(clamping: max(1, (1 << exponent) / 8))
    }
  }
}
