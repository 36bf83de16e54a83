extension FlashPlan {
  /// Chooses one of a device's storages, and says what is known of it beforehand.
  public struct Configure: Codable, Equatable, Sendable {
    /// `emmc`, `ufs`, `nand`, `nvme`, `spinor`: lower case, as packages name them.
    public var memory: String
    /// Which one of several of that kind; 0 is the first.
    public var slot: UInt64
    /// What only the family understands, by its own names.
    public var attributes: [String: String]

    public init(memory: String, slot: UInt64 = 0, attributes: [String: String] = [:]) {
      self.memory = memory
      self.slot = slot
      self.attributes = attributes
    }
  }

  /// Writes one image to one extent.
  public struct Write: Codable, Equatable, Sendable {
    /// The partition or image type.
    public var name: String
    /// Where it goes. The length is the room there is, `nil` up to the section's end; an image may be shorter.
    public var extent: PlanExtent
    public var image: ImageReference
    /// Bytes that will be sent, padding included; what a sparse image leaves out is not among them.
    public var byteCount: UInt64
    /// Whether the descriptor wants it compared with what the device stored.
    public var isReadBack: Bool
    /// What only the family understands, by its own names; printed with the plan.
    public var attributes: [String: String]

    public init(
      name: String, extent: PlanExtent, image: ImageReference, byteCount: UInt64, isReadBack: Bool = false,
      attributes: [String: String] = [:]
    ) {
      self.name = name
      self.extent = extent
      self.image = image
      self.byteCount = byteCount
      self.isReadBack = isReadBack
      self.attributes = attributes
    }
  }

  /// Erases an extent. What it holds then is for the device to choose.
  public struct Erase: Codable, Equatable, Sendable {
    public var name: String
    public var extent: PlanExtent
    public var attributes: [String: String]

    public init(name: String, extent: PlanExtent, attributes: [String: String] = [:]) {
      self.name = name
      self.extent = extent
      self.attributes = attributes
    }
  }

  /// Copies an extent to a file on the host, before anything of the plan changes it.
  public struct Save: Codable, Equatable, Sendable {
    public var name: String
    public var extent: PlanExtent
    /// The plan's own folder, which is made, with those above it, where it is missing.
    public var folder: String
    /// The file's plain name in it.
    public var file: String
    public var attributes: [String: String]

    public init(
      name: String, extent: PlanExtent, folder: String, file: String, attributes: [String: String] = [:]
    ) {
      self.name = name
      self.extent = extent
      self.folder = folder
      self.file = file
      self.attributes = attributes
    }

    public var path: String { folder + "/" + file }
  }

  /// Fills an extent with zero bytes.
  public struct Zero: Codable, Equatable, Sendable {
    public var name: String
    public var extent: PlanExtent
    public var attributes: [String: String]

    public init(name: String, extent: PlanExtent, attributes: [String: String] = [:]) {
      self.name = name
      self.extent = extent
      self.attributes = attributes
    }
  }

  /// Stores a number of 1 to 8 bytes, little-endian, that may depend on the storage's size or content.
  public struct Patch: Codable, Equatable, Sendable {
    public var section: String
    /// The sector, or any other place, that `byteOffset` counts from.
    public var start: PlanExtent.Start
    public var byteOffset: UInt64
    /// 1…8.
    public var byteCount: Int
    /// A `DiskExpression`: a number, `NUM_DISK_SECTORS-34.`, `CRC32(1,92)`.
    public var value: String
    /// What it is for, in the descriptor's words.
    public var comment: String
    public var attributes: [String: String]

    public init(
      section: String, start: PlanExtent.Start, byteOffset: UInt64, byteCount: Int, value: String,
      comment: String = "", attributes: [String: String] = [:]
    ) {
      self.section = section
      self.start = start
      self.byteOffset = byteOffset
      self.byteCount = byteCount
      self.value = value
      self.comment = comment
      self.attributes = attributes
    }
  }
}
