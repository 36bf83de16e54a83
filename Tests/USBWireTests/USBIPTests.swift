import Testing
import USBWire
import WireFormat

/// The examples of the kernel's `usbip_protocol.rst`, and what hostile peers may send.
@Suite struct `USB/IP messages` {
  /// `CmdIntrIN`, a transfer from endpoint 1 of 64 bytes.
  static let submitInput =
    Hex.bytes(
      """
      00000001 00000d05 0001000f 00000001 00000001 00000200 00000040 ffffffff 00000000 00000004
      00000000 00000000
      """) ?? []
  /// `RetIntrIn`.
  static let replyInput =
    Hex.bytes(
      """
      00000003 00000d05 00000000 00000000 00000000 00000000 00000040 ffffffff 00000000 00000000
      00000000 00000000
      """) ?? []

  static func bytes(_ body: (inout [UInt8]) -> Void) -> [UInt8] {
    var bytes: [UInt8] = []
    body(&bytes)
    return bytes
  }

  @Test func `the kernel's own SUBMIT is read and written byte for byte`() throws {
    guard case .submit(let submit) = try USBIPCommand(parsing: Self.submitInput.rawSpan) else {
      Issue.record("no SUBMIT")
      return
    }
    #expect(submit.sequence == 0xD05)
    #expect(submit.deviceID == 0x1000F)
    #expect(submit.endpoint == .input(1))
    #expect(submit.flags == .input)
    #expect(submit.byteCount == 64)
    #expect(submit.interval == 4)
    #expect(!submit.isIsochronous)
    #expect(Self.bytes(submit.serialize) == Self.submitInput)
  }

  @Test func `the kernel's own RET_SUBMIT is read, whatever it has in the fields that mean nothing`() throws {
    let reply = try USBIPReply(parsing: Self.replyInput.rawSpan)
    #expect(reply == .submit(sequence: 0xD05, status: .done, byteCount: 64))
  }

  @Test func `a SUBMIT that is written has no packets and its setup packet at 28`() {
    let submit = USBIPSubmit(
      sequence: 7, deviceID: 0x0001_0002, endpoint: .input(0), byteCount: 18,
      setup: .getDescriptor(.device, index: 0, length: 18))
    let expected =
      Hex.bytes(
        """
        00000001 00000007 00010002 00000001 00000000 00000000 00000012 00000000 00000000 00000000
        80060001 00001200
        """) ?? []
    #expect(Self.bytes(submit.serialize) == expected)
  }

  @Test func `an UNLINK and both replies survive being written and read`() throws {
    let unlink = USBIPCommand.unlink(USBIPUnlink(sequence: 9, deviceID: 0x10002, target: 8))
    #expect(try USBIPCommand(parsing: Self.bytes(unlink.serialize).rawSpan) == unlink)
    let replies: [USBIPReply] = [
      .unlink(sequence: 9, status: .unlinked), .submit(sequence: 8, status: .stalled, byteCount: 0),
      .submit(sequence: 10, status: .short, byteCount: Int(Int32.max)),
    ]
    for reply in replies {
      let bytes = Self.bytes(reply.serialize)
      #expect(bytes.count == USBIPReply.byteCount)
      #expect(try USBIPReply(parsing: bytes.rawSpan) == reply)
    }
  }

  @Test func `a length of 2^31 is refused where it stands`() {
    var command = Self.submitInput
    command.replaceSubrange(0x18..<0x1C, with: [0x80, 0, 0, 0])
    #expect(throws: WireError.invalid(field: "transfer_buffer_length", at: 0x18, value: 1 << 31)) {
      try USBIPCommand(parsing: command.rawSpan)
    }
    var reply = Self.replyInput
    reply.replaceSubrange(0x18..<0x1C, with: [0x80, 0, 0, 0])
    #expect(throws: WireError.invalid(field: "actual_length", at: 0x18, value: 1 << 31)) {
      try USBIPReply(parsing: reply.rawSpan)
    }
  }

  @Test(arguments: [(0, "command"), (0x0C, "direction"), (0x10, "ep")])
  func `a field outside its range is refused by name`(offset: Int, field: String) {
    var command = Self.submitInput
    command.replaceSubrange(offset..<offset + 4, with: [0, 0, 0, 16])
    #expect(throws: WireError.invalid(field: field, at: offset, value: 16)) {
      try USBIPCommand(parsing: command.rawSpan)
    }
  }

  @Test func `every truncation of a header is an error`() {
    for count in 0..<USBIPCommand.byteCount {
      #expect(throws: WireError.self) { try USBIPCommand(parsing: Array(Self.submitInput.prefix(count)).rawSpan) }
      #expect(throws: WireError.self) { try USBIPReply(parsing: Array(Self.replyInput.prefix(count)).rawSpan) }
    }
  }

  @Test func `0 and FFFFFFFF packets are not isochronous, 1 is`() throws {
    for (count, isIsochronous) in [("00000000", false), ("ffffffff", false), ("00000001", true)] {
      var bytes = Self.submitInput
      bytes.replaceSubrange(0x20..<0x24, with: Hex.bytes(count) ?? [])
      guard case .submit(let submit) = try USBIPCommand(parsing: bytes.rawSpan) else { continue }
      #expect(submit.isIsochronous == isIsochronous)
    }
  }

  @Test func `an operation of another version or with another code is refused`() throws {
    let request = Self.bytes(USBIPOperation(.requestDeviceList).serialize)
    #expect(request == Hex.bytes("0111 8005 00000000"))
    #expect(try USBIPOperation(parsing: request.rawSpan) == USBIPOperation(.requestDeviceList))
    #expect(throws: WireError.invalid(field: "version", at: 0, value: 0x0106)) {
      try USBIPOperation(parsing: [0x01, 0x06, 0x80, 0x05, 0, 0, 0, 0].rawSpan)
    }
    #expect(throws: WireError.invalid(field: "code", at: 2, value: 0x8004)) {
      try USBIPOperation(parsing: [0x01, 0x11, 0x80, 0x04, 0, 0, 0, 0].rawSpan)
    }
  }

  @Test func `a device record has its fields where the kernel's tools look for them`() throws {
    var device = DeviceDescriptor(vendorID: 0x0421, productID: 0x01C8, deviceRelease: 0x0234)
    device.deviceClass = 2
    let record = USBIPDeviceRecord(
      path: "/flashctl/rx51", busID: "1-1", busNumber: 1, deviceNumber: 2, speed: .high, device: device,
      configurationValue: 1, interfaceCount: 3)
    let bytes = Self.bytes(record.serialize)
    #expect(bytes.count == USBIPDeviceRecord.byteCount)
    #expect(Array(bytes[0x100..<0x104]) == Array("1-1\0".utf8))
    #expect(Array(bytes[0x120...]) == Hex.bytes("00000001 00000002 00000003 0421 01c8 0234 02 00 00 01 01 03"))
    #expect(try USBIPDeviceRecord(parsing: bytes.rawSpan) == record)
    #expect(record.deviceID == 0x0001_0002)
  }

  @Test func `text that fills its field is cut so that a zero byte ends it`() throws {
    let bytes = Self.bytes(USBIPBusID(String(repeating: "9", count: 40)).serialize)
    #expect(bytes.count == 32)
    #expect(bytes.last == 0)
    #expect(try USBIPBusID(parsing: bytes.rawSpan).text.utf8.count == USBIPBusID.maximumByteCount)
  }
}
