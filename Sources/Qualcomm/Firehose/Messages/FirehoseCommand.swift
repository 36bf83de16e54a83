public import WireFormat

/// Everything that a host can ask of a programmer, as values.
///
/// ```swift
/// FirehoseCommand.nop(FirehoseNop()).document   // <?xml version="1.0"?>\n<data><nop/></data>\n
/// ```
///
/// What no case has (`emmc`, `createstoragedrives`, commands of one vendor) is `other`. Source:
/// `docs/protocols/firehose.md` 3 to 5.
public enum FirehoseCommand: Equatable, Sendable {
  case configure(FirehoseConfigure)
  case nop(FirehoseNop)
  case program(FirehoseProgram)
  case read(FirehoseRead)
  case erase(FirehoseErase)
  case digest(FirehoseDigest)
  case patch(FirehosePatch)
  case storageInfo(FirehoseGetStorageInfo)
  case setBootable(FirehoseSetBootable)
  case power(FirehosePower)
  case peek(FirehosePeek)
  case poke(FirehosePoke)
  case ufs(FirehoseUFS)
  case benchmark(FirehoseBenchmark)
  case fixGPT(FirehoseFixGPT)
  case other(XMLElement)

  /// Reads one command element; names are taken whatever their case.
  public init(parsing element: XMLElement) throws(FirehoseMessageError) {
    switch element.name.lowercased() {
    case "configure": self = .configure(try FirehoseConfigure(parsing: element))
    case "nop": self = .nop(try FirehoseNop(parsing: element))
    case "program": self = .program(try FirehoseProgram(parsing: element))
    case "read": self = .read(try FirehoseRead(parsing: element))
    case "erase": self = .erase(try FirehoseErase(parsing: element))
    case "getsha256digest", "getcrc16digest": self = .digest(try FirehoseDigest(parsing: element))
    case "patch": self = .patch(try FirehosePatch(parsing: element))
    case "getstorageinfo": self = .storageInfo(try FirehoseGetStorageInfo(parsing: element))
    case "setbootablestoragedrive": self = .setBootable(try FirehoseSetBootable(parsing: element))
    case "power": self = .power(try FirehosePower(parsing: element))
    case "peek": self = .peek(try FirehosePeek(parsing: element))
    case "poke": self = .poke(try FirehosePoke(parsing: element))
    case "ufs": self = .ufs(try FirehoseUFS(parsing: element))
    case "benchmark": self = .benchmark(try FirehoseBenchmark(parsing: element))
    case "fixgpt": self = .fixGPT(try FirehoseFixGPT(parsing: element))
    default: self = .other(element)
    }
  }

  /// Reads a host's document: `data` with one command in it.
  public init(parsing document: [UInt8]) throws(FirehoseMessageError) {
    let parsed: XMLDocument
    do throws(XMLError) { parsed = try XMLDocument(parsing: document, limits: .message) } catch { throw .xml(error) }
    let root = parsed.root
    guard root.isNamed("data"), root.children.count == 1 else {
      throw .notOneCommand(root: root.name, count: root.children.count)
    }
    try self.init(parsing: root.children[0])
  }

  public var element: XMLElement {
    switch self {
    case .configure(let command): command.element
    case .nop(let command): command.element
    case .program(let command): command.element
    case .read(let command): command.element
    case .erase(let command): command.element
    case .digest(let command): command.element
    case .patch(let command): command.element
    case .storageInfo(let command): command.element
    case .setBootable(let command): command.element
    case .power(let command): command.element
    case .peek(let command): command.element
    case .poke(let command): command.element
    case .ufs(let command): command.element
    case .benchmark(let command): command.element
    case .fixGPT(let command): command.element
    case .other(let element): element
    }
  }

  /// The command's name as it is written.
  public var name: String { element.name }

  /// The document as it is sent, byte for byte as the most widely used host writes it.
  public var document: [UInt8] { FirehoseDocument.bytes(of: element) }

  /// The same for a link whose packets have `packetByteCount` bytes: a document that would fill its last packet gets one
  /// more line break, so that the device sees its end (1.1). Not for Validated Image Programming, where nothing changes.
  public func document(packetByteCount: Int) -> [UInt8] {
    let bytes = document
    return packetByteCount > 0 && bytes.count % packetByteCount == 0 ? bytes + [0x0A] : bytes
  }
}
