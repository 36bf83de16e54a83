import FlashCore
import Glibc
import USBWire

/// The one thread of a device served over USB/IP: owns the device, serves its client, follows it off the bus and back.
final class USBIPDeviceLoop {
  private let state: USBIPDeviceState
  private let busID: String
  private let addresses: BusAddresses
  private let observer: @Sendable (USBIPHostEvent) -> Void
  private let clock = SystemLinkClock()
  private var controller: HostController
  private var connection: USBIPConnection?
  /// The appearance of the device that is shown; `nil` while none is.
  private var shown: Int?
  private var deviceNumber: UInt32

  /// POLLRDHUP, which glibc's headers show only to those who ask for GNU extensions.
  private static let peerHungUp: Int16 = 0x2000
  /// The longest sleep during which a client is not listened to; `poll` counts in milliseconds.
  private static let shortSleep: Duration = .microseconds(100)

  init(
    state: USBIPDeviceState, busID: String, addresses: BusAddresses, deviceNumber: UInt32, controller: HostController,
    observer: @escaping @Sendable (USBIPHostEvent) -> Void
  ) {
    self.state = state
    self.busID = busID
    self.addresses = addresses
    self.deviceNumber = deviceNumber
    self.controller = controller
    self.observer = observer
    shown = controller.port.attachments
  }

  /// Returns once the state says that it is to stop.
  func run() {
    while !state.isStopping {
      let now = clock.now
      if turn(at: now) { continue }
      wait()
    }
    state.show(nil)
    if connection != nil { end(.stopped, at: clock.now) }
    controller.disconnect(at: clock.now)
    report()
  }

  /// Lets everything move that can now; returns whether it is worth trying again at once.
  private func turn(at now: Duration) -> Bool {
    welcome(at: now)
    guard let connection else {
      controller.port.advance(to: now)
      report()
      return false
    }
    let wasClosing = connection.closesBy != nil
    do throws(USBIPViolation) {
      let turn = try connection.exchange(with: &controller, at: now)
      report()
      if connection.closesBy != nil, !wasClosing { state.giveBack() }
      if turn == .over { end(isClosing: connection.closesBy != nil, at: now) }
      return turn != .waits
    } catch {
      end(.violation(error), at: now)
      report()
      return true
    }
  }

  // MARK: Clients

  /// Takes over a client that has been brought.
  private func welcome(at now: Duration) {
    guard let handover = state.takeHandover() else { return }
    // One whose device has left, and who has not closed yet, makes place.
    if connection != nil { end(isClosing: true, at: now) }
    controller.port.advance(to: now)
    guard controller.port.isAttached, controller.port.attachments == shown,
      handover.export.record.deviceNumber == deviceNumber
    else {
      state.giveBack()
      return
    }
    controller.connect()
    connection = USBIPConnection(
      handover.socket, deviceID: handover.export.record.deviceID, greeting: handover.greeting)
    observer(.connected)
  }

  private func end(isClosing: Bool, at now: Duration) {
    let isForGood = !controller.port.isAttached && controller.port.returnsAt == nil
    end(isClosing ? .deviceLeft(isForGood: isForGood) : .clientClosed, at: now)
  }

  private func end(_ reason: USBIPDisconnection, at now: Duration) {
    let wasClosing = connection?.closesBy != nil
    connection = nil
    controller.disconnect(at: now)
    if !wasClosing { state.giveBack() }
    observer(.disconnected(reason))
  }

  // MARK: The device

  /// Tells what the device has done by itself, and shows it as it is now.
  private func report() {
    let port = controller.port
    let current = port.isAttached ? port.attachments : nil
    if current != shown {
      if current != nil { deviceNumber = addresses.next() }
      shown = current
      state.show(port.identity.flatMap { USBIPExport($0, busID: busID, deviceNumber: deviceNumber) })
    }
    for event in controller.port.takeEvents() { observer(.device(event)) }
  }

  // MARK: Waiting

  /// Waits for the client, for another one, or for the moment at which something happens by itself.
  private func wait() {
    var wake = controller.nextWake
    if let closesBy = connection?.closesBy { wake = min(wake ?? closesBy, closesBy) }
    let remaining = wake.map { $0 - clock.now }
    let milliseconds = remaining.map { Int32(max(0, min(60_000, ($0 / .milliseconds(1)).rounded(.down)))) } ?? -1
    if poll(milliseconds) == 0, milliseconds == 0, let remaining, remaining > .zero {
      let sleep = min(remaining, Self.shortSleep)
      usleep(UInt32(clamping: Int64(sleep / .microseconds(1))))
    }
  }

  private func poll(_ milliseconds: Int32) -> Int32 {
    var descriptors = [
      pollfd(fd: state.wakeUp.descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: connection?.socket.descriptor ?? -1, events: clientEvents, revents: 0),
    ]
    let count = unsafe Glibc.poll(&descriptors, nfds_t(descriptors.count), milliseconds)
    guard count > 0 else { return 0 }
    if descriptors[0].revents != 0 { state.wakeUp.clear() }
    if let connection, !connection.wantsInput, descriptors[1].revents & ~Int16(POLLOUT) != 0 {
      // Nothing is read from it now, so its end is noticed here alone.
      end(.clientClosed, at: clock.now)
    }
    return count
  }

  private var clientEvents: Int16 {
    guard let connection else { return 0 }
    return Self.peerHungUp | (connection.wantsInput ? Int16(POLLIN) : 0)
      | (connection.hasOutput ? Int16(POLLOUT) : 0)
  }
}
