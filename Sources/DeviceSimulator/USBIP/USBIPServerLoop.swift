import FlashCore
import Glibc
import USBWire

/// The thread that listens: answers the questions that open connections, many at a time, and hands what has been
/// imported to the devices' own threads.
final class USBIPServerLoop {
  private let listener: StreamSocket
  private let hosts: [USBIPDeviceHost]
  private let wakeUp: WakeUp
  private let observer: @Sendable (SimulatorUSBIPEvent) -> Void
  private let clock = SystemLinkClock()
  private var handshakes: [USBIPHandshake] = []

  /// Questions that may be open at a time. One more, and the oldest is dropped: it had its chance.
  private static let handshakeLimit = 64

  init(
    listener: StreamSocket, hosts: [USBIPDeviceHost], wakeUp: WakeUp,
    observer: @escaping @Sendable (SimulatorUSBIPEvent) -> Void
  ) {
    self.listener = listener
    self.hosts = hosts
    self.wakeUp = wakeUp
    self.observer = observer
  }

  /// Returns once `wakeUp` has been signalled.
  func run() {
    while let ready = wait() {
      let now = clock.now
      var kept: [USBIPHandshake] = []
      for (index, handshake) in handshakes.enumerated() {
        if let handshake = proceed(handshake, isReady: ready.handshakes[index], at: now) { kept.append(handshake) }
      }
      handshakes = kept
      if ready.listener { accept(at: now) }
    }
    listener.stopListening()
    handshakes = []
  }

  // MARK: Waiting

  /// `nil` when the server is to stop.
  private func wait() -> (listener: Bool, handshakes: [Bool])? {
    var descriptors = [wakeUp.descriptor, listener.descriptor].map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    for handshake in handshakes {
      let events = handshake.isAnswering ? Int16(POLLOUT) : Int16(POLLIN)
      descriptors.append(pollfd(fd: handshake.socket.descriptor, events: events, revents: 0))
    }
    _ = unsafe poll(&descriptors, nfds_t(descriptors.count), timeout)
    guard descriptors[0].revents == 0 else { return nil }
    return (descriptors[1].revents != 0, descriptors[2...].map { $0.revents != 0 })
  }

  private var timeout: Int32 {
    guard let deadline = handshakes.map(\.deadline).min() else { return -1 }
    return Int32(max(0, min(60_000, ((deadline - clock.now) / .milliseconds(1)).rounded(.up))))
  }

  // MARK: Clients

  private func accept(at now: Duration) {
    for _ in 0..<Self.handshakeLimit {
      guard let socket = listener.accept() else { return }
      if handshakes.count == Self.handshakeLimit {
        handshakes.removeFirst()
        observer(.refused(.violation(.crowdedOut(limit: Self.handshakeLimit))))
      }
      handshakes.append(USBIPHandshake(socket, at: now))
    }
  }

  /// Takes a handshake as far as it goes; `nil` when it is over.
  private func proceed(_ handshake: USBIPHandshake, isReady: Bool, at now: Duration) -> USBIPHandshake? {
    guard now < handshake.deadline else {
      observer(.refused(.violation(.tooSlow(limit: USBIPHandshake.limit))))
      return nil
    }
    guard isReady else { return handshake }
    var handshake = handshake
    do throws(USBIPViolation) {
      switch try handshake.proceed() {
      case .waits: return handshake
      case .over: return nil
      case .question(let question):
        guard let reply = answer(question, from: handshake.socket) else { return nil }
        if case .waits = handshake.reply(reply) { return handshake }
        return nil
      }
    } catch {
      observer(.refused(.violation(error)))
      return nil
    }
  }

  /// The answer to a question; `nil` when a device has taken the connection over and answers itself.
  private func answer(_ question: USBIPHandshake.Question, from socket: StreamSocket) -> [UInt8]? {
    guard case .device(let busID) = question else { return USBIPExport.listReply(hosts.compactMap(\.export)) }
    let host = hosts.first { $0.busID == busID }
    let status = host?.serve(socket) { $0.importReply } ?? .noDevice
    guard status != .done else { return nil }
    observer(.refused(.importing(busID: busID, status: status)))
    var bytes: [UInt8] = []
    USBIPOperation(.replyImport, status: status).serialize(into: &bytes)
    return bytes
  }
}
