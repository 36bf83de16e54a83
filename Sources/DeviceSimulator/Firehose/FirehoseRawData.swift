import Digests

/// Raw data on its way from the host.
struct FirehoseRawInput: Sendable {
  enum Purpose: Sendable {
    /// To be stored, from this byte of the section on.
    case program(section: Int, offset: UInt64)
    /// Firmware of the storage, which is not kept.
    case firmware
    /// A signature or certificate.
    case signature
  }

  let purpose: Purpose
  let byteCount: UInt64
  /// Bytes still to come.
  var left: UInt64
  /// Bytes of the chunk that is arriving.
  var chunkFill: UInt64 = 0
  var chunkCount: UInt64 = 0
  /// Hashes the chunk that is arriving, where that is wanted.
  var chunkDigest: SHA256Digest?
  /// Why the response at the end will be NAK.
  var failure: String?
  /// Whether a byte was stored other than it came.
  var isCorrupted = false
  /// All bytes are there; the end of the host's transfer is waited for.
  var awaitsEnd = false
  let verifiesByReading: Bool
  /// Whether there is neither storing nor answering any more.
  var isRefused = false

  init(purpose: Purpose, byteCount: UInt64, verifiesByReading: Bool = false) {
    self.purpose = purpose
    self.byteCount = byteCount
    left = byteCount
    self.verifiesByReading = verifiesByReading
  }
}

/// Raw data on its way to the host.
struct FirehoseRawOutput: Sendable {
  let section: Int
  var offset: UInt64
  var left: UInt64
  let chunkByteCount: UInt64
  /// Whether each chunk ends with a zero-length packet where its length asks for one.
  let isTerminated: Bool
  var hasFailed = false
}

/// Work that takes the programmer longer than an answer may, done in steps.
enum FirehoseJob: Sendable {
  case digest(FirehoseDigestJob)
  case erase(FirehoseEraseJob)
}

struct FirehoseDigestJob: Sendable {
  enum Kind: Sendable {
    case sha256(SHA256Digest)
    case crc16(CRC16)
  }

  let section: Int
  var offset: UInt64
  let end: UInt64
  var kind: Kind
  var nextKeepAlive: Duration
  /// Not before this moment.
  let finishesAt: Duration
}

struct FirehoseEraseJob: Sendable {
  let section: Int
  var offset: UInt64
  let end: UInt64
  let fill: EraseFillValue
  let finishesAt: Duration
  /// What random content is made from.
  var random: UInt64 = 0x9E37_79B9_7F4A_7C15
}
