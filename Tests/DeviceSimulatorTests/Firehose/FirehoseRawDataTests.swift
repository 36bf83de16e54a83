import Testing
import WireFormat

@testable import DeviceSimulator

@Suite struct `Firehose simulator: raw data` {
  private func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: ($0 * 13) >> 4) } }

  @Test(arguments: [1 << 20, 16384, 512, 4097])
  func `data in transfers of any length arrive whole`(chunk: Int) throws {
    var host = try EDLHost.ready()
    let data = pattern(3 << 20 | 8192)
    #expect(host.program(data, at: "100", chunk: chunk).after == [Wire.ack])
    #expect(host.read("100", data.count / 4096) == data)
  }

  @Test func `each full chunk to an aware host is followed by a zero-length packet`() throws {
    var host = try EDLHost.ready()
    try host.configureProgrammer(payload: 16384)
    host.send(
      EDLHost.document(
        "<read SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"9\" physical_partition_number=\"0\" start_sector=\"0\"/>"
      ))
    _ = host.receive(atMost: 4096)
    #expect(host.receive(atMost: 4096) == .data(Array(Wire.raw.utf8), isEnd: true))
    for count in [16384, 16384, 4096] {
      guard case .data(let bytes, false) = host.receive(atMost: count) else {
        Issue.record("no chunk of \(count)")
        return
      }
      #expect(bytes.count == count)
      #expect(host.receive(atMost: 512) == .data([], isEnd: true))
    }
    #expect(host.receive(atMost: 4096) == .data(Array(Wire.ack.utf8), isEnd: true))
  }

  @Test(arguments: [("never", true, false), ("always", false, true), ("aware", false, false), ("aware", true, true)])
  func `zero-length packets come as the knob and the host say`(zlp: String, isAware: Bool, expected: Bool) throws {
    var host = try EDLHost("sdm845-ufs", settings: [("zlp", zlp)])
    try host.load()
    _ = host.transfers()
    host.ask("<configure MaxPayloadSizeToTargetInBytes=\"16384\" ZLPAwareHost=\"\(isAware ? 1 : 0)\"/>")
    host.send(
      EDLHost.document(
        "<read SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"4\" physical_partition_number=\"0\" start_sector=\"0\"/>"
      ))
    _ = host.receive(atMost: 4096)
    _ = host.receive(atMost: 4096)
    _ = host.receive(atMost: 16384)
    #expect((host.receive(atMost: 4096) == .data([], isEnd: true)) == expected)
  }

  @Test func `empty transfers in between mean nothing`() throws {
    var host = try EDLHost.ready()
    host.send([])
    host.ask(
      "<program SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"2\" physical_partition_number=\"0\" start_sector=\"9\"/>"
    )
    let data = pattern(8192)
    host.send([])
    host.send(Array(data[..<4096]))
    host.send([])
    host.send([])
    host.send(Array(data[4096...]), terminated: true)
    host.send([])
    #expect(host.transfers() == [Array(Wire.ack.utf8)])
    #expect(host.read("9", 2) == data)
  }

  @Test func `a strict device answers only after the end of the last transfer`() throws {
    var host = try EDLHost.ready(settings: [("zlp", "strict")])
    host.ask(
      "<program SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"1\" physical_partition_number=\"0\" start_sector=\"9\"/>"
    )
    host.send(pattern(4096))
    #expect(host.transfers() == [])
    host.send([])
    #expect(host.transfers() == [Array(Wire.ack.utf8)])
  }

  @Test func `everything is data until all of it is there`() throws {
    var host = try EDLHost.ready()
    host.ask(
      "<program SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"1\" physical_partition_number=\"0\" start_sector=\"9\"/>"
    )
    let document = EDLHost.document("<nop/>")
    host.send(document)
    #expect(host.transfers() == [])
    host.send([UInt8](repeating: 0, count: 4096 - document.count))
    #expect(host.transfers() == [Array(Wire.ack.utf8)])
    #expect(host.read("9", 1)?.starts(with: document) == true)
  }

  @Test func `SkipWrite takes data and keeps none, AckRawDataEveryNumPackets answers in between`() throws {
    var host = try EDLHost.ready()
    try host.configureProgrammer(payload: 4096, more: " SkipWrite=\"1\" AckRawDataEveryNumPackets=\"2\"")
    let after = host.program([UInt8](repeating: 7, count: 5 * 4096), at: "9", chunk: 4096).after
    #expect(after == [Wire.raw, Wire.raw, Wire.ack])
    #expect(host.read("9", 1) == [UInt8](repeating: 0, count: 4096))
  }

  @Test func `a bus reset ends a transfer, and the programmer goes on`() throws {
    var host = try EDLHost.ready()
    host.ask(
      "<program SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"9\" physical_partition_number=\"0\" start_sector=\"9\"/>"
    )
    host.send(pattern(4096))
    host.port.reset(at: host.now)
    host.configure()
    #expect(host.ask("<nop/>").last == Wire.ack)
    #expect(host.read("9", 1) == pattern(4096))
  }

  @Test(arguments: [("00", 0 as UInt8), ("ff", 0xFF), ("unchanged", 5)])
  func `erasing fills as the knob says`(fill: String, byte: UInt8) throws {
    var host = try EDLHost.ready(settings: [("erase-fill", fill)])
    _ = host.program([UInt8](repeating: 5, count: 3 * 4096), at: "9")
    host.ask(
      "<erase SECTOR_SIZE_IN_BYTES=\"4096\" physical_partition_number=\"0\" num_partition_sectors=\"1\" start_sector=\"10\"/>"
    )
    #expect(host.read("10", 1) == [UInt8](repeating: byte, count: 4096))
    #expect(host.read("9", 1) == [UInt8](repeating: 5, count: 4096))
    #expect(host.read("11", 1) == [UInt8](repeating: 5, count: 4096))
  }

  @Test(arguments: [
    "<erase SECTOR_SIZE_IN_BYTES=\"4096\" physical_partition_number=\"3\"/>", "<erase StorageDrive=\"3\"/>",
  ])
  func `an erase without a range takes the whole section`(element: String) throws {
    var host = try EDLHost.ready()
    #expect(host.read("1", 1, section: 3)?.starts(with: Array("EFI PART".utf8)) == true)
    #expect(host.ask(element).last == Wire.ack)
    #expect(host.read("0", 2048, section: 3) == [UInt8](repeating: 0, count: 8 << 20))
  }
}
