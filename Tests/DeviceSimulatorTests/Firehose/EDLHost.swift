import DeviceSimulator
import Testing
import USBWire
import WireFormat

/// A scripted host for devices in emergency download mode: it writes and reads transfers, and knows no more of the
/// protocols than a script needs.
struct EDLHost {
  var port: SimulatedPort
  var now = Duration.zero
  /// Ids of the images that were asked for, in order of their first request.
  private(set) var imageIDs: [UInt64] = []
  /// Ranges that were asked for.
  private(set) var ranges: [(offset: Int, length: Int)] = []

  static let output = EndpointAddress.output(1)
  static let input = EndpointAddress.input(1)

  init(
    _ model: String = "sdm845-ufs", quirks: [String] = [], settings: [(key: String, value: String)] = [],
    faults: [String] = [], storage: String? = nil
  ) throws {
    let configuration = try SimulatorConfiguration(
      model: model, storage: storage, quirks: quirks, settings: settings, faults: faults)
    port = try SimulatorRegistry.makePort(for: configuration, serving: .inProcess)
    configure()
  }

  /// A device whose programmer runs and has been configured.
  static func ready(
    _ model: String = "sdm845-ufs", quirks: [String] = [], settings: [(key: String, value: String)] = [],
    storage: String? = nil
  ) throws -> EDLHost {
    var host = try EDLHost(model, quirks: quirks, settings: settings, storage: storage)
    try host.load()
    _ = host.transfers()
    _ = try host.configureProgrammer()
    return host
  }

  mutating func configure() {
    _ = port.request(SetupPacket(requestType: 0, request: 9, value: 1, index: 0, length: 0), at: now)
  }

  // MARK: Transfers

  @discardableResult
  mutating func send(_ bytes: [UInt8], terminated: Bool = false) -> OutputOutcome {
    var transfer = OutputTransfer(to: Self.output, byteCount: bytes.count, isTerminated: terminated)
    var sent = 0
    while true {
      let outcome = port.send(bytes.rawSpan.extracting(sent..<bytes.count), of: &transfer, at: now)
      guard case .busy(let count) = outcome, count > 0 || pass() else { return outcome }
      sent += count
    }
  }

  /// One read with room for `count` bytes; waits as long as the device has something to do by itself.
  mutating func receive(atMost count: Int = 4 << 20) -> InputOutcome {
    while true {
      let outcome = port.receive(atMost: count, from: Self.input, at: now)
      guard outcome == .busy, pass() else { return outcome }
    }
  }

  /// Goes on to the next moment at which the device acts, within ten seconds.
  private mutating func pass() -> Bool {
    guard let wake = port.nextWake, wake <= now + .seconds(10) else { return false }
    now = max(wake, now + .microseconds(1))
    port.advance(to: now)
    return port.isAttached
  }

  /// All that the device has to say now, transfer by transfer.
  mutating func transfers(atMost count: Int = 4096) -> [[UInt8]] {
    var transfers: [[UInt8]] = []
    while case .data(let bytes, _) = receive(atMost: count) { transfers.append(bytes) }
    return transfers
  }

  // MARK: Sahara

  /// Answers what the boot ROM asks for with the same file until it is through.
  mutating func load(_ loader: [UInt8] = ELFSample.elf64, isSingleImage: Bool = true) throws {
    for _ in 0..<100_000 {
      guard case .data(let packet, _) = receive(atMost: 4096) else {
        Issue.record("the boot ROM is silent")
        return
      }
      let words = Self.words(packet)
      switch words[0] {
      case 0x01:
        var answer = [2, 48, 2, 1, 0, words[5]]
        answer += [UInt32](repeating: 0, count: 6)
        send(Self.bytes(answer))
      case 0x03, 0x12: deliver(words, of: loader)
      case 0x04:
        try #require(words[3] == 0, "END_OF_IMAGE_TX status \(words[3])")
        send(Self.bytes([5, 8]))
      case 0x06:
        if words[2] == 1 || isSingleImage { return }
      default: try #require(Bool(false), "packet \(packet)")
      }
    }
  }

  private mutating func deliver(_ words: [UInt32], of loader: [UInt8]) {
    let isWide = words[0] == 0x12
    let id = isWide ? UInt64(words[2]) | UInt64(words[3]) << 32 : UInt64(words[2])
    let offset = Int(isWide ? words[4] : words[3])
    let length = Int(isWide ? words[6] : words[4])
    if !imageIDs.contains(id) { imageIDs.append(id) }
    ranges.append((offset, length))
    let end = min(loader.count, offset + length)
    send(Array(loader[min(offset, end)..<end]) + [UInt8](repeating: 0xFF, count: max(0, offset + length - end)))
  }

  static func bytes(_ words: [UInt32]) -> [UInt8] {
    var bytes: [UInt8] = []
    for word in words { bytes.append(littleEndian: word) }
    return bytes
  }

  static func words(_ bytes: [UInt8]) -> [UInt32] {
    stride(from: 0, to: bytes.count - 3, by: 4).map { place in
      (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << (8 * UInt32($1)) }
    }
  }

  // MARK: Firehose

  /// A document in the style of a widely used host.
  static func document(_ element: String) -> [UInt8] {
    Array("<?xml version=\"1.0\"?>\n<data>\(element)</data>\n".utf8)
  }

  /// Sends a command and returns all transfers that answer it, as text.
  @discardableResult
  mutating func ask(_ element: String) -> [String] {
    send(Self.document(element))
    return transfers().map { String(decoding: $0, as: UTF8.self) }
  }

  @discardableResult
  mutating func configureProgrammer(
    memory: String? = nil, payload: Int = 1 << 20, more: String = ""
  ) throws -> [String] {
    let name = memory.map { "MemoryName=\"\($0)\" " } ?? ""
    return ask(
      "<configure \(name)MaxPayloadSizeToTargetInBytes=\"\(payload)\" Verbose=\"0\" ZlpAwareHost=\"1\" "
        + "SkipStorageInit=\"0\"\(more)/>")
  }

  /// The values of all logs among answers.
  static func logs(_ answers: [String]) -> [String] {
    answers.compactMap { answer in
      guard let start = answer.range("<log value=\""), let end = answer.range("\" /></data>") else { return nil }
      return String(answer[start.upperBound..<end.lowerBound])
    }
  }

  /// Writes sectors, and returns what is said before and after the data.
  mutating func program(
    _ bytes: [UInt8], at start: String, section: Int = 0, sector: Int = 4096, more: String = "", chunk: Int = 1 << 20
  ) -> (before: [String], after: [String]) {
    let before = ask(
      "<program SECTOR_SIZE_IN_BYTES=\"\(sector)\" num_partition_sectors=\"\(bytes.count / sector)\" "
        + "physical_partition_number=\"\(section)\" start_sector=\"\(start)\" filename=\"a.bin\"\(more)/>")
    guard before.last?.contains("rawmode=\"true\"") == true else { return (before, []) }
    for place in stride(from: 0, to: bytes.count, by: chunk) {
      guard send(Array(bytes[place..<min(bytes.count, place + chunk)])) == .taken else { break }
    }
    return (before, transfers().map { String(decoding: $0, as: UTF8.self) })
  }

  /// Reads sectors: the data alone, or `nil` when they are refused.
  mutating func read(_ start: String, _ count: Int, section: Int = 0, sector: Int = 4096) -> [UInt8]? {
    send(
      Self.document(
        "<read SECTOR_SIZE_IN_BYTES=\"\(sector)\" num_partition_sectors=\"\(count)\" "
          + "physical_partition_number=\"\(section)\" start_sector=\"\(start)\"/>"))
    var isRaw = false
    while !isRaw {
      guard case .data(let bytes, _) = receive() else { return nil }
      let text = String(decoding: bytes, as: UTF8.self)
      if text.contains("value=\"NAK\"") { return nil }
      isRaw = text.contains("rawmode=\"true\"")
    }
    var data: [UInt8] = []
    while data.count < count * sector {
      guard case .data(let bytes, _) = receive() else { return nil }
      data += bytes
    }
    let end = transfers().map { String(decoding: $0, as: UTF8.self) }
    return end.contains { $0.contains("value=\"ACK\"") } ? data : nil
  }
}

extension String {
  /// Where a text first stands.
  func range(_ other: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(other) { return start..<index(start, offsetBy: other.count) }
      start = index(after: start)
    }
    return nil
  }
}

/// Response documents, byte for byte.
enum Wire {
  private static let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<data>\n"
  static let ack = head + "<response value=\"ACK\" rawmode=\"false\" /></data>"
  static let raw = head + "<response value=\"ACK\" rawmode=\"true\" /></data>"
  static let nak = head + "<response value=\"NAK\" rawmode=\"false\" /></data>"
  static func log(_ text: String) -> String { head + "<log value=\"\(text)\" /></data>" }
}
