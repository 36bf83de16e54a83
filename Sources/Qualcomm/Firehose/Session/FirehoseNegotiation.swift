/// What host and device have agreed on. Source: `docs/protocols/firehose.md` 3.
public struct FirehoseLimits: Equatable, Sendable {
  /// Bytes of a piece of raw data.
  public var payload: UInt64
  /// Bytes of a document.
  public var maximumDocument: UInt64
  public var memory: FirehoseMemory
  public var targetName: String?
  public var version: String?

  public init(
    payload: UInt64, maximumDocument: UInt64 = 4096, memory: FirehoseMemory, targetName: String? = nil,
    version: String? = nil
  ) {
    self.payload = payload
    self.maximumDocument = maximumDocument
    self.memory = memory
    self.targetName = targetName
    self.version = version
  }

  /// A power of two that storage has as its sector or page.
  public static func isSectorSize(_ size: UInt32) -> Bool {
    size >= 256 && size <= 1 << 16 && size & (size - 1) == 0
  }
}

/// Agrees with a programmer on storage and sizes, without any I/O.
///
/// ```swift
/// var negotiation = FirehoseNegotiation(settings)
/// let first = negotiation.start()          // send it, and hand the answer to receive(_:)
/// ```
public struct FirehoseNegotiation: Sendable {
  public enum Action: Equatable, Sendable {
    case send(FirehoseConfigure)
    case finish(FirehoseLimits)
  }

  private let settings: FirehoseSettings
  private var memories: [FirehoseMemory]
  private var proposal: UInt64
  private var hasChangedSize = false
  /// The first refusal that does not just say that the storage is of another kind.
  private var refusal: FirehoseRefusal?

  /// More than any programmer has offered: a payload is a buffer on the device.
  static let maximumPayload: UInt64 = 1 << 28

  /// `hint`: what the programmer's logs say about its storage.
  public init(_ settings: FirehoseSettings, hint: FirehoseMemory? = nil) {
    self.settings = settings
    if let memory = settings.memory {
      memories = [memory]
    } else {
      let usual: [FirehoseMemory] = [.emmc, .ufs, .nand, .spinor, .nvme]
      memories = (hint.map { [$0] } ?? []) + usual.filter { $0 != hint }
    }
    proposal = min(max(settings.maximumPayload, 512), Self.maximumPayload)
  }

  public mutating func start() -> FirehoseConfigure { next() }

  /// What is being asked for now.
  public var memory: FirehoseMemory { memories.first ?? .emmc }

  private mutating func next() -> FirehoseConfigure {
    FirehoseConfigure(
      memoryName: memory.rawValue, maximumPayload: proposal, isZLPAware: settings.zlp != .never,
      skipsStorageInit: settings.skipsStorageInit)
  }

  public mutating func receive(_ reply: FirehoseReply) throws(FirehoseError) -> Action {
    let response = reply.response
    let size = response.number("MaxPayloadSizeToTargetInBytes").flatMap { $0 > 0 ? $0 : nil }
    let supported = response.number("MaxPayloadSizeToTargetInBytesSupported").flatMap { $0 > 0 ? $0 : nil }
    guard response.isACK else { return try refused(reply, offered: size ?? supported) }
    if let supported, supported < proposal, !settings.isValidated, !hasChangedSize {
      return resize(to: supported)
    }
    return .finish(limits(response, payload: min(size ?? proposal, supported ?? .max, proposal)))
  }

  private mutating func resize(to size: UInt64) -> Action {
    hasChangedSize = true
    proposal = size
    return .send(next())
  }

  private mutating func refused(_ reply: FirehoseReply, offered: UInt64?) throws(FirehoseError) -> Action {
    let refused = reply.refusal
    guard !settings.isValidated else { throw .refused(refused) }
    if let offered, offered != proposal, !hasChangedSize { return resize(to: min(offered, Self.maximumPayload)) }
    let isOtherKind = refused.reasons.contains { if case .wrongMemory = $0 { true } else { false } }
    if !isOtherKind { refusal = refusal ?? refused }
    // Only where the user did not name the storage, and that may be what is wrong.
    let mayBeOther = isOtherKind || refused.reasons.isEmpty || refused.reasons.contains(.storageNotOpened)
    guard memories.count > 1, mayBeOther else { throw .refused(refusal ?? refused) }
    memories.removeFirst()
    for case .wrongMemory(let use?) in refused.reasons where memories.contains(use) {
      memories = [use] + memories.filter { $0 != use }
    }
    return .send(next())
  }

  private func limits(_ response: FirehoseResponse, payload: UInt64) -> FirehoseLimits {
    let document = response.number("MaxXMLSizeInBytes") ?? 4096
    return FirehoseLimits(
      payload: payload, maximumDocument: document >= 256 ? document : 4096,
      memory: response["MemoryName"].flatMap { FirehoseMemory(name: $0) } ?? memory,
      targetName: response["TargetName"], version: response["Version"])
  }
}
