import DeviceSimulator
import Glibc
import LibFuzzer
import USBWire
import WireFormat

/// Plays a host against simulated programmers: documents, raw data, resets and time in any order.
///
/// The first byte chooses the device. Whatever a host sends, the device goes on, says nothing without end, and keeps no
/// more than it has to.
@main
struct FuzzFirehoseSimulator {
  static func main() { exit(LibFuzzer.run(testOneInput)) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = Input(LibFuzzer.bytes(start, count))
  var host = Host(port: devices[Int(input.byte()) % devices.count])
  for _ in 0..<400 where !input.isAtEnd { host.step(&input) }
  host.listen()
  return 0
}

/// Devices whose programmer runs, made once: each input gets copies, which share what is stored and nothing else.
private let devices: [SimulatedPort] = {
  let small = [("lun0-size", "1M"), ("lun1-size", "512K")]
  let models: [(String, [(String, String)])] = [
    ("sdm845-ufs", small + [("luns", "2")]), ("msm8916-emmc", small + [("luns", "2")]),
    ("mdm9207-nand", [("lun0-size", "8M"), ("bad-blocks", "3")]), ("ipq-spinor", [("lun0-size", "1M")]),
    ("sm8250-vip", small + [("luns", "2")]),
    (
      "sdm845-ufs",
      small + [
        ("luns", "2"), ("authentication", "yes"), ("functions", "program+read+erase+zeroout+patch+ufs+fixgpt"),
        ("zlp", "strict"), ("max-payload", "8192"), ("next-mode", "edl"),
      ]
    ),
  ]
  return models.map { model, settings in
    do {
      let configuration = try SimulatorConfiguration(model: model, settings: settings)
      var host = Host(port: try SimulatorRegistry.makePort(for: configuration, serving: .inProcess))
      host.configure()
      host.load()
      return host.port
    } catch { fatalError("\(model): \(error)") }
  }
}()

/// The fuzzer's bytes, from front to back; zeros at their end.
private struct Input {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position >= bytes.count }

  mutating func byte() -> UInt8 {
    defer { position += 1 }
    return position < bytes.count ? bytes[position] : 0
  }

  mutating func data() -> [UInt8] {
    let count = Int(byte())
    let data = Array(bytes.dropFirst(min(position, bytes.count)).prefix(count))
    position += count
    return data
  }

  mutating func choice<Element>(of list: [Element]) -> Element { list[Int(byte()) % list.count] }

  /// A document with one command, most of it of words that mean something.
  mutating func document() -> [UInt8] {
    var text = "<?xml version=\"1.0\"?><data><" + choice(of: Words.commands)
    for _ in 0..<byte() % 8 {
      let value =
        byte() % 4 == 0 ? String(decoding: data().filter { $0 >= 0x20 }, as: UTF8.self) : choice(of: Words.values)
      text += " " + choice(of: Words.attributes) + "=\"" + value + "\""
    }
    // What nearly every command needs.
    if byte() % 4 != 0 {
      text +=
        " SECTOR_SIZE_IN_BYTES=\"" + choice(of: ["512", "4096", "2048"]) + "\" num_partition_sectors=\"\(byte())\""
      text += " start_sector=\"\(byte())\" physical_partition_number=\"\(byte() % 3)\""
    }
    return Array((text + "/></data>").utf8)
  }
}

private enum Words {
  static let commands = [
    "configure", "program", "read", "erase", "patch", "getsha256digest", "getcrc16digest", "getstorageinfo", "nop",
    "power", "setbootablestoragedrive", "ufs", "emmc", "createstoragedrives", "peek", "poke", "fixgpt", "benchmark",
    "firmwarewrite", "sig", "zeroout", "xml", "Frobnicate",
  ]
  static let attributes = [
    "MemoryName", "MaxPayloadSizeToTargetInBytes", "ZLPAwareHost", "SkipStorageInit", "SkipWrite", "AlwaysValidate",
    "AckRawDataEveryNumPackets", "Verbose", "value", "byte_offset", "size_in_bytes", "start_sector", "slot", "filename",
    "num_partition_sectors", "address64", "value64", "DelayInSeconds", "lun", "grow_last_partition", "bNumberLU",
    "bBootEnable", "bDescrAccessEn", "bInitPowerMode", "bHighPriorityLUN", "bConfigDescrLock", "LUNum", "bLUEnable",
    "bBootLunID", "size_in_kb", "LUNtoGrow", "commit", "read_back_verify", "trials", "TestReadPerformance",
    "StorageDrive",
  ]
  static let values = [
    "0", "1", "2", "6", "8", "16", "255", "512", "4096", "1048576", "18446744073709551615", "0xffffffffffffffff", "-1",
    "ufs", "emmc", "nand", "spinor", "reset", "reset_to_edl", "off", "DISK", "true", "", "NUM_DISK_SECTORS-5.",
    "CRC32(NUM_DISK_SECTORS-1.,92)", "CRC32(1,18446744073709551615)", "(((1*2)/0", "NUM_DISK_BLOCKS*4",
  ]
}

/// One host on one port.
private struct Host {
  var port: SimulatedPort
  var now = Duration.zero

  private static let input = EndpointAddress.input(1)
  private static let output = EndpointAddress.output(1)

  mutating func step(_ input: inout Input) {
    switch input.byte() % 12 {
    case 0...4: send(input.document())
    case 5: send(input.data())
    case 6: send([UInt8](repeating: input.byte(), count: Int(input.byte()) << 8))
    case 7: send([])
    case 8, 9: listen()
    case 10: pass(.milliseconds(Int64(input.byte()) * 20))
    default:
      port.reset(at: now)
      configure()
    }
  }

  mutating func configure() {
    _ = port.request(SetupPacket(requestType: 0, request: 9, value: 1, index: 0, length: 0), at: now)
  }

  private mutating func send(_ bytes: [UInt8]) {
    var transfer = OutputTransfer(to: Self.output, byteCount: bytes.count, isTerminated: false)
    var sent = 0
    for _ in 0..<1000 {
      guard case .busy(let count) = port.send(bytes.rawSpan.extracting(sent..<bytes.count), of: &transfer, at: now)
      else { return }
      sent += count
      if count == 0 { pass(.milliseconds(10)) }
    }
    port.abandon(transfer, at: now)
  }

  /// Reads all that the device says by itself; that has an end.
  mutating func listen() {
    var byteCount = 0
    for _ in 0..<200_000 {
      switch port.receive(atMost: 64 << 10, from: Self.input, at: now) {
      case .data(let bytes, _):
        byteCount += bytes.count
        LibFuzzer.require(bytes.count <= 64 << 10, "no transfer is longer than its room")
        LibFuzzer.require(byteCount <= 64 << 20, "a device that nobody speaks to says no more than its storage holds")
      case .busy:
        guard let wake = port.nextWake, wake <= now + .seconds(5) else { return }
        pass(wake - now + .microseconds(1))
      default: return
      }
    }
    LibFuzzer.require(false, "a device comes to an end")
  }

  private mutating func pass(_ time: Duration) {
    now += max(.microseconds(1), time)
    port.advance(to: now)
    if port.isAttached { return }
    if let back = port.returnsAt, back <= now + .seconds(5) {
      now = max(now, back)
      port.advance(to: now)
      configure()
    }
  }

  // MARK: Sahara

  /// Gives the boot ROM a programmer, as any host does.
  mutating func load() {
    for _ in 0..<1000 {
      guard case .data(let packet, _) = port.receive(atMost: 4096, from: Self.input, at: now) else { return }
      let words = stride(from: 0, to: packet.count - 3, by: 4).map { place in
        (0..<4).reduce(0 as UInt32) { $0 | UInt32(packet[place + $1]) << (8 * UInt32($1)) }
      }
      switch words.first {
      case 0x01: send(Self.packet([2, 48, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]))
      case 0x03: send(Self.range(words[3], words[4]))
      case 0x12: send(Self.range(words[4], words[6]))
      case 0x04: send(Self.packet([5, 8]))
      default: return
      }
    }
  }

  private static func packet(_ words: [UInt32]) -> [UInt8] {
    words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
  }

  private static func range(_ offset: UInt32, _ length: UInt32) -> [UInt8] {
    let bytes = Array(programmer.dropFirst(Int(offset)).prefix(Int(length)))
    return bytes + [UInt8](repeating: 0, count: Int(length) - bytes.count)
  }

  /// The smallest ELF program that a boot ROM takes: one header, one segment.
  private static let programmer: [UInt8] = {
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    func append(_ value: UInt64, _ count: Int) {
      for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))) }
    }
    for (value, count) in [(2, 2), (0xB7, 2), (1, 4), (0x1480_0000, 8), (64, 8), (0, 8), (0, 4)] as [(UInt64, Int)] {
      append(value, count)
    }
    for field in [64, 56, 1, 0, 0, 0] as [UInt64] { append(field, 2) }
    append(1, 4)
    append(5, 4)
    for word in [0x1000, 0x1480_0000, 0x1480_0000, 512, 512, 4096] as [UInt64] { append(word, 8) }
    return bytes + [UInt8](repeating: 0, count: 0x1200 - bytes.count)
  }()
}
