/// Which images of a container go to a device, in which order, and which do not, and why.
///
/// Source: `docs/protocols/fiasco.md` 13.
public struct FIASCOSelection: Equatable, Sendable {
  /// What the images are wanted for.
  public enum Purpose: Equatable, Sendable {
    /// Every matching type but the loaders of other modes, in the order of section 13.
    case flashing
    /// Exactly one `2nd` and one `secondary`.
    case coldFlashing
  }

  /// What the device is and what the user wants.
  public struct Request: Equatable, Sendable {
    /// The device code, such as `RX-51`.
    public var device: String
    /// The hardware revision; `nil` when it is not known.
    public var revision: String?
    /// Only these types; `nil` means all.
    public var types: [String]?
    /// The user's consent to images for certain revisions when the device's is not known.
    public var acceptsUnknownRevision: Bool
    /// The user's will to flash `xloader` without `secondary`, or the reverse.
    public var allowsUnpairedLoaders: Bool
    public var purpose: Purpose

    public init(
      device: String, revision: String? = nil, types: [String]? = nil, acceptsUnknownRevision: Bool = false,
      allowsUnpairedLoaders: Bool = false, purpose: Purpose = .flashing
    ) {
      self.device = device
      self.revision = revision
      self.types = types
      self.acceptsUnknownRevision = acceptsUnknownRevision
      self.allowsUnpairedLoaders = allowsUnpairedLoaders
      self.purpose = purpose
    }
  }

  /// An image that is not chosen.
  public struct LeftOut: Equatable, Sendable {
    public enum Reason: Equatable, Sendable {
      /// The user chose other types.
      case notWanted
      /// A loader of another mode (`2nd`, `1st`, `ape-algo`), or anything but a loader for cold flashing.
      case otherMode
      case otherDevice
      case otherRevision
      /// It is for certain revisions, the device's is not known, and the user has not agreed.
      case revisionUnknown
      /// The same bytes as the chosen image at this index.
      case duplicate(of: Int)
      /// Its data are not all in the file.
      case truncated
    }

    /// Index into `FIASCOFile.images`.
    public var image: Int
    public var reason: Reason

    public init(image: Int, reason: Reason) {
      self.image = image
      self.reason = reason
    }
  }

  /// Why the choice cannot be used as it is.
  public enum Problem: Equatable, Sendable {
    /// Several different images of one type match: their indices.
    case ambiguous(type: String, candidates: [Int])
    /// The type is in the file or was asked for, but no image of it can be used on this device.
    case noMatch(type: String)
    /// One of `xloader` and `secondary` is chosen and the other is not.
    case unpaired(chosen: String, missing: String)
  }

  /// Indices into `FIASCOFile.images`, in the order in which they are sent.
  public var chosen: [Int] = []
  /// In the order of the file.
  public var leftOut: [LeftOut] = []
  public var problems: [Problem] = []

  /// Chooses among `images`. `haveSameData` tells whether two of them, by index, hold the same bytes; it is asked only
  /// about images of one type that both match.
  public init(
    among images: [FIASCOImage], for request: Request,
    haveSameData: (Int, Int) throws(ImageError) -> Bool
  ) throws(ImageError) {
    var candidates: [String: [Int]] = [:]
    for (index, image) in images.enumerated() {
      if let reason = Self.reasonAgainst(image, request) {
        leftOut.append(LeftOut(image: index, reason: reason))
      } else {
        candidates[image.type, default: []].append(index)
      }
    }
    for type in Self.wantedTypes(images, request) {
      try choose(among: candidates[type] ?? [], type: type, haveSameData: haveSameData)
    }
    leftOut.sort { $0.image < $1.image }
    if !request.allowsUnpairedLoaders, request.purpose == .flashing { checkLoaders(images) }
  }

  /// The types that should be chosen, in order: what the user named, or what the file holds.
  private static func wantedTypes(_ images: [FIASCOImage], _ request: Request) -> [String] {
    if request.purpose == .coldFlashing { return ["2nd", "secondary"] }
    var types: [String] = []
    for type in request.types ?? images.map(\.type) where !types.contains(type) {
      if !FIASCOImageType.otherModes.contains(type) { types.append(type) }
    }
    return types.enumerated()
      .sorted { (FIASCOImageType.rank(of: $0.element), $0.offset) < (FIASCOImageType.rank(of: $1.element), $1.offset) }
      .map(\.element)
  }

  /// `nil` when the image may be chosen.
  private static func reasonAgainst(_ image: FIASCOImage, _ request: Request) -> LeftOut.Reason? {
    let fitsPurpose =
      request.purpose == .coldFlashing
      ? ["2nd", "secondary"].contains(image.type) : !FIASCOImageType.otherModes.contains(image.type)
    guard fitsPurpose else { return .otherMode }
    if let types = request.types, !types.contains(image.type) { return .notWanted }
    let entries = image.devices.filter { $0.device == request.device }
    if !image.devices.isEmpty {
      guard !entries.isEmpty else { return .otherDevice }
      if request.revision != nil {
        let matches = entries.contains { $0.matches(device: request.device, revision: request.revision) }
        guard matches else { return .otherRevision }
      } else if !request.acceptsUnknownRevision, entries.allSatisfy({ !$0.revisions.isEmpty }) {
        return .revisionUnknown
      }
    }
    return image.isTruncated ? .truncated : nil
  }

  /// Chooses the one image of a type; identical ones collapse into the first.
  private mutating func choose(
    among candidates: [Int], type: String, haveSameData: (Int, Int) throws(ImageError) -> Bool
  ) throws(ImageError) {
    guard let first = candidates.first else { return problems.append(.noMatch(type: type)) }
    var different = [first]
    for candidate in candidates.dropFirst() {
      var same: Int?
      for index in different where same == nil {
        if try haveSameData(index, candidate) { same = index }
      }
      if let same {
        leftOut.append(LeftOut(image: candidate, reason: .duplicate(of: same)))
      } else {
        different.append(candidate)
      }
    }
    if different.count == 1 {
      chosen.append(first)
    } else {
      problems.append(.ambiguous(type: type, candidates: different))
    }
  }

  private mutating func checkLoaders(_ images: [FIASCOImage]) {
    let types = chosen.map { images[$0].type }
    for (one, other) in [("xloader", "secondary"), ("secondary", "xloader")]
    where types.contains(one) && !types.contains(other) {
      problems.append(.unpaired(chosen: one, missing: other))
    }
  }
}

extension FIASCOFile {
  /// Chooses the images for a device; reads data only where two images might be the same.
  public func select(_ request: FIASCOSelection.Request) throws(ImageError) -> FIASCOSelection {
    try FIASCOSelection(among: images, for: request) { (one, other) throws(ImageError) in
      try haveSameData(one, other)
    }
  }
}
