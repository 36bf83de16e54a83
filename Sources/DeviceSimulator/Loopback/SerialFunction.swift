import USBWire
import WireFormat

/// The CDC-ACM function: a serial port that sends back what it gets (USB CDC PSTN 1.2, 6.3 and 6.5).
struct SerialFunction: Sendable {
  var echo: EchoQueue
  /// Rate, stop bits, parity and data bits: 9600 8N1 until the host sets others.
  private var lineCoding: [UInt8] = [0x80, 0x25, 0, 0, 0, 0, 8]
  /// Bit 0 DTR, bit 1 RTS.
  private var controlLines: UInt16 = 0
  /// Whether the host has yet to hear of the serial state.
  private var owesNotification = false

  init(packetSize: Int) { echo = EchoQueue(packetSize: packetSize) }

  private enum Request {
    static let setLineCoding: UInt8 = 0x20
    static let getLineCoding: UInt8 = 0x21
    static let setControlLineState: UInt8 = 0x22
  }

  /// SET_CONTROL_LINE_STATE: bit 0 DTR, bit 1 RTS.
  static func setControlLines(_ lines: UInt16) -> SetupPacket {
    SetupPacket(
      requestType: 0x21, request: Request.setControlLineState, value: lines,
      index: UInt16(LoopbackIdentity.serialInterface), length: 0)
  }

  /// A class request to the control interface.
  mutating func control(_ setup: SetupPacket, data: RawSpan) -> ControlAnswer {
    switch (setup.requestType, setup.request) {
    case (0x21, Request.setLineCoding):
      guard data.byteCount == lineCoding.count, let coding = try? data.copy(lineCoding.count, at: 0) else {
        return .stall
      }
      lineCoding = coding
      return .data([])
    case (0xA1, Request.getLineCoding):
      return .data(lineCoding)
    case (0x21, Request.setControlLineState):
      if (controlLines ^ setup.value) & 1 != 0 { owesNotification = true }
      controlLines = setup.value & 0b11
      return .data([])
    default: return .stall
    }
  }

  /// SERIAL_STATE: carrier and DSR follow the host's DTR.
  mutating func notification() -> TransmitAnswer {
    guard owesNotification else { return .nothing }
    owesNotification = false
    let state: UInt8 = controlLines & 1 != 0 ? 0b11 : 0
    return .transfer(
      [0xA1, 0x20, 0, 0, LoopbackIdentity.serialInterface, 0, 2, 0, state, 0], isTerminated: true)
  }
}
