import DeviceSimulator
import Testing
import USBWire
import WireFormat

/// The CDC-ACM function of the loopback device (USB CDC PSTN 1.2, 6.3).
@Suite struct `The loopback device's serial port` {
  static let lines = SetupPacket(requestType: 0x21, request: 0x22, value: 3, index: 4, length: 0)
  static let getCoding = SetupPacket(requestType: 0xA1, request: 0x21, value: 0, index: 4, length: 7)
  static let setCoding = SetupPacket(requestType: 0x21, request: 0x20, value: 0, index: 4, length: 7)

  @Test func `keeps the line coding`() throws {
    var host = try TestHost.loopback()
    #expect(host.control(Self.getCoding) == .data([0x80, 0x25, 0, 0, 0, 0, 8]))
    let coding: [UInt8] = [0x00, 0xC2, 0x01, 0x00, 0, 0, 8]
    #expect(host.control(Self.setCoding, data: coding) == .data([]))
    #expect(host.control(Self.getCoding) == .data(coding))
    var short = Self.setCoding
    short.length = 3
    #expect(host.control(short, data: [1, 2, 3]) == .stalled)
  }

  @Test func `tells of carrier and DSR when DTR changes`() throws {
    var host = try TestHost.loopback()
    #expect(host.receive(from: .input(6)) == .busy)
    #expect(host.control(Self.lines) == .data([]))
    #expect(host.receive(from: .input(6)) == .data([0xA1, 0x20, 0, 0, 4, 0, 2, 0, 3, 0], isEnd: true))
    #expect(host.control(Self.lines) == .data([]))
    #expect(host.receive(from: .input(6)) == .busy)
    var off = Self.lines
    off.value = 0
    #expect(host.control(off) == .data([]))
    #expect(host.receive(from: .input(6)) == .data([0xA1, 0x20, 0, 0, 4, 0, 2, 0, 0, 0], isEnd: true))
  }

  @Test func `sends back what it gets`() throws {
    var host = try TestHost.loopback()
    host.send(Array("hello".utf8), to: .output(5))
    #expect(host.receive(from: .input(5)) == .data(Array("hello".utf8), isEnd: true))
  }

  @Test func `refuses class requests to another interface, and those it does not know`() throws {
    var host = try TestHost.loopback()
    var elsewhere = Self.lines
    elsewhere.index = 5
    #expect(host.control(elsewhere) == .stalled)
    #expect(host.control(SetupPacket(requestType: 0x21, request: 0x23, value: 0, index: 4, length: 0)) == .stalled)
  }
}
