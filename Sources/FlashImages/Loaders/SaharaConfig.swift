public import WireFormat

/// A list of images in XML: which file is which image id.
///
/// ```xml
/// <sahara_config><images>
///   <image image_id="13" image_path="prog_firehose_ddr.elf" programmer="true"/>
/// </images></sahara_config>
/// ```
///
/// Entries with both attributes empty occur in the wild and are skipped. Source: `docs/protocols/sahara.md` 3.4,
/// `qualcomm-packages.md` 8.2.
public struct SaharaConfig: Equatable, Sendable {
  public struct Entry: Equatable, Sendable {
    public var id: UInt32
    /// As it is written: relative to the folder of the file.
    public var path: String
    public var position: XMLPosition
  }

  public var entries: [Entry]
  /// Where entries without anything in them stand.
  public var skipped: [XMLPosition]

  /// The longest file that is read, in bytes.
  public static let maximumByteCount: UInt64 = 1 << 20

  static func isConfig(_ root: XMLElement) -> Bool { root.isNamed("sahara_config") }

  init(_ root: XMLElement, path: String) throws(ImageError) {
    entries = []
    skipped = []
    for image in root.children(named: "images").flatMap({ $0.children(named: "image") }) {
      let id = image["image_id"] ?? ""
      let file = image["image_path"] ?? ""
      if id.isEmpty, file.isEmpty {
        skipped.append(image.position)
        continue
      }
      func bad(_ reason: String) -> ImageError {
        .malformed(path: path, offset: UInt64(image.position.offset), reason: "line \(image.position.line): \(reason)")
      }
      guard let number = LoaderID.parse(id), LoaderID.listed.contains(number) else {
        throw bad("image_id “\(id)” is no number from 1 to 127")
      }
      guard !file.isEmpty else { throw bad("image \(number) has no image_path") }
      guard !entries.contains(where: { $0.id == number }) else { throw bad("a second entry for image \(number)") }
      entries.append(Entry(id: number, path: file, position: image.position))
    }
    guard !entries.isEmpty else { throw .malformed(path: path, offset: 0, reason: "a sahara_config without images") }
  }
}
