import FlashCore
import USBWire
import WireFormat

/// Asks an imported device what it is, as the kernel does with one that was plugged in.
struct USBIPEnumeration: Sendable {
  /// What a device may ask of a client for its descriptors: strings beyond this are left out.
  private static let stringLimit = 32

  let device: USBIPDevice
  let limits: USBIPLimits

  /// Configures the device if it is not, and returns what discovery would say of one on this machine's buses.
  ///
  /// Throws `OpenError.link`, with the request during which it failed, or `cancelled`.
  func run() async throws(OpenError) -> USBDeviceInfo {
    let descriptor = try await deviceDescriptor()
    var info = USBDeviceInfo(
      portPath: device.record.busID, bus: Int(device.record.busNumber), address: Int(device.record.deviceNumber),
      vendorID: descriptor.vendorID, productID: descriptor.productID)
    info.deviceRelease = descriptor.deviceRelease
    info.speed = device.record.speed.megabitsPerSecond
    let configuration = try await activeConfiguration(descriptor)
    device.use(configuration)
    info.configuration = configuration
    try await addStrings(to: &info, descriptor)
    return info
  }

  private func deviceDescriptor() async throws(OpenError) -> DeviceDescriptor {
    let bytes = try await read(.getDescriptor(.device, index: 0, length: UInt16(DeviceDescriptor.byteCount)), "device")
    return try parse("device", bytes, DeviceDescriptor.init(parsing:))
  }

  /// The configuration that is active, or the first, which is then made active.
  private func activeConfiguration(_ descriptor: DeviceDescriptor) async throws(OpenError) -> ConfigurationDescriptor {
    let active = try await activeValue()
    var first: ConfigurationDescriptor?
    for index in 0..<max(1, descriptor.configurationCount) {
      let configuration = try await configuration(index)
      if configuration.value == active { return configuration }
      if first == nil { first = configuration }
      if active == 0 { break }
    }
    guard let first else { throw .link(.violation(field: "bNumConfigurations", value: 0), while: "configuration") }
    _ = try await request(.setConfiguration(first.value), [], "set configuration")
    return first
  }

  /// 0 while the device is not configured. What the server says counts only where the device has no answer.
  private func activeValue() async throws(OpenError) -> UInt8 {
    guard device.record.configurationValue != 0 else { return 0 }
    do throws(OpenError) {
      return try await read(.getConfiguration, "get configuration").first ?? device.record.configurationValue
    } catch {
      guard case .link(.stalled, _) = error else { throw error }
      return device.record.configurationValue
    }
  }

  /// Asks for the head, which says how long the whole is: at most 65535 bytes.
  private func configuration(_ index: UInt8) async throws(OpenError) -> ConfigurationDescriptor {
    let step = "configuration"
    let head = try await read(.getDescriptor(.configuration, index: index, length: 9), step)
    let total = try parse(step, head) { bytes throws(WireError) in try bytes.load(littleEndian: UInt16.self, at: 2) }
    let whole = try await read(.getDescriptor(.configuration, index: index, length: max(9, total)), step)
    return try parse(step, whole, ConfigurationDescriptor.init(parsing:))
  }

  // MARK: Strings

  /// Strings are no condition: a device that has none, or stalls, is taken without.
  private func addStrings(to info: inout USBDeviceInfo, _ descriptor: DeviceDescriptor) async throws(OpenError) {
    let wanted =
      [descriptor.manufacturerIndex, descriptor.productIndex, descriptor.serialNumberIndex]
      + [info.configuration?.stringIndex ?? 0] + (info.configuration?.settings.map(\.stringIndex) ?? [])
    guard wanted.contains(where: { $0 != 0 }), let language = try await language() else { return }
    var texts: [UInt8: String] = [:]
    for index in wanted where index != 0 && texts[index] == nil && texts.count < Self.stringLimit {
      texts[index] = try await string(index, language) ?? ""
    }
    let known = texts.filter { !$0.value.isEmpty }
    info.manufacturer = known[descriptor.manufacturerIndex]
    info.product = known[descriptor.productIndex]
    info.serialNumber = known[descriptor.serialNumberIndex]
    info.configurationName = info.configuration.flatMap { known[$0.stringIndex] }
    for setting in info.configuration?.settings ?? [] {
      info.interfaceNames[setting.stringIndex] = known[setting.stringIndex]
    }
  }

  /// The first language of string descriptor 0; `nil` when the device has no strings.
  private func language() async throws(OpenError) -> UInt16? {
    guard let bytes = try await stringDescriptor(0, 0), bytes.count >= 4, bytes[0] >= 4 else { return nil }
    return UInt16(bytes[2]) | UInt16(bytes[3]) << 8
  }

  private func string(_ index: UInt8, _ language: UInt16) async throws(OpenError) -> String? {
    try await stringDescriptor(index, language).flatMap(StringDescriptor.text)
  }

  private func stringDescriptor(_ index: UInt8, _ language: UInt16) async throws(OpenError) -> [UInt8]? {
    do throws(OpenError) {
      return try await read(.getDescriptor(.string, index: index, language: language, length: 255), "string")
    } catch {
      guard case .link(.stalled, _) = error else { throw error }
      return nil
    }
  }

  // MARK: Control requests

  private func read(_ setup: SetupPacket, _ step: String) async throws(OpenError) -> [UInt8] {
    try await request(setup, [], step)
  }

  private func request(_ setup: SetupPacket, _ data: [UInt8], _ step: String) async throws(OpenError) -> [UInt8] {
    let room = SetupPacket.byteCount + Int(setup.length)
    guard let transfer = USBTransfer(calls: device.calls), let buffer = TransferBuffer(capacity: room) else {
      throw .link(USBLink.noMemory, while: step)
    }
    var packet: [UInt8] = []
    setup.serialize(into: &packet)
    buffer.store(packet + data)
    let completion = await transfer.run(
      .init(endpoint: .zero, type: .control, buffer: buffer, count: room, timeout: limits.control))
    if let error = completion.error(endpoint: .zero, timeout: limits.control) {
      if error == .cancelled { throw .cancelled }
      throw .link(error == .disconnected ? device.presence.departure() ?? error : error, while: step)
    }
    return setup.isInput ? buffer.bytes(completion.byteCount, from: SetupPacket.byteCount) : []
  }

  private func parse<Value>(
    _ step: String, _ bytes: [UInt8], _ parse: (RawSpan) throws(WireError) -> Value
  ) throws(OpenError) -> Value {
    do throws(WireError) { return try parse(bytes.rawSpan) } catch {
      switch error {
      case .truncated(let offset, _, _):
        throw .link(.violation(field: "descriptor", value: UInt64(offset)), while: step)
      case .invalid(let field, _, let value): throw .link(.violation(field: field, value: value), while: step)
      }
    }
  }
}
