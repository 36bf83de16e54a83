import FlashCore
import FlashImages
import Glibc
import LibFuzzer
import Qualcomm
import WireFormat

/// Reads bytes as packets, tables and loaders, and plays a device against the host's Sahara sessions.
///
/// The first byte chooses. Whatever a device does, a session ends or asks for something sensible, and no range of an image
/// is sent that the image does not have.
@main
struct FuzzSahara {
  static func main() { exit(LibFuzzer.run(testOneInput)) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = LibFuzzer.bytes(start, count)
  var input = Input(bytes)
  switch input.byte() % 8 {
  case 0: readPacket(Array(bytes.dropFirst()))
  case 1: readTable(Array(bytes.dropFirst()))
  case 2:
    let loader = try? LoaderFile(MemoryBytes(Array(bytes.dropFirst())))
    _ = (loader?.remarks, loader?.facts, loader?.signer)
    readKernelDump(Array(bytes.dropFirst()))
  case 3:
    var session = SaharaProbe(wanted: .imageTransferPending)
    play(&session, from: session.start(), &input)
  case 4:
    var session = SaharaCommandSession(SaharaCommandSession.questions(version: 3, more: [.debugData, .commandList]))
    play(&session, from: session.start(SaharaHello()), &input)
    _ = (session.answers.chip, session.answers.keyHash?.text, session.answers.commandList)
  case 5, 6: playImages(&input)
  default:
    var session = SaharaMemorySession()
    if let action = try? session.start(SaharaHello(mode: .memoryDebug)) { play(&session, from: action, &input) }
  }
  return 0
}

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

  mutating func word() -> UInt32 { (0..<4).reduce(0) { value, _ in value << 8 | UInt32(byte()) } }

  mutating func data() -> [UInt8] {
    let count = Int(byte())
    let data = Array(bytes.dropFirst(min(position, bytes.count)).prefix(count))
    position += count
    return data
  }
}

private func readPacket(_ bytes: [UInt8]) {
  guard let packet = try? SaharaPacket(parsing: bytes.rawSpan) else { return }
  // CMD_READY may be longer, and DONE_RSP has more than one number that means "complete".
  guard packet != .commandReady, packet.command != .doneResponse else { return }
  LibFuzzer.require(packet.bytes == bytes, "a packet survives writing")
}

private func readTable(_ bytes: [UInt8]) {
  for width in SaharaWidth.allCases {
    guard let table = try? SaharaRegionTable(parsing: bytes.rawSpan, width: width) else { continue }
    let names = SaharaRegionNames(table.regions).names
    LibFuzzer.require(Set(names.map { $0.lowercased() }).count == names.count, "no two files have one name")
    LibFuzzer.require(names.allSatisfy { !$0.contains("/") && !$0.isEmpty && !$0.hasPrefix(".") }, "names name files")
    let filter = SaharaRegionFilter("*a*b?c*,DDR*")
    for region in table.regions {
      _ = filter.takes(region)
      for chunk in SaharaChunks(base: region.base, length: region.length, size: 512 << 10).prefix(4) {
        LibFuzzer.require(chunk.length != 16 && chunk.length <= 512 << 10, "no piece is as long as a refusal")
      }
    }
  }
  let regions = [SaharaRegion(base: 0, length: UInt64(bytes.count), description: "md_KELF", fileName: "K")]
  _ = try? Minidump(header: 0, bytes: bytes, regions: regions, available: [0])
}

/// A dump of the kernel whose magic and version are right.
private func readKernelDump(_ bytes: [UInt8]) {
  var file: [UInt8] = []
  file.append(littleEndian: SaharaKernelDump.magic)
  file.append(littleEndian: 1 as UInt64)
  guard let dump = try? SaharaKernelDump(MemoryBytes(file + bytes)) else { return }
  for place in dump.table.regions.indices where dump.isComplete(place) {
    var count: UInt64 = 0
    try? dump.read(place) { piece in count += UInt64(piece.count) }
    LibFuzzer.require(count == dump.table.regions[place].length, "a region that is complete is read whole")
  }
}

/// What a device may send: a packet that is one, a packet with any numbers in it, or any bytes.
private func transfer(_ input: inout Input) -> [UInt8]? {
  let commands = SaharaCommand.allCases
  switch input.byte() % 8 {
  case 0: return nil
  case 1: return input.data()
  case 2: return Array("<?xml".utf8) + input.data()
  default:
    let command = commands[Int(input.byte()) % commands.count]
    var bytes: [UInt8] = []
    bytes.append(littleEndian: command.rawValue)
    bytes.append(littleEndian: UInt32(command.byteCount ?? 8))
    while bytes.count < command.byteCount ?? 8 {
      bytes.append(littleEndian: input.byte() & 1 == 0 ? UInt32(input.byte()) : input.word())
    }
    return bytes
  }
}

private func play<Session: SaharaSession>(_ session: inout Session, from first: SaharaAction, _ input: inout Input) {
  var action = first
  for _ in 0..<2000 {
    do throws(SaharaError) {
      switch action {
      case .exchange(_, _, let limit):
        LibFuzzer.require(limit > .zero && limit <= .seconds(30), "every wait has a limit")
        if let transfer = input.isAtEnd ? nil : transfer(&input) {
          action = try session.receive(transfer)
        } else {
          action = try session.silence()
        }
      case .sendImage:
        action = session.imageSent()
      case .finish: return
      }
    } catch { return }
  }
  LibFuzzer.require(!input.isAtEnd, "a session ends when the device is silent")
}

private func playImages(_ input: inout Input) {
  var policy = SaharaPolicy()
  policy.padsImages = input.byte() & 1 == 0
  let isSingle = input.byte() & 1 == 0
  let images: [SaharaImageSession.Image] =
    isSingle ? [.init(id: nil, byteCount: 1000)] : [.init(id: 13, byteCount: 1000), .init(id: 59, byteCount: 10)]
  var session = SaharaImageSession(images, policy: policy)
  guard var action = try? session.start(SaharaHello()) else { return }
  for _ in 0..<2000 {
    do throws(SaharaError) {
      switch action {
      case .exchange:
        if let transfer = input.isAtEnd ? nil : transfer(&input) {
          action = try session.receive(transfer)
        } else {
          action = try session.silence()
        }
      case .sendImage(let range):
        let image = images[range.image]
        LibFuzzer.require(
          range.length == 0 || range.offset + range.length <= image.byteCount, "a range lies in its image")
        LibFuzzer.require(policy.padsImages || range.padding == 0, "nothing is padded unless it is wanted")
        LibFuzzer.require(range.padding <= policy.paddingByteCount, "no more is padded than allowed")
        action = session.imageSent()
      case .finish:
        LibFuzzer.require(!session.servedIDs.isEmpty, "a finished transfer has served an image")
        return
      }
    } catch { return }
  }
  LibFuzzer.require(!input.isAtEnd, "a session ends when the device is silent")
}
