import MkII
import Testing
import USBWire
import WireFormat

@testable import DeviceSimulator

/// Mk II over a stream, without sockets: `docs/protocols/mkii.md` 12.
@Suite struct `Framing in a stream of bytes` {
  struct StreamHost {
    var port: SimulatedPort
    var session: StreamSession
    var now = Duration.zero
    private var pending: [UInt8] = []

    init(quirks: [String] = [], settings: [(key: String, value: String)] = [], faults: [String] = []) throws {
      port = try SimulatorRegistry.makePort(
        for: try SimulatorConfiguration(model: "rx51", quirks: quirks, settings: settings, faults: faults),
        serving: .tcp)
      session = StreamSession(try #require(port.device.stream))
      session.begin(&port, at: now)
    }

    /// Sends bytes in segments of `size`, each after what the device left of the one before, and returns the answer.
    mutating func exchange(_ bytes: [UInt8], segments size: Int = .max) -> [UInt8] {
      var output: [UInt8] = []
      var rest = bytes[...]
      repeat {
        pending += rest.prefix(size)
        rest = rest.dropFirst(size)
        var taken = 0
        repeat {
          let waiting = pending
          taken = session.take(waiting.rawSpan, into: &port, at: now)
          pending.removeFirst(taken)
          session.deliver(from: &port, to: &output, at: now)
        } while taken > 0 && !pending.isEmpty
      } while !rest.isEmpty
      return output
    }

    var unread: Int { pending.count }
  }

  static func message(_ request: MkIIRequest, id: UInt8 = 0) -> [UInt8] { request.message(transactionID: id).bytes }

  static func reply(_ type: MkIIMessageType, id: UInt8 = 0, _ data: [UInt8] = [0]) -> [UInt8] {
    MkIIMessage(.reply, transactionID: id, messageID: type.replyID, data: data).bytes
  }

  /// Everything a host sends to flash an image, and what the device answers to it.
  static func flash(_ image: TestImage) -> (sent: [UInt8], answer: [UInt8]) {
    let size = UInt32(image.data.count)
    let sent =
      message(.tell(item: "/update/host_protocol_version", value: "2"), id: 1) + message(.begin, id: 2)
      + message(.imageHeader(image.header), id: 3) + message(.setSource(handle: 0, transport: "tcp:raw"), id: 4)
      + message(.prepareBlock(handle: 0, byteCount: size), id: 5) + image.data + message(.status(handle: 0), id: 6)
    let status = MkIIStatusReply(state: 5, percent: 100, word8: size, total: size)
    let answer =
      reply(.tell, id: 1) + reply(.begin, id: 2) + reply(.imageHeader, id: 3, [0, 0, 0, 0, 0, 0, 2, 0, 0])
      + reply(.setSource, id: 4) + reply(.prepareBlock, id: 5) + reply(.status, id: 6, status.serialize(layout: .l0))
    return (sent, answer)
  }

  @Test(arguments: [1, 2, 3, 7, 16, 100, 511, 4096, Int.max])
  func `messages and raw data may be cut and joined anywhere`(size: Int) throws {
    var host = try StreamHost()
    let (sent, answer) = Self.flash(TestImage(byteCount: 5000))
    #expect(host.exchange(sent, segments: size) == answer)
    #expect(host.unread == 0)
  }

  @Test func `raw data that look like messages are raw data`() throws {
    var host = try StreamHost()
    let ping = Self.message(.ping)
    let image = TestImage("kernel", data: Array(repeatElement(ping, count: 50).joined()))
    let (sent, answer) = Self.flash(image)
    #expect(host.exchange(sent, segments: 13) == answer)
  }

  @Test(arguments: [1, 5, Int.max])
  func `garbage between messages is skipped`(size: Int) throws {
    var host = try StreamHost()
    let garbage = Array("GET / HTTP/1.1\r\n\r\n".utf8) + [0x1B, 0x1B, 0x00, 0x1B, 0x00, 0x11]
    let answer = host.exchange(
      garbage + Self.message(.ping, id: 1) + [0xFF] + Self.message(.ping, id: 2), segments: size)
    #expect(answer == Self.reply(.ping, id: 1, []) + Self.reply(.ping, id: 2, []))
  }

  @Test func `a header that promises too little is dropped, and the next message read`() throws {
    var host = try StreamHost()
    let short: [UInt8] = [0x1B, 0x00, 0x10, 0x88, 0x00, 0x00]
    #expect(host.exchange(short + Self.message(.ping)) == Self.reply(.ping, []))
  }

  @Test func `random bytes never trap, and a device in order is still there afterwards`() throws {
    var host = try StreamHost()
    var random = SystemRandomNumberGenerator()
    for seed in 0..<200 {
      var bytes = (0..<300).map { _ in UInt8.random(in: 0...255, using: &random) }
      // Every other round looks like a message, so that the service gets to see some.
      if seed.isMultiple(of: 2) {
        bytes.replaceSubrange(0..<10, with: [0x1B, 0, 0x10, 0x88, 0, UInt8(seed), 0, 0, 1, UInt8(seed % 16)])
      }
      _ = host.exchange(bytes, segments: 50)
    }
    #expect(host.unread < 65541)
    // Ends whatever message or block was begun, then starts over as a new connection does.
    host.session.end(&host.port, at: host.now)
    host.now += .seconds(100)
    host.port.advance(to: host.now)
    host.session = StreamSession(host.session.binding)
    host.session.begin(&host.port, at: host.now)
    var output: [UInt8] = []
    let ping = Self.message(.ping)
    _ = host.session.take(ping.rawSpan, into: &host.port, at: host.now)
    host.session.deliver(from: &host.port, to: &output, at: host.now)
    #expect(output == Self.reply(.ping, []))
  }

  @Test func `what follows a request is not looked at before the request is answered`() throws {
    var host = try StreamHost(quirks: ["slow-first-ping:100"])
    #expect(host.exchange(Self.message(.ping, id: 1) + Self.message(.ping, id: 2)) == [])
    host.now += .milliseconds(100)
    host.port.advance(to: host.now)
    #expect(host.exchange([]) == Self.reply(.ping, id: 1, []) + Self.reply(.ping, id: 2, []))
  }

  @Test func `the end of a connection aborts an unfinished image`() throws {
    var host = try StreamHost()
    let (sent, _) = Self.flash(TestImage(byteCount: 5000))
    _ = host.exchange(Array(sent.dropLast(1000)))
    host.session.end(&host.port, at: host.now)
    host.session.begin(&host.port, at: host.now)
    let image = TestImage(byteCount: 100)
    var second = StreamSession(host.session.binding)
    second.begin(&host.port, at: host.now)
    host.session = second
    let (again, answer) = Self.flash(image)
    #expect(host.exchange(again) == answer)
  }

  @Test func `a stalled device stops reading and answering until the connection ends`() throws {
    var host = try StreamHost(faults: ["stall@3"])
    #expect(host.exchange(Self.message(.ping)) == Self.reply(.ping, []))
    #expect(host.exchange(Self.message(.ping)) == [])
    #expect(host.session.isHalted)
    host.session.end(&host.port, at: host.now)
    host.session = StreamSession(host.session.binding)
    host.session.begin(&host.port, at: host.now)
    #expect(host.session.isHalted == false)
  }

  @Test func `an announced block counts as one transfer, however it is cut`() throws {
    for size in [100, Int.max] {
      // Ten messages before the block: five requests and five replies.
      var host = try StreamHost(faults: ["corrupt@11"])
      let (sent, answer) = Self.flash(TestImage(byteCount: 5000))
      let failed = answer.dropLast(31) + Self.reply(.status, id: 6, [0x0A])
      #expect(host.exchange(sent, segments: size) == Array(failed))
    }
  }

  @Test func `a source of USB is refused over a stream`() throws {
    var host = try StreamHost()
    let image = TestImage()
    let sent =
      Self.message(.tell(item: "/update/host_protocol_version", value: "2")) + Self.message(.begin)
      + Self.message(.imageHeader(image.header)) + Self.message(.setSource(handle: 0, transport: "usb:raw"))
    #expect(host.exchange(sent).suffix(11) == Self.reply(.setSource, [4])[...])
  }

  @Test func `over a stream a reboot comes back in update mode unless told otherwise`() throws {
    for (settings, returnsAt) in [([], Duration.milliseconds(100)), ([("next-mode", "gone")], nil)]
      as [([(key: String, value: String)], Duration?)]
    {
      var host = try StreamHost(settings: settings)
      #expect(host.exchange(Self.message(.reboot(command: "reboot"))) == Self.reply(.reboot))
      #expect(!host.port.isAttached)
      #expect(host.port.returnsAt == returnsAt)
    }
  }
}
