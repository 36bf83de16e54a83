/// What an unpacked image's file name says, in both directions: `kernel-RX-51:2101,2102_1.0`.
///
/// `TYPE[-DEVICE[:REV,REV...]][_VERSION]`. Source: `docs/protocols/fiasco.md` 12.
public struct FIASCOImageName: Equatable, Sendable {
  /// What a type that section 7 does not know is called in a file name.
  public static let unknownType = "unknown"

  public var type: String
  public var device: String?
  public var revisions: [String]
  public var version: String?

  public init(type: String, device: String? = nil, revisions: [String] = [], version: String? = nil) {
    self.type = type
    self.device = device
    self.revisions = revisions
    self.version = version
  }

  /// The name of an image of a container. Of several devices the first is named, with all its revisions.
  public init(_ image: FIASCOImage) {
    type = image.isKnownType ? image.type : Self.unknownType
    let devices = image.devices
    device = devices.first?.device
    revisions = devices.filter { $0.device == devices.first?.device }.flatMap(\.revisions)
    version = image.version
  }

  /// Reads a file's name, without its folder, backwards: what is before the first `_` is the type and the device, what
  /// follows it the version.
  public init(parsing fileName: String) {
    let halves = fileName.split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
    let head = halves.first ?? ""
    version = halves.count > 1 && !halves[1].isEmpty ? String(halves[1]) : nil
    revisions = []
    let known = FIASCOImageType.known.filter { head == $0 || head.hasPrefix($0 + "-") }.max { $0.count < $1.count }
    type = known ?? String(head.prefix { $0 != "-" })
    let rest = head.dropFirst(type.count + 1)
    guard !rest.isEmpty else { return }
    let fields = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    device = fields.first.map(String.init)
    if fields.count > 1 { revisions = fields[1].split(separator: ",").map(String.init) }
  }

  /// The file name. `/`, NUL and control characters become `_`; in a portable name `:` and `,` too.
  ///
  /// Cut to 200 bytes, so that it stays a legal name with every suffix that unpacking appends.
  public func fileName(isPortable: Bool = false) -> String {
    var name = type
    if let device {
      name += "-" + device
      if !revisions.isEmpty { name += ":" + revisions.joined(separator: ",") }
    }
    if let version { name += "_" + version }
    return Self.sanitise(name, isPortable: isPortable, maximumByteCount: 200)
  }

  /// Replaces what must not be in a file name, and cuts it to a number of bytes between two characters.
  static func sanitise(_ text: String, isPortable: Bool, maximumByteCount: Int) -> String {
    var name = String.UnicodeScalarView()
    var byteCount = 0
    for scalar in text.unicodeScalars {
      let isControl = scalar.properties.generalCategory == .control
      let isReplaced = scalar == "/" || isControl || isPortable && (scalar == ":" || scalar == "," || scalar == "\\")
      let kept: Unicode.Scalar = isReplaced ? "_" : scalar
      byteCount += UTF8.width(kept)
      if byteCount > maximumByteCount { break }
      name.append(kept)
    }
    return String(name)
  }
}
