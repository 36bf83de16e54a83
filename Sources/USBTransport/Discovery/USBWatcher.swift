public import FlashCore

/// A device came or left.
public enum USBChange: Equatable, Sendable {
  case arrived(USBDeviceInfo)
  case departed(USBDeviceInfo)
}

/// Waits for devices.
///
/// It looks at sysfs every 50 ms and, sooner, whenever the system reports an event. Without a udevd (in most
/// containers) libusb claims to know hot-plug and never delivers, so libusb is not asked. A device that shows itself
/// for two seconds, as boot ROMs do, is seen every time.
public struct USBWatcher: Sendable {
  /// The longest time between two looks.
  public static let scanInterval = Duration.milliseconds(50)

  private let discovery: USBDiscovery
  private let clock: any LinkClock

  public init(discovery: USBDiscovery = USBDiscovery(), clock: any LinkClock = SystemLinkClock()) {
    self.discovery = discovery
    self.clock = clock
  }

  /// What comes and goes, beginning with the arrival of everything that is there already. Ends when its task is
  /// cancelled, or when the machine loses its USB. Throws `OpenError.noUSB` at once where there is none.
  public func changes() throws(OpenError) -> AsyncStream<USBChange> {
    _ = try discovery.scan()
    return AsyncStream { continuation in
      let task = Task {
        await watch { changes in
          for change in changes { continuation.yield(change) }
          return true
        }
        continuation.finish()
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  /// Waits until a device that `isMatch` accepts is there and configured; returns at once when it already is.
  ///
  /// `name` is what `OpenError.timedOut` says was waited for.
  public func waitForDevice(
    _ name: String, within limit: Duration, where isMatch: @escaping @Sendable (USBDeviceInfo) -> Bool
  ) async throws(OpenError) -> USBDeviceInfo {
    try await wait(for: name, within: limit) { tracker throws(OpenError) in tracker.devices.first(where: isMatch) }
  }

  /// Waits until a device that `selector` means is there and configured.
  public func waitForDevice(
    matching selector: DeviceSelector, within limit: Duration
  ) async throws(OpenError) -> USBDeviceInfo {
    try await waitForDevice(selector.description, within: limit) { selector.matches($0) }
  }

  /// Looks until `find` finds something, at least once.
  func wait<Found>(
    for name: String, within limit: Duration, find: (DeviceTracker) throws(OpenError) -> Found?
  ) async throws(OpenError) -> Found {
    let end = clock.now + limit
    // The events are listened to before the first look, so that nothing happens unseen in between.
    let events = USBEvents(paths: discovery.paths)
    var tracker = DeviceTracker()
    while true {
      _ = try tracker.update(discovery, now: clock.now)
      if let found = try find(tracker) { return found }
      guard !Task.isCancelled else { throw .cancelled }
      let left = end - clock.now
      guard left > .zero else { throw .timedOut(waitingFor: name, after: limit) }
      guard await events.wait(atMost: min(left, Self.scanInterval), clock: clock) else { throw .cancelled }
    }
  }

  /// Hands on every look's changes until `handle` returns `false`, the task is cancelled, or there is no USB.
  private func watch(_ handle: ([USBChange]) -> Bool) async {
    let events = USBEvents(paths: discovery.paths)
    var tracker = DeviceTracker()
    while !Task.isCancelled, let changes = try? tracker.update(discovery, now: clock.now), handle(changes) {
      guard await events.wait(atMost: Self.scanInterval, clock: clock) else { return }
    }
  }
}
