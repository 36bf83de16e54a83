public import FlashImages

/// What the user asked to flash, before any family has looked at it.
public struct PlanRequest: Equatable, Sendable {
  /// `REGION=FILE` on the command line.
  public struct Pair: Equatable, Sendable {
    public var region: String
    public var path: String
    /// Bytes that the region has, where that is known: what unpacks to more is refused as soon as that shows.
    public var room: UInt64?

    public init(region: String, path: String, room: UInt64? = nil) {
      self.region = region
      self.path = path
      self.room = room
    }
  }

  /// Descriptor files or folders, in order.
  public var descriptors: [String]
  public var pairs: [Pair]
  /// `--type`: only these images.
  public var types: [String]
  /// `--strict`: leaving an image out is an error.
  public var isStrict: Bool
  /// `--layout`: the text that describes the partitions of a raw `mmc` image.
  public var layoutPath: String?
  /// `--force`: go on where the content contradicts the name, or the device is not surely the right one.
  public var isForced: Bool
  /// Whether the plan ends with a reboot (`flash` without `--no-reboot`).
  public var reboots: Bool
  /// What the user chose and allowed for packages.
  public var package = PackageOptions()
  /// What the user chose for scatter packages.
  public var scatter = ScatterChoices()
  /// A new folder for copies of what a plan has to keep (`FlashPlan.Save`); `nil` where there is no place for them.
  public var copiesFolder: String?

  public init(
    descriptors: [String] = [], pairs: [Pair] = [], types: [String] = [], isStrict: Bool = false,
    layoutPath: String? = nil, isForced: Bool = false, reboots: Bool = true
  ) {
    self.descriptors = descriptors
    self.pairs = pairs
    self.types = types
    self.isStrict = isStrict
    self.layoutPath = layoutPath
    self.isForced = isForced
    self.reboots = reboots
  }
}
