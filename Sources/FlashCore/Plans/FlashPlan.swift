/// What a flashing run will do, in order: made from descriptors by a family, inspected and run by everybody.
public struct FlashPlan: Codable, Equatable, Sendable {
  /// The family that made the plan and whose targets run it.
  public var family: String
  /// The model it was made for; `nil` while unresolved.
  public var model: String?
  public var hardwareRevision: String?
  /// Files the user named, in order.
  public var descriptors: [String]
  public var steps: [Step]
  /// What the descriptors hold and this plan leaves out, with the reason.
  public var skipped: [Skipped]
  public var warnings: [PlanWarning]
  /// Whether another plan would come of the same files the next time: one that depends on what the device held, or has ids that
  /// were made for it. Such a plan is kept until it is finished.
  public var isMadeOnce = false

  public init(
    family: String, model: String? = nil, hardwareRevision: String? = nil, descriptors: [String], steps: [Step] = [],
    skipped: [Skipped] = [], warnings: [PlanWarning] = []
  ) {
    self.family = family
    self.model = model
    self.hardwareRevision = hardwareRevision
    self.descriptors = descriptors
    self.steps = steps
    self.skipped = skipped
    self.warnings = warnings
  }

  /// One step. Steps are numbered from 1 in the order in which they run.
  public enum Step: Codable, Equatable, Sendable {
    /// Chooses the storage that the following steps are about.
    case configure(Configure)
    case write(Write)
    case erase(Erase)
    case zero(Zero)
    case patch(Patch)
    case save(Save)
    /// Makes a section the one that the device boots from.
    case makeBootable(section: String)
    case reboot(RebootMode)
  }

  /// Something a descriptor holds that will not be written.
  public struct Skipped: Codable, Equatable, Sendable {
    public var name: String
    public var byteCount: UInt64
    public var reason: SkipReason

    public init(name: String, byteCount: UInt64, reason: SkipReason) {
      self.name = name
      self.byteCount = byteCount
      self.reason = reason
    }
  }

  /// Whether it neither does nor leaves out anything: the descriptors hold nothing.
  public var isEmpty: Bool {
    skipped.isEmpty
      && steps.allSatisfy { step in
        switch step {
        case .configure, .reboot: true
        default: false
        }
      }
  }

  /// Whether it copies what the device holds, or was made for what that held: once it has begun it cannot be made again.
  var isMadeFromContent: Bool { isMadeOnce || steps.contains { if case .save = $0 { true } else { false } } }

  /// Bytes of all writes.
  public var byteCount: UInt64 {
    steps.reduce(0) { total, step in
      guard case .write(let write) = step else { return total }
      let (sum, overflows) = total.addingReportingOverflow(write.byteCount)
      return overflows ? .max : sum
    }
  }
}

public enum SkipReason: String, Codable, Equatable, Sendable {
  /// The device does not list this image type.
  case notSupportedByDevice
  /// The image is for another device or hardware revision.
  case otherDevice
  /// The image is used in another mode only (Mk II: `2nd`, `1st`, `ape-algo`).
  case otherMode
  /// The user chose other types (`--type`) or labels (`--only`, `--skip`).
  case notSelected
  /// The file is not there, and the user allowed that (`--allow-missing`).
  case missingFile
  /// The file has no bytes.
  case emptyFile
  /// Meant for factories (`--factory`).
  case factoryOnly
  /// Reads from the device; a plan only writes.
  case readsOnly
  /// The device has it already.
  case unchanged
}

/// Something about a plan that the user should know before it runs.
public struct PlanWarning: Codable, Equatable, Sendable {
  /// A name that stays the same: `mmc-without-layout`.
  public var code: String
  /// The image or partition it is about.
  public var subject: String
  /// Facts for the sentence, by name.
  public var facts: [String: String]

  public init(code: String, subject: String, facts: [String: String] = [:]) {
    self.code = code
    self.subject = subject
    self.facts = facts
  }
}

/// Where a reboot leads (`reboot --to`).
public enum RebootMode: String, Codable, Equatable, Sendable, CaseIterable {
  case system
  case update
  case edl
  case fastboot
  case meta
  case off
}
