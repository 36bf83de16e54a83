import Testing
import WireFormat

@testable import MkII

@Suite("Putting datagrams together (3, 12)")
struct InboxTests {
  private static let ping = hex("1B 10 00 88 00 04 00 00 00 20")
  private static let version = hex("1B 10 00 88 00 06 00 00 01 21 00 32")

  @Test func `a USB transfer is a datagram`() {
    var inbox = MkIIInbox(isStream: false)
    inbox.append(Self.ping)
    #expect(inbox.next() == Self.ping)
    #expect(inbox.next() == nil)
  }

  @Test("a reply that is split over two transfers is whole with the second", arguments: 1..<12)
  func split(at position: Int) {
    var inbox = MkIIInbox(isStream: false)
    inbox.append(Array(Self.version.prefix(position)))
    #expect(inbox.next() == nil)
    inbox.append(Array(Self.version.dropFirst(position)))
    #expect(inbox.next() == Self.version)
  }

  @Test func `a transfer with more bytes than its length field says comes out whole, to be refused`() {
    var inbox = MkIIInbox(isStream: false)
    inbox.append(Self.ping + [0xAA])
    #expect(inbox.next() == Self.ping + [0xAA])
  }

  @Test func `what cannot begin a datagram comes out at once`() {
    var inbox = MkIIInbox(isStream: true)
    inbox.append([0x48])
    #expect(inbox.next() == [0x48])
  }

  @Test func `a stream is cut by the length fields, wherever its pieces end`() {
    var inbox = MkIIInbox(isStream: true)
    var found: [[UInt8]] = []
    for byte in Self.ping + Self.version + Self.ping {
      inbox.append([byte])
      if let datagram = inbox.next() { found.append(datagram) }
    }
    #expect(found == [Self.ping, Self.version, Self.ping])
    inbox.append(Self.ping + Self.version)
    #expect(inbox.next() == Self.ping)
    #expect(inbox.next() == Self.version)
  }

  @Test func `an exchange over USB begins without the rest of an earlier datagram, over TCP it keeps it`() {
    for isStream in [false, true] {
      var inbox = MkIIInbox(isStream: isStream)
      inbox.append(Array(Self.version.prefix(7)))
      inbox.beginExchange()
      #expect(inbox.pendingByteCount == (isStream ? 7 : 0))
    }
  }

  @Test func `reads room for the largest message in whole packets`() {
    #expect(MkIIInbox.readByteCount >= 65541)
    #expect(MkIIInbox.readByteCount % 512 == 0)
  }
}
