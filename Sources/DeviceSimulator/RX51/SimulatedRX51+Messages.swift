import MkII
import USBWire
import WireFormat

/// The update service: one request after the other, each answered once.
extension SimulatedRX51 {
  /// Answers what can be answered now.
  mutating func work() {
    finishDeferred()
    while deferred == nil, !inbox.isEmpty { take(PhonetDatagram(inbox.removeFirst())) }
  }

  private mutating func take(_ datagram: PhonetDatagram) {
    switch datagram {
    case .dropped: break
    case .otherResource(let resource, let transactionID, let messageID):
      refuseAsUnreachable(resource: resource, transactionID: transactionID, messageID: messageID)
    case .request(let request):
      guard state != .gone, reboot == nil else { return }
      if let start = quirks.serviceLate, now < start {
        refuseAsUnreachable(
          resource: MkIIMessage.resource, transactionID: request.transactionID, messageID: request.messageID)
      } else {
        handle(request)
      }
    }
  }

  private mutating func refuseAsUnreachable(resource: UInt8, transactionID: UInt8, messageID: UInt8) {
    post(
      PhonetDatagram.notReachable(resource: resource, transactionID: transactionID, messageID: messageID))
    outbox.append(PhonetDatagram.indication)
  }

  private mutating func handle(_ request: MkIIMessage) {
    guard let type = MkIIMessageType(rawValue: request.messageID) else { return handleUnknown(request) }
    guard accepts(type) else { return reply(to: request, .wrongState) }
    switch type {
    case .ping: handlePing(request)
    case .get: handleGet(request)
    case .tell: handleTell(request)
    case .begin: handleBegin(request)
    case .imageHeader: handleImageHeader(request)
    case .setSource: handleSetSource(request)
    case .status: handleStatus(request)
    case .prepareBlock: handlePrepareBlock(request)
    case .waitCredit: handleWaitCredit(request)
    case .reboot: handleReboot(request)
    }
  }

  /// The table of 14.1: what a state accepts. Each row from READY to RECEIVING adds to the one before.
  private func accepts(_ type: MkIIMessageType) -> Bool {
    switch (state, type) {
    case (.closed, _), (.gone, _): false
    case (.failed, .imageHeader), (.failed, .setSource), (.failed, .prepareBlock): false
    case (.failed, _): true
    case (.block, .status), (.block, .waitCredit): true
    case (.block, _): false
    case (_, .ping), (_, .get), (_, .tell), (_, .reboot): true
    case (.finishing, .status), (.finishing, .waitCredit): true
    case (.finishing, _): false
    case (.ready, .begin): !settings.requiresNegotiation
    case (.ready, _): false
    case (.negotiated, .begin): true
    case (.negotiated, _): false
    case (_, .begin), (_, .imageHeader), (_, .status), (_, .waitCredit): true
    case (.header, .setSource), (.receiving, .setSource): true
    case (.receiving, .prepareBlock): true
    case (.session, _), (.header, _): false
    }
  }

  private mutating func handleUnknown(_ request: MkIIMessage) {
    switch settings.unknownType {
    case .status: reply(to: request, .general)
    case .phonet:
      refuseAsUnreachable(
        resource: MkIIMessage.resource, transactionID: request.transactionID, messageID: request.messageID)
    case .silence: break
    }
  }

  // MARK: Ping, items, reboot

  private mutating func handlePing(_ request: MkIIMessage) {
    pings += 1
    if pings == 1, let delay = quirks.slowFirstPing, delay > .zero {
      deferred = .ping(request, until: now + delay)
    } else {
      reply(to: request, data: [])
    }
  }

  private mutating func handleGet(_ request: MkIIMessage) {
    guard let name = String(validating: request.data, as: UTF8.self), let value = itemValues[name] else {
      return reply(to: request, .noSuchItem)
    }
    reply(to: request, data: [0] + Array(value.utf8) + (quirks.nulInValues ? [0] : []))
  }

  private mutating func handleTell(_ request: MkIIMessage) {
    guard let separator = request.data.firstIndex(of: 0) else { return reply(to: request, .malformed) }
    var value = request.data[(separator + 1)...]
    if value.last == 0 { value = value.dropLast() }
    guard let name = String(validating: request.data[..<separator], as: UTF8.self),
      let text = String(validating: value, as: UTF8.self)
    else { return reply(to: request, .malformed) }
    if name == RX51Items.hostProtocolVersion {
      guard !text.isEmpty else { return reply(to: request, .malformed) }
      if state == .ready { state = .negotiated }
    } else if settings.extraItems.items.contains(where: { $0.name == name }) {
      itemValues[name] = text
    } else {
      return reply(to: request, .noSuchItem)
    }
    reply(to: request, .success)
  }

  private mutating func handleReboot(_ request: MkIIMessage) {
    let next: RX51Settings.NextMode
    switch request.data {
    case Array("reboot\0".utf8): next = settings.nextMode ?? (isStream ? .update : .gone)
    case Array("reboot=update\0".utf8): next = .update
    default: return reply(to: request, .malformed)
    }
    reply(to: request, .success)
    reboot = Reboot(
      isPCSuite: next == .pcSuite, returnAfter: next == .gone ? nil : settings.rebootDelay,
      latest: now + .milliseconds(250))
  }

  // MARK: Replies

  mutating func reply(to request: MkIIMessage, _ status: RX51Status) {
    reply(to: request, data: [status.rawValue])
  }

  mutating func reply(to request: MkIIMessage, data: [UInt8]) {
    post(
      MkIIMessage(
        .reply, transactionID: request.transactionID, messageID: request.messageID | MkIIMessageType.replyBit,
        data: data
      ).bytes)
  }

  /// Puts a reply where the host finds it, by way of the quirks that spoil one.
  private mutating func post(_ reply: [UInt8]) {
    var reply = reply
    replies += 1
    if quirks.dropReply?.value == replies { return }
    if quirks.wrongTransaction?.value == replies { reply[8] &+= 0x55 }
    if quirks.splitReply?.value == replies {
      let half = reply.count / 2
      outbox.append(Array(reply[..<half]))
      outbox.append(Array(reply[half...]))
      return
    }
    outbox.append(reply)
    if quirks.duplicateReply?.value == replies { outbox.append(reply) }
  }
}
