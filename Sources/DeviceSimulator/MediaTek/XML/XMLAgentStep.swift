/// What an agent does in the course of a command, one after the other. Source: `docs/protocols/mtk-xml.md` 5.
enum XMLAgentStep: Sendable {
  case upload(XMLAgentUpload)
  case download(XMLAgentDownload)
  case question(key: String, path: String)
  case report(message: String, percents: [Int])
  /// A request that hosts do not know.
  case unknown
  case end(result: String, message: String)
}

/// Bytes for the host.
struct XMLAgentUpload: Sendable {
  enum Content: Sendable {
    case bytes([UInt8])
    case storage(section: Int, offset: UInt64, byteCount: UInt64)

    var byteCount: UInt64 {
      switch self {
      case .bytes(let bytes): UInt64(bytes.count)
      case .storage(_, _, let byteCount): byteCount
      }
    }
  }

  /// What the host's acknowledgement is for.
  enum Phase: Sendable {
    case request
    case size
    case announcement
    case data
  }

  var info: String
  var target: String
  var content: Content
  var packetByteCount: UInt64
  var phase = Phase.request
  var done: UInt64 = 0
}

/// Bytes from the host.
struct XMLAgentDownload: Sendable {
  enum Purpose: Equatable, Sendable {
    case secondStage(address: UInt64)
    case signature
    case registers(address: UInt64)
    case scatter
    /// Taken, and not kept.
    case ignored
    case storage(section: Int, offset: UInt64, limit: UInt64, name: String, expandsSparse: Bool)
  }

  enum Phase: Sendable {
    case request
    case size
    case status
    case data
  }

  var info: String
  var source: String
  var purpose: Purpose
  var packetByteCount: UInt64
  var phase = Phase.request
  var byteCount: UInt64 = 0
  var done: UInt64 = 0
  /// Bytes in front of what is stored: the header of a boot section.
  var lead: UInt64 = 0
  /// What is kept in memory.
  var bytes: [UInt8] = []
  /// A sparse image, until it is whole.
  var file: SectionFile?
  var failure: String?

  /// Most bytes that are kept in memory.
  static let memoryLimit: UInt64 = 64 << 20
}

/// What comes behind the end of a command.
enum XMLAgentSequel: Sendable {
  case start
  case secondStage
  case leave(AgentDeparture)
}
