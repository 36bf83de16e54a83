public import FlashImages

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
    case write(Write)
    case reboot(RebootMode)
  }

  /// Writes one image to one extent.
  public struct Write: Codable, Equatable, Sendable {
    /// The partition or image type.
    public var name: String
    public var extent: PlanExtent
    public var image: ImageReference
    /// Bytes that will be sent, padding included.
    public var byteCount: UInt64
    /// What only the family understands, by its own names; printed with the plan.
    public var attributes: [String: String]

    public init(
      name: String, extent: PlanExtent, image: ImageReference, byteCount: UInt64, attributes: [String: String] = [:]
    ) {
      self.name = name
      self.extent = extent
      self.image = image
      self.byteCount = byteCount
      self.attributes = attributes
    }
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

  /// Bytes of all writes.
  public var byteCount: UInt64 {
    steps.reduce(0) { total, step in
      if case .write(let write) = step { total + write.byteCount } else { total }
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
  /// The user chose other types (`--type`).
  case notSelected
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

/// Which bytes a step writes, in a form that can be stored with the plan.
public struct ImageReference: Codable, Equatable, Sendable {
  public var path: String
  /// Offset and length in the file, in bytes.
  public var offset: UInt64
  public var length: UInt64
  /// Byte and multiple that the data are filled up with.
  public var padding: UInt8?
  public var paddingMultiple: UInt64

  public init(path: String, offset: UInt64, length: UInt64, padding: UInt8? = nil, paddingMultiple: UInt64 = 1) {
    self.path = path
    self.offset = offset
    self.length = length
    self.padding = padding
    self.paddingMultiple = paddingMultiple
  }

  /// Opens what is referred to; throws when the file is gone or shorter than it was.
  public func source() throws(ImageError) -> FileImageSource {
    guard length <= UInt64.max - offset else {
      throw .malformed(path: path, offset: offset, reason: "image range overflows")
    }
    return try FileImageSource(
      path: path, range: offset..<offset + length,
      padding: padding.map { FileImageSource.Padding(byte: $0, toMultipleOf: paddingMultiple) })
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
