import DeviceSimulator
import Glibc
import LibFuzzer
import MediaTek
import USBWire
import WireFormat

/// Plays a device against the host's sessions with boot ROMs and preloaders, and a host against the simulated ones.
///
/// The first byte chooses. Whatever a device does, a session ends, asks for a bounded number of bytes, and waits for a
/// bounded time; whatever a host does, a simulated device goes on.
@main
struct FuzzBootROM {
  static func main() { exit(LibFuzzer.run(testOneInput)) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = LibFuzzer.bytes(start, count)
  guard let first = bytes.first else { return 0 }
  var input = Input(Array(bytes.dropFirst()))
  switch first % 4 {
  case 0: play(BootROMHandshake(probesForAgent: first & 0x80 != 0), &input)
  case 1: play(BootROMModeSwitch(BootROMToken.allCases[Int(first >> 2) % BootROMToken.allCases.count]), &input)
  case 2: play(exchange(first >> 2, &input), &input)
  default: playHost(&input, isPreloader: first & 4 != 0)
  }
  return 0
}

private struct Input {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position >= bytes.count }

  mutating func next(_ count: Int) -> [UInt8] {
    let piece = Array(bytes.dropFirst(min(position, bytes.count)).prefix(count))
    position += count
    return piece
  }

  mutating func word() -> UInt32 { next(4).reduce(0) { $0 << 8 | UInt32($1) } }
}

private func exchange(_ choice: UInt8, _ input: inout Input) -> BootROMExchange {
  let data = input.next(Int(choice))
  let all: [BootROMExchange] = [
    .hardwareCode(), .versions(), .targetConfig(), .meID(), .socID(), .log(), .oldLog(), .preloaderVersion(),
    .preloaderCapabilities(), .read(.bits32, at: input.word(), count: 8), .write(.bits16, [1, 2, 3], at: 4),
    .write16WithoutEcho([1, 2], at: 4), .legacyRead(.bits16, at: 8, count: 4), .legacyWriteBlock(data, at: 0),
    .sendDA(data, to: 0x20_0000, signatureByteCount: 0), .sendAuthentication(data), .linkChallenge(),
    .linkResponse(data), .jumpDA64(to: 0x20_0000), .sendImage(data, as: "lk"), .powerRead(3), .bootImage("lk"),
  ]
  return all[Int(choice) % all.count]
}

/// The device answers with the input's bytes: as many as are wanted, now and then what would be right.
private func play<Session: BootROMSession>(_ first: Session, _ input: inout Input) {
  var session = first
  var action = session.start()
  var sent: [UInt8] = []
  for _ in 0..<5000 {
    do throws(BootROMError) {
      switch action {
      case .exchange(let bytes, let count, let limit):
        LibFuzzer.require(limit > .zero && limit <= .seconds(30), "every wait has a limit")
        LibFuzzer.require(count >= 0 && count <= 1 << 20, "no more is asked for than any answer has")
        if !bytes.isEmpty { sent = bytes }
        // An echo that is right leads further than chance does.
        let isEcho = input.next(1).first.map { $0 & 1 == 0 } ?? false
        let answer = isEcho && sent.count == count ? sent : input.next(count)
        if answer.count == count {
          action = try session.receive(answer)
        } else {
          action = try session.silence(received: answer.count, after: limit)
        }
      case .sendData: action = session.dataSent()
      case .drain(let quiet):
        LibFuzzer.require(quiet <= .seconds(1), "draining has a limit")
        action = try session.receive(input.next(Int(input.next(1).first ?? 0)))
      case .finish: return
      }
    } catch { return }
  }
  LibFuzzer.require(!input.isAtEnd, "a session ends when the device is silent")
}

/// A boot ROM and a preloader, made once: each input gets a copy.
private let devices: [SimulatedPort] = ["brom", "preloader"].map { actor in
  do {
    let configuration = try SimulatorConfiguration(
      model: "mt6765", settings: [(key: "actor", value: actor), (key: "user-size", value: "1M")])
    return try SimulatorRegistry.makePort(for: configuration, serving: .inProcess)
  } catch { fatalError("\(error)") }
}

/// Sends the input to a simulated device, and reads what it answers.
private func playHost(_ input: inout Input, isPreloader: Bool) {
  var port = devices[isPreloader ? 1 : 0]
  _ = port.request(.setConfiguration(1), at: .zero)
  var now = Duration.zero
  var beginning: [UInt8] = isPreloader ? [0xA0, 0xA0, 0x0A, 0x50, 0x05] : [0xA0, 0x0A, 0x50, 0x05]
  while !beginning.isEmpty || !input.isAtEnd {
    let piece = beginning.isEmpty ? input.next(Int(input.next(1).first ?? 1)) : beginning
    beginning = []
    var transfer = OutputTransfer(to: .output(1), byteCount: piece.count, isTerminated: false)
    _ = port.send(piece.rawSpan, of: &transfer, at: now)
    for _ in 0..<64 {
      guard case .data = port.receive(atMost: 512, from: .input(1), at: now) else { break }
    }
    now += .milliseconds(1)
    port.advance(to: now)
    _ = port.takeEvents()
  }
}
