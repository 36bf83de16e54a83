import FlashCore
import Glibc
import USBWire

/// Keeps a device attached to one port of this machine's `vhci_hcd`, through every re-enumeration.
struct VHCIAttachment: Sendable {
  let controller: VHCIController
  let device: AttachableDevice
  let clock: any LinkClock
  let observer: @Sendable (SimulatorAttachmentEvent) -> Void

  /// How long the kernel may take to enumerate a device, or to give a port free. An idle machine takes a tenth of a
  /// second; an emulated one on a busy host needs several.
  static let limit: Duration = .seconds(30)
  /// How long it may take at the first try. A kernel from which a device was taken in the middle of its enumeration can
  /// miss the one that is plugged in next, for good; plugged in again, that one is found at once.
  static let patience: Duration = .seconds(12)
  /// How often the kernel's files are looked at meanwhile.
  static let interval: Duration = .milliseconds(20)

  /// Why the work stopped in the middle.
  private enum Stop: Error {
    case cancelled
    case failed(VHCIError)
  }

  /// How the kernel got on with a device.
  private enum Enumeration {
    case done(EnumeratedDevice)
    /// The device has left meanwhile.
    case left
    case overdue(missing: VHCIError.EnumerationStep)
  }

  /// Attaches the device and stays until it has left for good, somebody has detached it, or the task is cancelled; the
  /// port is free again then.
  func run() async throws(VHCIError) -> SimulatorAttachmentEnd {
    var port: Int?
    var abandoned = 0
    var events = device.events.makeAsyncIterator()
    do throws(Stop) {
      while true {
        guard let record = device.record() else {
          switch await events.next(isolation: #isolation) {
          case nil: throw .cancelled
          case .leftForGood, .ended(.deviceLeft(isForGood: true)): return .deviceLeft
          case .ended, .returned: continue
          }
        }
        guard let enumerated = try await plugIn(record, &port, &abandoned), let attached = port else { continue }
        observer(.ready(enumerated))
        if let end = try await end(of: record, at: attached, &events, &abandoned) { return end }
      }
    } catch {
      if let port { await release(port) }
      switch error {
      case .cancelled: return .cancelled
      case .failed(let error): throw error
      }
    }
  }

  /// Waits until this appearance of the device is over; `nil` means that there will be another. Of `abandoned`
  /// connections the end is still to be told.
  private func end(
    of record: USBIPDeviceRecord, at port: Int, _ events: inout AsyncStream<AttachableDevice.Event>.Iterator,
    _ abandoned: inout Int
  ) async throws(Stop) -> SimulatorAttachmentEnd? {
    while let event = await events.next(isolation: #isolation) {
      switch event {
      case .ended(.deviceLeft(isForGood: true)): return .deviceLeft
      case .ended(.closed) where abandoned > 0: abandoned -= 1
      case .ended(.closed): return .detached
      case .ended(.violation): throw .failed(.protocolViolation(port: port))
      // What is told of an earlier appearance comes late; this one is still there.
      case .ended(.deviceLeft) where device.record()?.deviceID == record.deviceID: continue
      case .ended(.deviceLeft): return nil
      case .leftForGood, .returned: continue
      }
    }
    throw .cancelled
  }

  // MARK: Plugging in

  /// Attaches the device, twice if need be, and waits until it can be opened; `nil` when it has left meanwhile.
  private func plugIn(
    _ record: USBIPDeviceRecord, _ port: inout Int?, _ abandoned: inout Int
  ) async throws(Stop) -> EnumeratedDevice? {
    var patience = Self.patience
    while true {
      let (socket, attached) = try await attach(record, preferring: port)
      port = attached
      guard try await serve(socket) else { return nil }
      switch try await enumeration(of: record, at: attached, within: patience) {
      case .done(let enumerated): return enumerated
      case .left: return nil
      case .overdue(let missing) where patience == Self.limit:
        throw .failed(.notEnumerated(port: attached, missing: missing, after: Self.limit))
      case .overdue:
        patience = Self.limit
        abandoned += 1
        await release(attached)
      }
    }
  }

  /// Gives the kernel one end of a connection. Returns the other end, which may have data already, and the port: the
  /// same as before where the device's speed allows.
  private func attach(
    _ record: USBIPDeviceRecord, preferring port: Int?
  ) async throws(Stop) -> (device: StreamSocket, port: Int) {
    let hub = VHCIStatus.Hub(for: record.speed)
    let candidates = try await candidates(in: hub, preferring: port)
    var failure = VHCIError.noFreePort(isSuperSpeed: hub == .superSpeed, count: candidates.count)
    for kind in ConnectedPair.Kind.allCases {
      for candidate in candidates {
        do throws(VHCIError) {
          let pair = try ConnectedPair(kind)
          try controller.attach(pair.kernel, deviceID: record.deviceID, speed: record.speed, to: candidate)
          return (pair.device, candidate)
        } catch {
          failure = error
          // Another program may have taken the port meanwhile.
          guard case .refused(_, EBUSY) = error else { break }
        }
      }
      // A kernel that does not take local sockets calls them invalid.
      guard case .refused(_, EINVAL) = failure else { break }
    }
    throw .failed(failure)
  }

  /// The ports to try, best first.
  private func candidates(in hub: VHCIStatus.Hub, preferring port: Int?) async throws(Stop) -> [Int] {
    if let port, let current = try checked({ () throws(VHCIError) in try controller.port(port) }), current.hub == hub {
      try await vacancy(of: port)
      return [port]
    }
    return try checked { () throws(VHCIError) in try controller.freePorts(of: hub) }
  }

  /// Lets the device's thread have the connection; `false` when the device has left in the meantime. The thread may
  /// need a moment to be done with the connection before.
  private func serve(_ socket: StreamSocket) async throws(Stop) -> Bool {
    let status = try await look { () throws(VHCIError) in
      let status = device.serve(socket)
      return status == .busy ? nil : status
    }
    return status == .done
  }

  // MARK: Waiting for the kernel

  /// Waits until the port's last device is gone.
  private func vacancy(of port: Int) async throws(Stop) {
    let isFree = try await look { () throws(VHCIError) in
      try controller.port(port)?.state == .free ? true : nil
    }
    if isFree == nil { throw .failed(.stillOccupied(port: port, after: Self.limit)) }
  }

  /// Waits until the device can be opened.
  private func enumeration(
    of record: USBIPDeviceRecord, at port: Int, within limit: Duration
  ) async throws(Stop) -> Enumeration {
    var missing = VHCIError.EnumerationStep.address
    let found = try await look(for: limit) { () throws(VHCIError) -> Enumeration? in
      switch EnumeratedDevice.look(at: try controller.port(port), in: controller.files) {
      case .success(let enumerated): return .done(enumerated)
      case .failure(let unfinished): missing = unfinished.missing
      }
      return device.record()?.deviceID == record.deviceID ? nil : .left
    }
    return found ?? .overdue(missing: missing)
  }

  /// Looks again and again, by default for as long as anything of the kernel's may take; `nil` when it took longer.
  private func look<Found>(
    for limit: Duration = Self.limit, _ body: () throws(VHCIError) -> Found?
  ) async throws(Stop) -> Found? {
    let deadline = clock.now + limit
    while true {
      if let found = try checked(body) { return found }
      guard clock.now < deadline else { return nil }
      guard (try? await clock.sleep(for: Self.interval)) != nil else { throw .cancelled }
    }
  }

  private func checked<Result>(_ body: () throws(VHCIError) -> Result) throws(Stop) -> Result {
    do throws(VHCIError) { return try body() } catch { throw .failed(error) }
  }

  // MARK: Pulling out

  /// Detaches, and waits until the port is free: whoever looks afterwards finds no device. Works in a cancelled task.
  private func release(_ port: Int) async {
    guard let state = try? controller.port(port)?.state, state != .free else { return }
    controller.detach(port)
    await Task { try? await vacancy(of: port) }.value
  }
}
