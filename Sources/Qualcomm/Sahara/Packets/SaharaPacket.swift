import WireFormat

/// One packet of Sahara in either direction.
///
/// | offset | field   | notes                           |
/// |-------:|---------|---------------------------------|
/// |      0 | command | `SaharaCommand`                 |
/// |      4 | length  | of the packet, header included  |
///
/// A packet is one transfer; its length field must be the transfer's length and the length of that packet. Only
/// CMD_READY may be longer, as one host knows it with an extra word. Source: `docs/protocols/sahara.md` 2.
public enum SaharaPacket: Equatable, Sendable {
  case hello(SaharaHello)
  case helloResponse(SaharaHelloResponse)
  case readData(SaharaReadData)
  case endOfImage(SaharaEndOfImage)
  case done
  /// `isComplete` is false while the device wants another image.
  case doneResponse(isComplete: Bool)
  case reset
  case resetResponse
  case memoryDebug(SaharaMemoryRange)
  case memoryRead(SaharaMemoryRange)
  case commandReady
  case switchMode(SaharaMode)
  case execute(SaharaClientCommand)
  case executeResponse(SaharaClientCommand, byteCount: UInt32)
  case executeData(SaharaClientCommand)
  case resetStateMachine

  /// Bytes of command and length.
  public static let headerByteCount = 8
  /// The longest packet there is.
  public static let maximumByteCount = 0x30

  public var command: SaharaCommand {
    switch self {
    case .hello: .hello
    case .helloResponse: .helloResponse
    case .readData(let request): request.width == .bits32 ? .readData : .readData64
    case .endOfImage: .endOfImage
    case .done: .done
    case .doneResponse: .doneResponse
    case .reset: .reset
    case .resetResponse: .resetResponse
    case .memoryDebug(let range): range.width == .bits32 ? .memoryDebug : .memoryDebug64
    case .memoryRead(let range): range.width == .bits32 ? .memoryRead : .memoryRead64
    case .commandReady: .commandReady
    case .switchMode: .switchMode
    case .execute: .execute
    case .executeResponse: .executeResponse
    case .executeData: .executeData
    case .resetStateMachine: .resetStateMachine
    }
  }

  /// Reads a transfer that must be exactly one packet.
  public init(parsing bytes: RawSpan) throws(SaharaPacketError) {
    let header = try SaharaPacketHeader(parsing: bytes)
    guard UInt64(header.length) == UInt64(bytes.byteCount) else {
      throw .lengthMismatch(command: header.number, length: header.length, transfer: bytes.byteCount)
    }
    guard let command = SaharaCommand(rawValue: header.number), let expected = command.byteCount else {
      throw .unknownCommand(header.number, length: header.length)
    }
    let isRight = command == .commandReady ? bytes.byteCount >= expected : bytes.byteCount == expected
    guard isRight else { throw .wrongLength(command, length: header.length) }
    do throws(WireError) { self = try Self.body(of: command, bytes) } catch {
      throw .wrongLength(command, length: header.length)
    }
  }

  private static func body(of command: SaharaCommand, _ bytes: RawSpan) throws(WireError) -> SaharaPacket {
    func word(_ offset: Int) throws(WireError) -> UInt32 { try bytes.load(littleEndian: UInt32.self, at: offset) }
    switch command {
    case .hello: return .hello(try SaharaHello(parsing: bytes))
    case .helloResponse: return .helloResponse(try SaharaHelloResponse(parsing: bytes))
    case .readData: return .readData(try SaharaReadData(parsing: bytes, width: .bits32))
    case .readData64: return .readData(try SaharaReadData(parsing: bytes, width: .bits64))
    case .endOfImage: return .endOfImage(try SaharaEndOfImage(parsing: bytes))
    case .done: return .done
    case .doneResponse: return .doneResponse(isComplete: try word(8) != 0)
    case .reset: return .reset
    case .resetResponse: return .resetResponse
    case .memoryDebug: return .memoryDebug(try SaharaMemoryRange(parsing: bytes, width: .bits32))
    case .memoryDebug64: return .memoryDebug(try SaharaMemoryRange(parsing: bytes, width: .bits64))
    case .memoryRead: return .memoryRead(try SaharaMemoryRange(parsing: bytes, width: .bits32))
    case .memoryRead64: return .memoryRead(try SaharaMemoryRange(parsing: bytes, width: .bits64))
    case .commandReady: return .commandReady
    case .switchMode: return .switchMode(SaharaMode(rawValue: try word(8)))
    case .execute: return .execute(SaharaClientCommand(rawValue: try word(8)))
    case .executeResponse:
      return .executeResponse(SaharaClientCommand(rawValue: try word(8)), byteCount: try word(12))
    case .executeData: return .executeData(SaharaClientCommand(rawValue: try word(8)))
    case .resetStateMachine: return .resetStateMachine
    case .writeData: throw .invalid(field: "command", at: 0, value: UInt64(command.rawValue))
    }
  }

  /// The packet's bytes.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    serialize(into: &bytes)
    return bytes
  }

  public func serialize(into bytes: inout [UInt8]) {
    bytes.append(littleEndian: command.rawValue)
    bytes.append(littleEndian: UInt32(command.byteCount ?? Self.headerByteCount))
    switch self {
    case .hello(let hello): hello.serialize(into: &bytes)
    case .helloResponse(let response): response.serialize(into: &bytes)
    case .readData(let request): request.serialize(into: &bytes)
    case .endOfImage(let end): end.serialize(into: &bytes)
    case .doneResponse(let isComplete): bytes.append(littleEndian: UInt32(isComplete ? 1 : 0))
    case .memoryDebug(let range), .memoryRead(let range): range.serialize(into: &bytes)
    case .switchMode(let mode): bytes.append(littleEndian: mode.rawValue)
    case .execute(let command), .executeData(let command): bytes.append(littleEndian: command.rawValue)
    case .executeResponse(let command, let byteCount):
      bytes.append(littleEndian: command.rawValue)
      bytes.append(littleEndian: byteCount)
    case .done, .reset, .resetResponse, .commandReady, .resetStateMachine: break
    }
  }
}

/// The first two words of a packet.
public struct SaharaPacketHeader: Equatable, Sendable {
  public var number: UInt32
  /// The length that the packet claims.
  public var length: UInt32

  public init(parsing bytes: RawSpan) throws(SaharaPacketError) {
    do throws(WireError) {
      number = try bytes.load(littleEndian: UInt32.self, at: 0)
      length = try bytes.load(littleEndian: UInt32.self, at: 4)
    } catch {
      throw .tooShort(byteCount: bytes.byteCount)
    }
  }
}

/// Why a transfer is no packet.
public enum SaharaPacketError: Error, Equatable, Sendable {
  /// Shorter than a header.
  case tooShort(byteCount: Int)
  /// The length field is not the transfer's length.
  case lengthMismatch(command: UInt32, length: UInt32, transfer: Int)
  /// The length is not that of this packet.
  case wrongLength(SaharaCommand, length: UInt32)
  case unknownCommand(UInt32, length: UInt32)
}

/// Whether a packet carries words of 32 or of 64 bits; a device chooses, and may mix them.
public enum SaharaWidth: Equatable, Sendable, CaseIterable {
  case bits32
  case bits64
}
