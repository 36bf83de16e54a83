import Digests
import FlashImages
import FoundationEssentials
import Glibc

/// How far a plan has come on a device, kept in a file until it is finished.
///
/// Steps run one after the other, so a number tells it all: so many are finished, and the next one may have begun. The
/// file is replaced as a whole each time, and on the disk before the run goes on.
public struct PlanJournal: Codable, Sendable {
  /// Which journal: a folder, and the device by what stays the same when it comes back.
  public struct Place: Equatable, Sendable {
    public var folder: String
    /// Serial number, chip or card id, else the port path.
    public var device: String
    /// Where the device is attached: tells devices apart that have the same name and are flashed at the same time.
    public var port: String?

    public init(folder: String, device: String, port: String? = nil) {
      self.folder = folder
      self.device = device
      self.port = port
    }

    /// The device by name and port.
    var byPort: Place? { port.map { Place(folder: folder, device: device + " at " + $0) } }

    /// The file of a plan on this device.
    public func path(of plan: FlashPlan) -> String { folder + "/" + name(of: plan) }

    var prefix: String { PlanJournal.digest(of: Array(device.utf8)).prefix(16) + "-" }
    func name(of plan: FlashPlan) -> String { prefix + PlanJournal.digest(of: plan).prefix(16) + ".json" }
  }

  static let version = 1
  /// No journal is longer.
  static let maximumByteCount: UInt64 = 1 << 16

  var version = Self.version
  var device: String
  var descriptors: [String]
  var planDigest: String
  var steps: Int
  /// Steps 1 to this one are done.
  public private(set) var finished = 0
  /// Whether an earlier run began it.
  private(set) var isContinued = false
  private(set) var place: Place?
  private var lock: JournalLock?

  private enum CodingKeys: String, CodingKey { case version, device, descriptors, planDigest, steps, finished }

  /// The journal of a plan on a device that nobody else is flashing: an unfinished one, or a new one, which is not saved
  /// yet. `nil` where the name and the port are in use.
  static func open(_ plan: FlashPlan, at place: Place) throws -> PlanJournal? {
    try makeFolder(place.folder)
    let lock = try JournalLock.take(place)
    let portLock = lock == nil ? try place.byPort.flatMap { place throws in try JournalLock.take(place) } : nil
    guard let held = lock ?? portLock else { return nil }
    // One by port was begun while another device had the name.
    for candidate in [place.byPort, lock == nil ? nil : place] {
      guard let candidate, var known = try load(plan, at: candidate) else { continue }
      known.lock = held
      return known
    }
    guard let place = lock == nil ? place.byPort : place else { return nil }
    var journal = PlanJournal(
      device: place.device, descriptors: plan.descriptors, planDigest: digest(of: plan), steps: plan.steps.count)
    journal.place = place
    journal.lock = held
    return journal
  }

  /// Begins anew. Journals of other plans on the device are removed: what they say of its content ends here.
  mutating func begin() throws {
    guard let place else { return }
    for name in try Self.names(in: place.folder)
    where name.hasPrefix(place.prefix) && !name.hasSuffix(JournalLock.suffix) {
      _ = unsafe unlink(place.folder + "/" + name)
    }
    finished = 0
    isContinued = false
    try save()
  }

  /// The unfinished journal of a plan; `nil` when there is none, or when it is none that this version reads.
  static func load(_ plan: FlashPlan, at place: Place) throws(ImageError) -> PlanJournal? {
    let file: RegularFile
    do throws(ImageError) { file = try RegularFile(path: place.path(of: plan), followingLinks: false) } catch {
      if case .missing = error { return nil }
      throw error
    }
    let length = try file.length()
    guard length <= maximumByteCount else { return nil }
    let bytes = try file.bytes(at: 0, count: Int(length))
    guard var journal = try? JSONDecoder().decode(PlanJournal.self, from: Data(bytes)), journal.version == version,
      journal.device == place.device, journal.planDigest == digest(of: plan),
      (0...plan.steps.count).contains(journal.finished)
    else { return nil }
    journal.place = place
    journal.isContinued = true
    return journal
  }

  /// Records that a step (1-based) is done.
  mutating func finish(_ step: Int) throws {
    guard step > finished else { return }
    finished = step
    try save()
  }

  /// The file.
  var path: String { place.map { $0.folder + "/" + fileName($0) } ?? "" }

  /// The run is over; nothing is left to be resumed.
  func remove() {
    guard let place else { return }
    _ = unsafe unlink(place.folder + "/" + fileName(place))
    _ = unsafe unlink(keptPath(at: place))
  }

  private func fileName(_ place: Place) -> String { place.prefix + planDigest.prefix(16) + ".json" }

  private func save() throws {
    guard let place else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let file = try OutputFile.begin(at: place.folder + "/" + fileName(place), replacing: true)
    try file.append(Array(try encoder.encode(self)) + [0x0A])
    try file.commit()
  }

  /// What the plan writes, without its end and without what was only said about it.
  static func digest(of plan: FlashPlan) -> String {
    var essence = plan
    essence.warnings = []
    essence.skipped = []
    essence.steps.removeAll { if case .reboot = $0 { true } else { false } }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let data = try? encoder.encode(essence) else { return digest(of: Array("\(essence)".utf8)) }
    return digest(of: Array(data))
  }

  private static func digest(of bytes: [UInt8]) -> String {
    var digest = SHA256Digest()
    unsafe bytes.withUnsafeBytes { unsafe digest.update($0) }
    return digest.hexadecimal()
  }
}
