public import FlashCore
import Glibc

/// Opens USB devices, and follows the first one it opened by its port path.
///
/// ```swift
/// let provider = USBLinkProvider(selector: nil) { device in families.firstRecognition(of: device) }
/// let link = try await provider.open(waitLimit: .seconds(60))
/// ```
///
/// Without a selector it takes the only device that `recognise` calls supported. The device is locked against other
/// flashctl from its first opening until `close`.
public final class USBLinkProvider: LinkProvider {
  /// Transfers that a stream keeps in flight, so that the bus never waits for the host to come with the next.
  public static let standardStreamDepth = 4

  /// How long a node that has just appeared may still lack the rights that udev's rules give it.
  static let settlingLimit = Duration.seconds(2)

  public let name: String
  public let clock: any LinkClock
  public let canReenumerate = true

  private struct Followed {
    var device: USBDeviceInfo
    /// The port path, and that of the same socket on its other bus.
    var portPaths: [String]
    var hold: PortHold
  }

  private let selector: DeviceSelector?
  private let recognise: @Sendable (USBDeviceInfo) -> RecognisedMode?
  private let discovery: USBDiscovery
  private let watcher: USBWatcher
  private let lockFolders: [String]
  private let opener: any USBDeviceOpener
  private let followed = Locked<Followed?>(nil)

  /// `streamDepth`: transfers that a stream keeps in flight.
  public convenience init(
    selector: DeviceSelector?, discovery: USBDiscovery = USBDiscovery(),
    lockFolders: [String] = DeviceLock.standardFolders, streamDepth: Int = USBLinkProvider.standardStreamDepth,
    clock: any LinkClock = SystemLinkClock(),
    recognise: @escaping @Sendable (USBDeviceInfo) -> RecognisedMode?
  ) {
    self.init(
      selector: selector, discovery: discovery, lockFolders: lockFolders, clock: clock,
      opener: LibUSBOpener(streamDepth: streamDepth), recognise: recognise)
  }

  init(
    selector: DeviceSelector?, discovery: USBDiscovery, lockFolders: [String], clock: any LinkClock,
    opener: any USBDeviceOpener, recognise: @escaping @Sendable (USBDeviceInfo) -> RecognisedMode?
  ) {
    name = selector?.description ?? "usb"
    self.selector = selector
    self.recognise = recognise
    self.discovery = discovery
    watcher = USBWatcher(discovery: discovery, clock: clock)
    self.lockFolders = lockFolders
    self.clock = clock
    self.opener = opener
  }

  /// Opens the device that is there now, or waits for it; after the first time, the device at the same port path.
  public func open(waitLimit: Duration?) async throws(OpenError) -> any Link {
    switch selector {
    case .tcp, .usbip, .simulated, .unserved: throw .unsupported(selector: name, reason: "usb")
    case nil, .usbPort, .usbIdentity, .usbAddress, .serialNumber, .product: break
    }
    guard let waitLimit else { return try await open(try await present(), isSettling: false) }
    let end = clock.now + waitLimit
    while true {
      let left = max(.zero, end - clock.now)
      let device = try await watcher.wait(for: name, within: left) { tracker throws(OpenError) in
        try choose(from: tracker.devices)
      }
      do throws(OpenError) { return try await open(device, isSettling: true) } catch {
        // It was there and left again: the wait goes on.
        guard error.isDeparture else { throw error }
        guard clock.now < end else { throw .timedOut(waitingFor: name, after: waitLimit) }
        do { try await clock.sleep(for: USBWatcher.scanInterval) } catch { throw .cancelled }
      }
    }
  }

  /// The device that is meant and is there now.
  private func present() async throws(OpenError) -> USBDeviceInfo {
    let devices = try discovery.scan()
    guard let device = try choose(from: devices.map(\.info)) else {
      throw .notFound(selector: selector?.description, seen: devices.map(\.info).filter(isSupported).map(\.candidate))
    }
    if devices.contains(where: { $0.info == device && $0.isConfigured }) { return device }
    // Caught while the kernel still sets it up.
    let limit = DeviceTracker.configurationLimit + USBWatcher.scanInterval
    return try await watcher.waitForDevice(name, within: limit) { $0.portPath == device.portPath }
  }

  private func choose(from devices: [USBDeviceInfo]) throws(OpenError) -> USBDeviceInfo? {
    if let portPaths = followed.withLock({ $0?.portPaths }) {
      return devices.first { portPaths.contains($0.portPath) }
    }
    let matching = devices.filter { device in selector.map { $0.matches(device) } ?? isSupported(device) }
    guard matching.count <= 1 else { throw .ambiguous(candidates: matching.map(\.candidate)) }
    return matching.first
  }

  private func isSupported(_ device: USBDeviceInfo) -> Bool { recognise(device)?.isSupported ?? false }

  /// Locks, opens and remembers a device. With `isSettling`, udev may still be about to give us the right to.
  private func open(_ device: USBDeviceInfo, isSettling: Bool) async throws(OpenError) -> any Link {
    let known = followed.withLock { $0 }
    var current: Followed
    if let known {
      current = known
    } else {
      let hold = try PortHold(portPath: device.portPath, discovery: discovery, lockFolders: lockFolders)
      let companion = discovery.companionPort(of: device.portPath).map { [$0] } ?? []
      current = Followed(device: device, portPaths: [device.portPath] + companion, hold: hold)
    }
    current.device = device
    let link = try await openNode(of: device, hold: current.hold, isSettling: isSettling)
    followed.withLock { $0 = current }
    return link
  }

  private func openNode(of device: USBDeviceInfo, hold: PortHold, isSettling: Bool) async throws(OpenError) -> any Link
  {
    let end = clock.now + Self.settlingLimit
    while true {
      do throws(OpenError) {
        return try await opener.open(device, discovery: discovery, hold: hold, clock: clock)
      } catch {
        guard isSettling, error.mayBeUnsettled, clock.now < end, discovery.isStill(device) else { throw error }
        do { try await clock.sleep(for: USBWatcher.scanInterval) } catch { throw .cancelled }
      }
    }
  }

  /// Waits until the device that was opened last has left and one that `isExpected` accepts stands in its socket.
  ///
  /// What counts as having left: another address, or not having been there at one of the looks.
  public func awaitReturn(
    within limit: Duration, where isExpected: @escaping @Sendable (USBDeviceInfo) -> Bool
  ) async throws(OpenError) -> USBDeviceInfo {
    guard let followed = followed.withLock({ $0 }) else {
      throw .notFound(selector: selector?.description, seen: [])
    }
    var hasLeft = false
    return try await watcher.wait(for: followed.device.selector, within: limit) { tracker throws(OpenError) in
      hasLeft = hasLeft || !tracker.contains(followed.device)
      guard hasLeft else { return nil }
      return tracker.devices.first { followed.portPaths.contains($0.portPath) && isExpected($0) }
    }
  }

  /// Gives the kernel drivers and the lock back; a later `open` chooses a device anew.
  public func close() async {
    let hold = followed.withLock { followed -> PortHold? in
      defer { followed = nil }
      return followed?.hold
    }
    guard let hold else { return }
    await BlockingCalls().run { hold.attachDrivers() }
  }
}

extension OpenError {
  /// Whether the device left while it was being opened.
  fileprivate var isDeparture: Bool {
    switch self {
    case .link(.disconnected, _), .system(_, ENODEV, _), .system(_, ENXIO, _), .system(_, ENOENT, _): true
    default: false
    }
  }

  /// Whether a node that has just appeared may still change for the better.
  fileprivate var mayBeUnsettled: Bool {
    switch self {
    case .permissionDenied, .system(_, ENOENT, _): true
    default: false
    }
  }
}
