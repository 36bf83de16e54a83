/// What a signed image says about the device it is for and about what it is.
///
/// Versions 6 and later of the hash segment keep it as metadata; earlier ones in the subject of the image's own
/// certificate, as organisational units such as `01 0000000000000003 SW_ID`. Source: `qualcomm-packages.md` 11.1.
public struct SigningFacts: Equatable, Sendable {
  /// What the image is: 3 is a programmer. Certificates have the image's version in the upper 32 bits.
  public var softwareID: UInt64?
  /// Chip, manufacturer and model as `MSM_ID << 32 | OEM_ID << 16 | MODEL_ID` in certificates; the chip alone in metadata.
  public var hardwareID: UInt64?
  public var oemID: UInt64?
  public var modelID: UInt64?

  public init(softwareID: UInt64? = nil, hardwareID: UInt64? = nil, oemID: UInt64? = nil, modelID: UInt64? = nil) {
    self.softwareID = softwareID
    self.hardwareID = hardwareID
    self.oemID = oemID
    self.modelID = modelID
  }

  /// Whether nothing is said.
  public var isEmpty: Bool { self == SigningFacts() }

  /// The object identifier 2.5.4.11, organisational unit.
  private static let unit: [UInt8] = [0x55, 0x04, 0x0B]

  /// Reads the subject: the sixth element of what is signed, or the fifth where the version is left out.
  init(certificate: DERElement, in bytes: [UInt8]) {
    guard let signed = certificate.children(in: bytes).first else { return }
    let fields = signed.children(in: bytes)
    let place = fields.first?.tag == DERElement.version ? 5 : 4
    guard fields.indices.contains(place), fields[place].tag == DERElement.sequence else { return }
    for name in fields[place].children(in: bytes) where name.tag == DERElement.set {
      for attribute in name.children(in: bytes) {
        let parts = attribute.children(in: bytes)
        guard parts.count == 2, parts[0].tag == DERElement.objectIdentifier,
          Array(bytes[parts[0].content]) == Self.unit
        else { continue }
        take(String(decoding: bytes[parts[1].content], as: UTF8.self))
      }
    }
  }

  /// `01 0000000000000003 SW_ID`
  private mutating func take(_ unit: String) {
    let words = unit.split(separator: " ")
    guard words.count == 3, words[1].allSatisfy(\.isHexDigit), let value = UInt64(words[1], radix: 16) else { return }
    switch words[2] {
    case "SW_ID": softwareID = value
    case "HW_ID": hardwareID = value
    case "OEM_ID": oemID = value
    case "MODEL_ID": modelID = value
    default: break
    }
  }
}
