import USBWire

/// The port as a stream of bytes, as a UART or the kernel's serial driver shows it: `docs/protocols/mtk-brom.md` 3.
extension SimulatedMediaTek {
  /// Opening the port sets the line, by which a preloader notices the tool; closing it drops DTR.
  var stream: StreamBinding? {
    StreamBinding(
      setup: [
        .setConfiguration(1),
        SetupPacket(requestType: 0x21, request: 0x20, value: 0, index: 0, length: 0),
        SerialFunction.setControlLines(0b11),
      ],
      teardown: [SerialFunction.setControlLines(0)], input: MediaTekIdentity.input)
  }

  /// All of these protocols count bytes: whatever is there is one transfer.
  func streamRoute(for bytes: RawSpan) -> StreamRoute {
    .message(byteCount: min(bytes.byteCount, Self.pieceByteCount), endpoint: MediaTekIdentity.output)
  }

  private static let pieceByteCount = 4096
}
