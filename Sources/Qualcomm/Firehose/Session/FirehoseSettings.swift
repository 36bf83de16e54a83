public import FlashCore

/// The kinds of storage that a programmer can be configured for. Source: `docs/protocols/firehose.md` 3.
public enum FirehoseMemory: String, CaseIterable, Codable, Equatable, Sendable {
  case emmc, ufs, nand, nvme, spinor

  /// Reads a name in any case.
  public init?(name: String) { self.init(rawValue: name.lowercased()) }

  /// Bytes of a sector where nobody tells (3).
  public var usualSectorByteCount: UInt32 {
    switch self {
    case .emmc, .nvme: 512
    case .ufs, .nand, .spinor: 4096
    }
  }
}

/// When zero-length packets are sent behind raw data. Source: `docs/protocols/firehose.md` 1.3.
public enum FirehoseZLPPolicy: String, CaseIterable, Equatable, Sendable {
  /// Behind the last piece, when its length is a multiple of the packet size.
  case auto
  /// Behind every piece whose length is a multiple of the packet size.
  case always
  case never
}

/// What a user can say about a programmer and its storage, for every command that speaks to one.
public struct FirehoseSettings: FamilyOptions, Equatable {
  /// `nil`: found out.
  public var memory: FirehoseMemory?
  /// Bytes of a sector; `nil`: found out.
  public var sectorByteCount: UInt32?
  /// Which one of several storages of the kind.
  public var slot: UInt32?
  public var skipsStorageInit: Bool
  public var zlp: FirehoseZLPPolicy
  /// The payload that is proposed, in bytes.
  public var maximumPayload: UInt64
  /// NAND: pages of an erase block.
  public var pagesPerBlock: UInt32?
  /// Sectors of sections whose size no device tells, by the section's name.
  public var sectorCounts: [String: UInt64]
  /// Seconds that a device waits before it restarts.
  public var powerDelay: UInt32
  /// The tables that a device with Validated Image Programming wants.
  public var tables: FirehoseVIPTables?
  /// Everything goes out as tables need it: whole files in one command, no probing, and in pieces of a fixed size.
  public var isRecording: Bool

  public init() {
    memory = nil
    sectorByteCount = nil
    slot = nil
    skipsStorageInit = false
    zlp = .auto
    maximumPayload = 1 << 20
    pagesPerBlock = nil
    sectorCounts = [:]
    powerDelay = 1
    tables = nil
    isRecording = false
  }

  /// Whether each byte that is sent has to be foreseeable: tables are used, or made.
  var isValidated: Bool { tables != nil || isRecording }
}
