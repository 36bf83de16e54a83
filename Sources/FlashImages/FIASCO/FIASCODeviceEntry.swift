import WireFormat

/// The block 32: a device code and the hardware revisions the image is for; no revision means any.
public struct FIASCODeviceEntry: Equatable, Sendable {
  /// Such as `RX-51`; at most 16 bytes.
  public var device: String
  /// Decimal text, at most 8 bytes each, at most 29 in one block.
  public var revisions: [String]

  public init(device: String, revisions: [String] = []) {
    self.device = device
    self.revisions = revisions
  }

  /// Reads fixed-width and packed lists alike (4.2, "tolerant reading").
  public init(parsing data: [UInt8]) {
    let code = data.prefix(16).prefix { $0 != 0 }
    device = String(decoding: code, as: UTF8.self)
    revisions = []
    var rest = data.dropFirst(code.count)
    while true {
      rest = rest.drop { $0 < 0x20 }
      guard !rest.isEmpty else { return }
      let text = rest.prefix(8).prefix { $0 != 0 }
      revisions.append(String(decoding: text, as: UTF8.self))
      rest = rest.dropFirst(text.count)
    }
  }

  /// Appends the data of the block.
  public func serialize(into bytes: inout [UInt8]) {
    bytes.append(device, paddedTo: 16)
    for revision in revisions { bytes.append(revision, paddedTo: 8) }
  }
}
