import DeviceSimulator
import FlashCore
import Testing
import USBTransport
import USBWire
import WireFormat

/// A device in emergency download mode, driven over a link by a script that shares nothing with the host's own code.
@Suite struct `Emergency download over links` {
  private static let output = EndpointAddress.output(1)
  private static let input = EndpointAddress.input(1)

  private func words(_ values: [UInt32]) -> [UInt8] {
    var bytes: [UInt8] = []
    for value in values { bytes.append(littleEndian: value) }
    return bytes
  }

  private func word(_ bytes: [UInt8], _ index: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[4 * index + $1]) << (8 * UInt32($1)) }
  }

  private func read(_ link: any Link, atMost count: Int = 4096) async throws -> ReceivedTransfer {
    try await link.receive(atMost: count, from: Self.input, timeout: .seconds(60))
  }

  private func send(_ link: any Link, _ bytes: [UInt8]) async throws {
    try await link.send(bytes, to: Self.output, terminated: false, timeout: .seconds(60))
  }

  private func load(_ link: any Link) async throws {
    let loader = LoaderFolder.elf64(code: (0..<9000).map { UInt8(truncatingIfNeeded: ($0 * 31) >> 3) })
    while true {
      let packet = try await read(link).bytes
      switch word(packet, 0) {
      case 1: try await send(link, words([2, 48, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]))
      case 0x12:
        let (offset, length) = (Int(word(packet, 4)), Int(word(packet, 6)))
        try await send(link, Array(loader[offset..<offset + length]))
      case 4: try await send(link, words([5, 8]))
      default: return
      }
    }
  }

  /// Sends a command and returns its answers up to the response.
  private func ask(_ link: any Link, _ element: String) async throws -> [String] {
    try await send(link, Array("<?xml version=\"1.0\"?>\n<data>\(element)</data>\n".utf8))
    return try await untilResponse(link)
  }

  private func untilResponse(_ link: any Link) async throws -> [String] {
    var answers: [String] = []
    while answers.last?.contains("<response") != true {
      answers.append(String(decoding: try await read(link).bytes, as: UTF8.self))
    }
    return answers
  }

  /// Loads, writes, reads, hashes and erases.
  private func exercise(_ link: any Link) async throws {
    try await link.claim(interface: 0)
    try await load(link)
    var banner = ""
    while !banner.contains("End of supported functions") {
      banner = String(decoding: try await read(link).bytes, as: UTF8.self)
    }
    _ = try await ask(
      link, "<configure MemoryName=\"ufs\" MaxPayloadSizeToTargetInBytes=\"1048576\" ZlpAwareHost=\"1\"/>")
    let range =
      "SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"512\" physical_partition_number=\"0\" start_sector=\"1000\""
    let data = (0..<2 << 20).map { UInt8(truncatingIfNeeded: ($0 * 17) >> 7) }
    #expect(try await ask(link, "<program \(range)/>").last?.contains("rawmode=\"true\"") == true)
    for start in [0, 1 << 20] { try await send(link, Array(data[start..<start + 1 << 20])) }
    #expect(try await untilResponse(link).last?.contains("ACK") == true)
    _ = try await ask(link, "<read \(range)/>")
    var received: [UInt8] = []
    for _ in 0..<2 {
      let chunk = try await read(link, atMost: 1 << 20)
      received += chunk.bytes
      #expect(try await read(link).end == .zeroLengthPacket)
    }
    #expect(received == data)
    #expect(try await untilResponse(link).last?.contains("ACK") == true)
    #expect(try await ask(link, "<getsha256digest \(range)/>").contains { $0.contains("Digest ") })
    #expect(try await ask(link, "<erase \(range)/>").last?.contains("ACK") == true)
  }

  @Test func `in the same process, on the machine's clock`() async throws {
    let configuration = try SimulatorConfiguration(model: "sdm845-ufs", settings: [("lun0-size", "64M")])
    let provider = try SimulatedLinkProvider(selector: "sim:sdm845-ufs", configuration: configuration) { _ in }
    let link = try await provider.open(waitLimit: .seconds(60))
    try await exercise(link)
    await link.close()
  }

  @Test func `over USB/IP, and the programmer outlives its client`() async throws {
    try await ServedDevices.with(.init(model: "sdm845-ufs", settings: [("lun0-size", "64M")])) { served in
      let first = try await served.provider().open(waitLimit: .seconds(60))
      try await exercise(first)
      await first.close()
      let second = try await served.provider().open(waitLimit: .seconds(60))
      try await second.claim(interface: 0)
      #expect(try await ask(second, "<nop/>").last?.contains("ACK") == true)
      await second.close()
    }
  }
}
