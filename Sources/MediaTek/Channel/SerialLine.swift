import FlashCore
import USBWire

/// The control requests of a CDC-ACM port that hosts make when they open it.
///
/// Devices ignore what the requests say, and may refuse them all. To a preloader the first one says that somebody is
/// there: it sends `READY` from then on. Source: `docs/protocols/mtk-brom.md` 2.3.
enum SerialLine {
  /// 921600 bit/s, one stop bit, no parity, eight bits.
  static let coding: [UInt8] = [0x00, 0x10, 0x0E, 0x00, 0x00, 0x00, 0x08]

  /// All hosts send interface 0, whichever the communication interface is.
  static let setCoding = SetupPacket(requestType: 0x21, request: 0x20, value: 0, index: 0, length: 7)
  /// Bit 0 DTR, bit 1 RTS.
  static func setControlLines(_ lines: UInt16) -> SetupPacket {
    SetupPacket(requestType: 0x21, request: 0x22, value: lines, index: 0, length: 0)
  }

  private static let limit = Duration.milliseconds(200)

  /// Sets the line coding and RTS. Only a device that has left, or a cancelled task, ends it.
  static func prepare(_ link: any Link) async throws(BootROMError) {
    for (setup, data) in [(setCoding, coding), (setControlLines(2), [])] {
      do throws(LinkError) { _ = try await link.control(setup, data: data, timeout: limit) } catch {
        if error == .disconnected || error == .cancelled { throw BootROMError(error, during: "open") }
      }
    }
  }

  /// Drops DTR, for which the META mode of a preloader waits.
  static func dropControlLines(_ link: any Link) async {
    _ = try? await link.control(setControlLines(0), data: [], timeout: limit)
  }
}
