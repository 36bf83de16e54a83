import FlashImages

/// What a family recognised in a device.
public struct RecognisedMode: Equatable, Sendable {
  public var family: String
  public var mode: String
  /// Whether the family can open a session with a device in this mode.
  public var isSupported: Bool

  public init(family: String, mode: String, isSupported: Bool) {
    self.family = family
    self.mode = mode
    self.isSupported = isSupported
  }
}

/// What only one family can be told; each family picks out the type that is its own.
public protocol FamilyOptions: Sendable {
  /// The family whose devices these options can only be about; `nil` where they may mean nothing.
  var familyName: String? { get }
}

extension FamilyOptions {
  public var familyName: String? { nil }
}

/// An open link with what a session needs beside it.
public struct Connection: Sendable {
  public var link: any Link
  public var provider: any LinkProvider
  /// The user's `--timeout`: silence allowed per step, in place of the protocol's defaults.
  public var timeout: Duration?
  /// What the user gave as programmers or agents (`--loader`), as it was written: `FILE` or `ID:FILE`.
  public var loaders: [String]
  /// Whether what a device asks for beyond the end of a loader is filled up, in place of being an error.
  public var padsLoaders: Bool
  /// What the user said to single families.
  public var familyOptions: [any FamilyOptions]
  public var observer: SessionObserver

  public init(
    link: any Link, provider: any LinkProvider, timeout: Duration? = nil, loaders: [String] = [],
    padsLoaders: Bool = false, familyOptions: [any FamilyOptions] = [],
    observer: @escaping SessionObserver = { _ in }
  ) {
    self.link = link
    self.provider = provider
    self.timeout = timeout
    self.loaders = loaders
    self.padsLoaders = padsLoaders
    self.familyOptions = familyOptions
    self.observer = observer
  }
}

/// One vendor family: its USB identities, how to connect, and what its descriptors mean.
public protocol DeviceFamily: Sendable {
  /// `mkii`, `mediatek`, `qualcomm`: stable, also in JSON.
  var name: String { get }
  var identities: [USBIdentity] { get }
  /// Whether its protocol also runs over a stream of this kind of selector (`tcp`, `tty`).
  func speaks(over scheme: String) -> Bool
  /// What `device` is in, from its ids and descriptors; `nil` when it is none of the family's.
  func recognise(_ device: USBDeviceInfo) -> RecognisedMode?
  /// Whether a file that was given with `--loader` is one of the family's, beyond doubt.
  func recognises(loader path: String) -> Bool
  /// Begins a session: finds out what state the device is in and identifies it.
  func connect(_ connection: Connection) async throws -> any FlashTarget
  /// Turns descriptor files or `REGION=FILE` pairs into a plan; `nil` when they are none of the family's.
  /// `device` is the connected device or the model the user named; without one the plan stays unresolved.
  func plan(_ request: PlanRequest, for device: DeviceIdentity?) throws -> FlashPlan?
  /// The same for a device that is open, whose storage may decide what is done. The default asks for nothing but its
  /// identity.
  func plan(_ request: PlanRequest, on target: any FlashTarget) async throws -> FlashPlan?
  /// The partitions that descriptors name, with or without a file, on a storage that is divided into `sections`; `nil` when
  /// they are none of the family's. One without a length has all that is left.
  func partitions(of request: PlanRequest, on sections: StorageMap) throws -> [Partition]?
  /// Checks what of descriptors can be checked before a device is opened, where `plansForAnyDevice` does not hold: that they
  /// are whole, and that their files are there. Does nothing for descriptors that are none of the family's.
  func examine(_ request: PlanRequest) throws
  /// Whether a plan for descriptors is the same for every device of the family, so that it can be made, and refused, before
  /// one is opened.
  var plansForAnyDevice: Bool { get }
  /// The programmers that the descriptors themselves name, as `--loader` would give them; empty when they name none, or are
  /// none of the family's. Asked for when the user gives none.
  func loaders(for request: PlanRequest) throws -> [String]
  /// Files that belong beside a backup, so that it can be written back with nothing else: the loaders that were given, and
  /// a descriptor of them all. `descriptors` are those that the backup has, `taken` names that are not free.
  func companions(
    of descriptors: [String], from target: any FlashTarget, loaders: [String], avoiding taken: Set<String>
  ) async throws -> [StorageBackup.Companion]
  /// The same, of a backup that is about to be made: its files are known.
  func companions(
    of backup: StorageBackup, from target: any FlashTarget, loaders: [String]
  ) async throws -> [StorageBackup.Companion]
  /// Whether backups are described as packages of `rawprogram` and `patch` files; families with descriptors of their own
  /// add those as companions.
  var describesBackupsByPrograms: Bool { get }
  /// Checks what of a plan can be checked without a device: the files' own hashes. A target's `validate` does it again.
  func check(_ plan: FlashPlan) throws
}

extension DeviceFamily {
  public func check(_ plan: FlashPlan) throws {}
  public func examine(_ request: PlanRequest) throws {}
  public func partitions(of request: PlanRequest, on sections: StorageMap) throws -> [Partition]? { nil }
  public func plan(_ request: PlanRequest, on target: any FlashTarget) async throws -> FlashPlan? {
    try plan(request, for: target.identity)
  }
  public var describesBackupsByPrograms: Bool { true }
  public func companions(
    of backup: StorageBackup, from target: any FlashTarget, loaders: [String]
  ) async throws -> [StorageBackup.Companion] {
    try await companions(
      of: backup.descriptorNames, from: target, loaders: loaders, avoiding: Set(backup.pieces.map(\.fileName)))
  }
  public func loaders(for request: PlanRequest) throws -> [String] { [] }
  public func recognises(loader path: String) -> Bool { false }
  public func speaks(over scheme: String) -> Bool { false }
  public var plansForAnyDevice: Bool { false }
  public func companions(
    of descriptors: [String], from target: any FlashTarget, loaders: [String], avoiding taken: Set<String>
  ) async throws -> [StorageBackup.Companion] { [] }

  public func recognise(_ device: USBDeviceInfo) -> RecognisedMode? {
    identities.first { $0.vendorID == device.vendorID && $0.productID == device.productID && $0.isDistinctive }
      .map { RecognisedMode(family: name, mode: $0.mode, isSupported: $0.isSupported) }
  }
}
