import FlashCore
import FlashImages
import WireFormat

/// What a planned write carries for Mk II, by name.
public enum MkIIWriteAttribute {
  /// The hash of the data as sent, four hexadecimal digits.
  public static let hash = "hash"
  public static let version = "version"
  /// The device entry that is sent: `RX-51`, `RX-51:2101,2102`.
  public static let device = "device"
  public static let layout = "layout"
  /// The data of IMAGE_HEADER in hexadecimal.
  public static let header = "header"
  /// How many raw blocks it takes.
  public static let blocks = "blocks"
}

extension FlashPlan.Write {
  /// What is sent for this step. The header must describe the image of the step: `invalidStep` names what does not fit.
  func mkIIOrder() throws(MkIIError) -> (order: MkIIImageOrder, hash: UInt16) {
    guard extent == PlanExtent(section: name) else { throw invalid("extent") }
    guard byteCount > 0 else { throw invalid("size") }
    guard let size = UInt32(exactly: byteCount) else { throw .tooLarge(image: name, byteCount: byteCount) }
    guard let text = attributes[MkIIWriteAttribute.header], let header = Hex.bytes(text),
      header.count <= MkIIMessage.maximumDataByteCount,
      let first = try? FIASCOBlock.parse(header.rawSpan, at: 0).block, case .fileData(let fileData) = first
    else { throw invalid(MkIIWriteAttribute.header) }
    guard fileData.name == name else { throw invalid("type in the header") }
    guard fileData.size == size else { throw invalid("size in the header") }
    return (MkIIImageOrder(name: name, header: header, byteCount: size), fileData.hash)
  }

  private func invalid(_ reason: String) -> MkIIError { .invalidStep(name: name, reason: reason) }
}
