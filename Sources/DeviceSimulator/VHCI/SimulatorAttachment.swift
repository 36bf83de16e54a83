import FlashCore

/// Attaches a simulated device to this machine's own USB, by way of the kernel's `vhci_hcd`.
///
/// ```swift
/// let attachment = try SimulatorAttachment(try SimulatorConfiguration(model: "loopback")) { event in print(event) }
/// let end = try await attachment.run()
/// ```
///
/// Other programs then see it as any USB device: `lsusb` lists it, drivers bind to it. Needs root, and the module
/// `vhci-hcd`. A device that leaves its bus and comes back is attached again, at the same port.
public final class SimulatorAttachment: Sendable {
  private let host: USBIPDeviceHost
  private let device: AttachableDevice
  private let observer: @Sendable (SimulatorAttachmentEvent) -> Void
  private let events: AsyncStream<AttachableDevice.Event>.Continuation

  /// Several devices of one program need numbers of their own.
  private static let addresses = BusAddresses()

  /// Whether devices can be attached here: throws `notLoaded` or `notPermitted` when they cannot.
  public static func check() throws(VHCIError) { _ = try VHCIController(files: SystemFiles(root: "")) }

  /// Makes the device. `recorder` is called for every transfer on the device's thread, `observer` on whatever thread
  /// something happens.
  ///
  /// Throws `SimulatorError.notServed` for a model that is no USB device, and `.storage`.
  public init(
    _ configuration: SimulatorConfiguration, wire: WireModel = .unlimited,
    recorder: (@Sendable (TransferRecord) -> Void)? = nil,
    observer: @escaping @Sendable (SimulatorAttachmentEvent) -> Void = { _ in }
  ) throws(SimulatorError) {
    let (stream, continuation) = AsyncStream.makeStream(of: AttachableDevice.Event.self)
    let host = try USBIPDeviceHost(
      configuration, busID: "vhci", addresses: Self.addresses, wire: wire, recorder: recorder,
      observer: { event in Self.tell(event, continuation, observer) })
    device = AttachableDevice(record: { host.export?.record }, serve: { host.serve($0) }, events: stream)
    events = continuation
    self.observer = observer
    self.host = host
  }

  private static func tell(
    _ event: USBIPHostEvent, _ continuation: AsyncStream<AttachableDevice.Event>.Continuation,
    _ observer: @Sendable (SimulatorAttachmentEvent) -> Void
  ) {
    switch event {
    case .connected: break
    case .disconnected(.clientClosed), .disconnected(.stopped): continuation.yield(.ended(.closed))
    case .disconnected(.deviceLeft(let isForGood)): continuation.yield(.ended(.deviceLeft(isForGood: isForGood)))
    case .disconnected(.violation): continuation.yield(.ended(.violation))
    case .device(let event):
      observer(.device(event))
      switch event {
      case .returned: continuation.yield(.returned)
      case .left(returnAfter: nil): continuation.yield(.leftForGood)
      default: break
      }
    }
  }

  /// Keeps the device attached until it has left for good, somebody has detached it, or the task is cancelled; then it
  /// is gone from the machine's USB. To be called once. Throws as `check` does, and when the kernel does not play along.
  public func run() async throws(VHCIError) -> SimulatorAttachmentEnd {
    let attachment = VHCIAttachment(
      controller: try VHCIController(files: SystemFiles(root: "")), device: device, clock: SystemLinkClock(),
      observer: observer)
    let serving = Task { await host.run() }
    let result: Result<SimulatorAttachmentEnd, VHCIError>
    do throws(VHCIError) { result = .success(try await attachment.run()) } catch { result = .failure(error) }
    // Only now, so that what the kernel still asks of the device while it detaches is answered.
    serving.cancel()
    await serving.value
    events.finish()
    return try result.get()
  }
}
