import FlashCore
import FlashImages
import WireFormat

/// An image that will be sent: where its bytes are and what the device is told about it.
struct MkIIPlannedImage {
  var fileData: FIASCOFileData
  var reference: ImageReference
  /// The data of IMAGE_HEADER.
  var header: [UInt8]
  var version: String?
  var device: FIASCODeviceEntry?
  var layout: [UInt8]?
  /// Whether the user named it with `TYPE=FILE`.
  var isNamed: Bool

  var type: String { fileData.name }
  var byteCount: UInt64 { UInt64(fileData.size) }

  func write(blockByteCount: UInt32) -> FlashPlan.Write {
    let block = UInt64(max(1, blockByteCount))
    var attributes = [
      MkIIWriteAttribute.hash: Hex.string([UInt8(fileData.hash >> 8), UInt8(fileData.hash & 0xFF)]),
      MkIIWriteAttribute.header: Hex.string(header),
      MkIIWriteAttribute.blocks: String((byteCount + block - 1) / block),
    ]
    attributes[MkIIWriteAttribute.version] = version
    attributes[MkIIWriteAttribute.device] = device.map { entry in
      entry.revisions.isEmpty ? entry.device : entry.device + ":" + entry.revisions.joined(separator: ",")
    }
    attributes[MkIIWriteAttribute.layout] = layout.map { String(decoding: $0, as: UTF8.self) }
    return FlashPlan.Write(
      name: type, extent: PlanExtent(section: type), image: reference, byteCount: byteCount, attributes: attributes)
  }

  /// A reference to data that are filled up with FF where they need it.
  static func reference(path: String, range: Range<UInt64>, type: String) -> ImageReference {
    let multiple = FIASCOImageType.paddingMultiple(of: type)
    let length = range.upperBound - range.lowerBound
    let isWhole = length % multiple == 0
    return ImageReference(
      path: path, offset: range.lowerBound, length: length, padding: isWhole ? nil : FIASCOImageType.paddingByte,
      paddingMultiple: isWhole ? 1 : multiple)
  }
}
