import FlashCore
import Glibc
import USBWire
import WireFormat

@testable import USBTransport

/// A USB/IP server on a loopback address, as good or bad as its script.
///
/// By itself it exports the device of `FakeBus.updateMode`, answers the standard requests, and unlinks.
final class USBIPPeer: Sendable {
  /// What it does about a SUBMIT.
  enum Answer: Sendable {
    case complete(_ status: USBIPStatus = .done, data: [UInt8] = [], count: Int? = nil)
    /// In flight until it is unlinked.
    case hang
    /// These bytes instead of an answer.
    case raw([UInt8])
    case close
  }

  struct Script: Sendable {
    var record = USBIPPeer.record()
    /// Bytes of the device descriptor, then of the configuration.
    var descriptors = FakeBus.updateMode
    var strings: [UInt8: String] = [:]
    /// Statuses of the first IMPORTs; later ones work.
    var importStatuses: [USBIPOperation.Status] = []
    /// In place of the answer to a question, by its code.
    var opening: [USBIPOperation.Code: [UInt8]] = [:]
    /// Says nothing to questions.
    var isSilent = false
    /// Answers arrive in pieces of this size.
    var pieceSize = Int.max
    var submit: @Sendable (USBIPSubmit, [UInt8]) -> Answer? = { _, _ in nil }
    /// In place of the answer to an UNLINK; the command, and whether its transfer was in flight.
    var unlink: @Sendable (USBIPUnlink, Bool) -> [UInt8]? = { _, _ in nil }
  }

  struct Received: Sendable {
    var command: USBIPCommand
    var data: [UInt8]
  }

  private struct State {
    var script: Script
    var questions: [USBIPOperation.Code] = []
    var received: [Received] = []
    var connections: [Int32] = []
    var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state: Locked<State>
  private let server = Locked<TestServer?>(nil)
  let address: NetworkAddress

  init?(_ script: Script = Script(), isListening: Bool = true) {
    state = Locked(State(script: script))
    let box = Locked<(@Sendable (Int32) -> Void)?>(nil)
    let server = TestServer(isListening: isListening) { connection in
      let own = dup(connection)
      let serve = box.withLock { $0 }
      _ = EventThread.start {
        serve?(own)
        close(own)
      }
    }
    guard let server else { return nil }
    address = NetworkAddress(host: "127.0.0.1", port: server.port)
    self.server.withLock { $0 = server }
    let serve: @Sendable (Int32) -> Void = { [weak self] in self?.serve($0) }
    box.withLock { $0 = serve }
  }

  func listen() { server.withLock { $0?.listen() } }
  func change(_ body: (inout Script) -> Void) { state.withLock { body(&$0.script) } }

  var questions: [USBIPOperation.Code] { state.withLock { $0.questions } }
  var received: [Received] { state.withLock { $0.received } }
  /// SUBMITs to other endpoints than 0.
  var transfers: [USBIPSubmit] {
    received.compactMap {
      if case .submit(let submit) = $0.command, submit.endpoint.number != 0 { submit } else { nil }
    }
  }
  var controls: [SetupPacket] {
    received.compactMap {
      if case .submit(let submit) = $0.command, submit.endpoint.number == 0 { submit.setup } else { nil }
    }
  }
  var unlinks: [USBIPUnlink] {
    received.compactMap { if case .unlink(let unlink) = $0.command { unlink } else { nil } }
  }

  /// Returns when so many transfers to other endpoints than 0 have arrived.
  func transferred(_ count: Int) async {
    await withCheckedContinuation { continuation in
      let isThere = state.withLock { state -> Bool in
        if Self.count(state) < count { state.waiters.append((count, continuation)) }
        return Self.count(state) >= count
      }
      if isThere { continuation.resume() }
    }
  }

  private static func count(_ state: State) -> Int {
    state.received.count { if case .submit(let submit) = $0.command { submit.endpoint.number != 0 } else { false } }
  }

  /// Sends bytes on the newest connection.
  func push(_ bytes: [UInt8]) {
    if let last = state.withLock({ $0.connections.last }) { Self.write(last, bytes, .max) }
  }
  func hangUp() { if let last = state.withLock({ $0.connections.last }) { shutdown(last, Int32(SHUT_RDWR)) } }

  // MARK: Serving

  private func serve(_ connection: Int32) {
    state.withLock { $0.connections.append(connection) }
    defer { state.withLock { $0.connections.removeAll { $0 == connection } } }
    guard let head = Self.read(connection, 8), let question = try? USBIPOperation(parsing: head.rawSpan) else { return }
    state.withLock { $0.questions.append(question.code) }
    let script = state.withLock { $0.script }
    if script.isSilent {
      _ = Self.read(connection, 1000)
      return
    }
    switch question.code {
    case .requestDeviceList: Self.write(connection, script.opening[question.code] ?? Self.list([script.record]), 100)
    case .requestImport:
      guard Self.read(connection, 32) != nil else { return }
      if let bytes = script.opening[question.code] { return Self.write(connection, bytes, .max) }
      let status = state.withLock { $0.script.importStatuses.isEmpty ? .done : $0.script.importStatuses.removeFirst() }
      var reply: [UInt8] = []
      USBIPOperation(.replyImport, status: status).serialize(into: &reply)
      if status == .done { script.record.serialize(into: &reply) }
      Self.write(connection, reply, script.pieceSize)
      if status == .done { transfer(connection) }
    default: return
    }
  }

  private func transfer(_ connection: Int32) {
    var held: Set<UInt32> = []
    while let head = Self.read(connection, 48), let command = try? USBIPCommand(parsing: head.rawSpan) {
      let script = state.withLock { $0.script }
      switch command {
      case .submit(let submit):
        guard let data = submit.endpoint.isInput ? [] : Self.read(connection, submit.byteCount) else { return }
        note(command, data)
        let answer = script.submit(submit, data) ?? Self.standard(submit, script)
        switch answer {
        case .complete(let status, let data, let count):
          Self.write(connection, Self.reply(to: submit, status, data, count), script.pieceSize)
        case .hang: held.insert(submit.sequence)
        case .raw(let bytes): Self.write(connection, bytes, script.pieceSize)
        case .close: return Self.hangUp(connection)
        }
      case .unlink(let unlink):
        note(command, [])
        let wasHeld = held.remove(unlink.target) != nil
        Self.write(connection, script.unlink(unlink, wasHeld) ?? Self.reply(to: unlink, wasHeld), script.pieceSize)
      }
    }
  }

  private func note(_ command: USBIPCommand, _ data: [UInt8]) {
    let ready = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.received.append(Received(command: command, data: data))
      let count = Self.count(state)
      let ready = state.waiters.filter { $0.count <= count }.map(\.continuation)
      state.waiters.removeAll { $0.count <= count }
      return ready
    }
    for continuation in ready { continuation.resume() }
  }

  /// What the device answers when its script says nothing.
  private static func standard(_ submit: USBIPSubmit, _ script: Script) -> Answer {
    guard submit.endpoint.number == 0 else {
      return submit.endpoint.isInput ? .hang : .complete(count: submit.byteCount)
    }
    let setup = submit.setup
    switch (setup.requestType, StandardRequest(rawValue: setup.request)) {
    case (0x80, .getDescriptor): return descriptor(setup, script)
    case (0x80, .getConfiguration): return .complete(data: [script.record.configurationValue])
    default: return .complete()
    }
  }

  private static func descriptor(_ setup: SetupPacket, _ script: Script) -> Answer {
    let index = UInt8(setup.value & 0xFF)
    let bytes: [UInt8]
    switch DescriptorKind(rawValue: UInt8(setup.value >> 8)) {
    case .device: bytes = Array(script.descriptors.prefix(18))
    case .configuration where index == 0: bytes = Array(script.descriptors.dropFirst(18))
    case .string where script.strings.isEmpty: return .complete(.stalled)
    case .string where index == 0: bytes = StringDescriptor.languages
    case .string: bytes = StringDescriptor.bytes(script.strings[index] ?? "")
    default: return .complete(.stalled)
    }
    return .complete(data: Array(bytes.prefix(Int(setup.length))))
  }

  // MARK: Messages

  static func record(
    busID: String = "1-1", address: UInt32 = 2, productID: UInt16 = 0x01C8, configuration: UInt8 = 1
  ) -> USBIPDeviceRecord {
    USBIPDeviceRecord(
      path: "/sys/devices/sim/" + busID, busID: busID, busNumber: 1, deviceNumber: address, speed: .high,
      device: DeviceDescriptor(vendorID: 0x0421, productID: productID), configurationValue: configuration,
      interfaceCount: 3)
  }

  static func list(_ records: [USBIPDeviceRecord]) -> [UInt8] {
    var bytes: [UInt8] = []
    USBIPOperation(.replyDeviceList).serialize(into: &bytes)
    bytes.append(bigEndian: UInt32(records.count))
    for record in records {
      record.serialize(into: &bytes)
      for _ in 0..<record.interfaceCount {
        USBIPDeviceRecord.Interface(class: 0xFF, subclass: 1, protocol: 2).serialize(into: &bytes)
      }
    }
    return bytes
  }

  static func reply(
    to submit: USBIPSubmit, _ status: USBIPStatus = .done, _ data: [UInt8] = [], _ count: Int? = nil
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    USBIPReply.submit(sequence: submit.sequence, status: status, byteCount: count ?? data.count).serialize(into: &bytes)
    return bytes + data
  }

  static func reply(to unlink: USBIPUnlink, _ isInTime: Bool) -> [UInt8] {
    var bytes: [UInt8] = []
    USBIPReply.unlink(sequence: unlink.sequence, status: isInTime ? .unlinked : .done).serialize(into: &bytes)
    return bytes
  }

  /// Ends the connection without losing what has been answered: bytes nobody has read would turn its end into a reset.
  private static func hangUp(_ descriptor: Int32) {
    shutdown(descriptor, Int32(SHUT_WR))
    while let _ = read(descriptor, 1) {}
  }

  private static func read(_ descriptor: Int32, _ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let result = bytes.withUnsafeMutableBytes { bytes in
        let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[filled...])
        return Glibc.read(descriptor, rest.baseAddress, rest.count)
      }
      guard result > 0 else { return nil }
      filled += result
    }
    return bytes
  }

  private static func write(_ descriptor: Int32, _ bytes: [UInt8], _ pieceSize: Int) {
    var offset = 0
    while offset < bytes.count {
      let piece = Array(bytes[offset..<min(bytes.count, offset + min(pieceSize, bytes.count))])
      guard send(descriptor, piece, piece.count, Int32(MSG_NOSIGNAL)) == piece.count else { return }
      offset += piece.count
    }
  }
}
