public import FlashCore
import Glibc
import USBWire

/// Opens a device that a USB/IP server exports, and follows it by its bus id there.
///
/// ```swift
/// let server = NetworkAddress(host: "127.0.0.1", port: 3240)
/// let provider = USBIPLinkProvider(server: server, busID: "1-1")
/// let link = try await provider.open(waitLimit: .seconds(60))
/// ```
///
/// The server lets one client at a time have a device, so there is no lock to be taken.
public final class USBIPLinkProvider: LinkProvider {
  /// The pause between attempts while waiting.
  static let retryInterval = Duration.milliseconds(50)

  public let name: String
  public let clock: any LinkClock
  /// Transfers that a stream keeps in flight: more than over a cable, since a network takes its time with each.
  public static let standardStreamDepth = 16

  public let canReenumerate = true

  private struct State {
    /// The device as it was when it was opened last.
    var followed: USBDeviceInfo?
    /// A device that was imported to be looked at and is as expected: the next `open` takes it.
    var returned: USBLink?
  }

  private let server: USBIPServer
  private let busID: String
  private let streamDepth: Int
  private let state = Locked(State())

  /// `streamDepth`: transfers that a stream keeps in flight.
  public convenience init(
    server: NetworkAddress, busID: String, streamDepth: Int = USBIPLinkProvider.standardStreamDepth,
    clock: any LinkClock = SystemLinkClock()
  ) {
    self.init(server: server, busID: busID, streamDepth: streamDepth, limits: USBIPLimits(), clock: clock)
  }

  init(server: NetworkAddress, busID: String, streamDepth: Int, limits: USBIPLimits, clock: any LinkClock) {
    self.server = USBIPServer(address: server, limits: limits, clock: clock)
    self.busID = busID
    self.streamDepth = streamDepth
    self.clock = clock
    name = self.server.selector(of: busID).description
  }

  /// Imports the device and reads its descriptors. With `waitLimit`, tries every 50 ms while nobody listens, the device
  /// is not exported, or somebody else has it.
  ///
  /// Throws `OpenError.unreachable`, `notFound` with the selectors of what is exported, `busy` (also when the wait ends
  /// while somebody else has the device), `timedOut`, `cancelled`,
  /// or `link` with what went wrong while the device was set up.
  public func open(waitLimit: Duration?) async throws(OpenError) -> any Link {
    if let link = takeReturned() { return link }
    guard let waitLimit else {
      return try await attempt(server) { status async throws(OpenError) in try await explain(status) }
    }
    let end = clock.now + waitLimit
    while true {
      do throws(OpenError) {
        return try await attempt(server(until: end)) { status in
          status == .noDevice
            ? .notFound(selector: name, seen: []) : .busy(path: name, holders: [])
        }
      } catch {
        guard error.mayPass || error.isTimeout && clock.now >= end else { throw error }
        guard clock.now + Self.retryInterval < end else {
          // That somebody else has it is more than that it did not come.
          if case .busy = error { throw error }
          throw .timedOut(waitingFor: name, after: waitLimit)
        }
        do { try await clock.sleep(for: Self.retryInterval) } catch { throw .cancelled }
      }
    }
  }

  /// The server with no more patience than there is time left.
  private func server(until end: Duration) -> USBIPServer {
    var server = server
    let left = max(.zero, end - clock.now)
    server.limits.connect = min(server.limits.connect, left)
    server.limits.question = min(server.limits.question, left)
    return server
  }

  private func takeReturned() -> USBLink? {
    let link = state.withLock { state -> USBLink? in
      defer { state.returned = nil }
      return state.returned
    }
    guard let link, link.presence.departure() == nil else { return nil }
    return link
  }

  /// Imports the device once; `explain` says what a refusal means.
  private func attempt(
    _ server: USBIPServer, _ explain: (USBIPOperation.Status) async throws(OpenError) -> OpenError
  ) async throws(OpenError) -> USBLink {
    switch try await server.importDevice(busID, for: name) {
    case .refused(let status): throw try await explain(status)
    case .imported(let imported):
      let link = try await link(to: imported)
      state.withLock { $0.followed = link.device }
      return link
    }
  }

  private func link(to imported: USBIPServer.Import) async throws(OpenError) -> USBLink {
    let device = try USBIPDevice(imported, limits: server.limits)
    let info: USBDeviceInfo
    do throws(OpenError) { info = try await USBIPEnumeration(device: device, limits: server.limits).run() } catch {
      device.close()
      throw error
    }
    return USBLink(
      name: name, device: info, calls: device.calls, presence: device.presence, streamDepth: streamDepth, clock: clock)
  }

  /// The status alone does not tell a device that is in use from one that is not there: the list does.
  private func explain(_ status: USBIPOperation.Status) async throws(OpenError) -> OpenError {
    let exports = try await server.exports(for: name).map(\.record)
    guard exports.contains(where: { $0.busID == busID }) else {
      return .notFound(
        selector: name,
        seen: exports.map { record in
          "\(server.selector(of: record.busID)) \(USBDeviceInfo.identifier(record.vendorID, record.productID))"
        })
    }
    switch status {
    case .failed, .busy: return .busy(path: name, holders: [])
    default: return .system(operation: "import", code: Int32(truncatingIfNeeded: status.rawValue), name: status.name)
    }
  }

  // MARK: Re-enumeration

  /// Waits until the device that was opened last has left and one that `isExpected` accepts has its bus id.
  ///
  /// Having left shows as being absent from the server's list, or another device number or identity in it. What stands
  /// there then is imported to be looked at, and the next `open` gets that very connection.
  public func awaitReturn(
    within limit: Duration, where isExpected: @escaping @Sendable (USBDeviceInfo) -> Bool
  ) async throws(OpenError) -> USBDeviceInfo {
    guard let followed = state.withLock({ $0.followed }) else { throw .notFound(selector: name, seen: []) }
    let end = clock.now + limit
    var watch = USBIPReturnWatch(followed)
    while true {
      do throws(OpenError) {
        let exports = try await server(until: end).exports(for: name)
        let record = exports.map(\.record).first { $0.busID == busID }
        if watch.mustLookAt(record), let device = try await look(isExpected, &watch) { return device }
      } catch {
        guard error.mayPass || error.isTimeout && clock.now >= end else { throw error }
      }
      guard clock.now + Self.retryInterval < end else { throw .timedOut(waitingFor: name, after: limit) }
      do { try await clock.sleep(for: Self.retryInterval) } catch { throw .cancelled }
    }
  }

  /// Imports what is there now, and keeps it if it is what is waited for.
  private func look(
    _ isExpected: @Sendable (USBDeviceInfo) -> Bool, _ watch: inout USBIPReturnWatch
  ) async throws(OpenError) -> USBDeviceInfo? {
    guard case .imported(let imported) = try await server.importDevice(busID, for: name) else { return nil }
    let link = try await link(to: imported)
    watch.hasLookedAt(imported.record)
    guard isExpected(link.device) else {
      await link.close()
      return nil
    }
    state.withLock { state in
      state.returned = link
      state.followed = link.device
    }
    return link.device
  }

  /// Lets go of a device that came back and was not opened; a later `open` begins anew. Which device it was is kept: its
  /// return may be waited for after a session has closed everything (`reboot --wait`).
  public func close() async {
    let link = state.withLock { state -> USBLink? in
      defer { state.returned = nil }
      return state.returned
    }
    await link?.close()
  }
}

extension OpenError {
  /// Whether trying again can help: nobody listens yet, the device is on its way, or somebody still has it.
  fileprivate var mayPass: Bool {
    switch self {
    case .unreachable(_, let reason): !reason.hasPrefix("EAI_") || reason == "EAI_AGAIN"
    case .notFound, .busy, .link(.disconnected, _): true
    default: false
    }
  }

  fileprivate var isTimeout: Bool {
    if case .link(.timedOut, _) = self { true } else { false }
  }
}

extension USBIPOperation.Status {
  /// What the status means, for messages.
  fileprivate var name: String {
    switch self {
    case .deviceError: "device error"
    case .noDevice: "no such device"
    case .unexpected: "unexpected request"
    default: "status"
    }
  }
}
