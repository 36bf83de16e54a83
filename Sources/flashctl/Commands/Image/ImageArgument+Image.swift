import FlashImages
import WireFormat

/// From words to an image that can be written.
extension ImageArgument {
  /// Every file that is read.
  var paths: [String] { pieces.map(\.path) + [layoutPath].compactMap { $0 } }

  /// Bytes of data, before they are filled up.
  func byteCount() throws -> UInt64 {
    try pieces.reduce(0) { try $0 + RegularFile(path: $1.path).length() }
  }

  /// Opens the files and puts the image together. A type that the content contradicts is an error unless forced; a
  /// missing one is taken from the content.
  func image(defaultDevices: [FIASCODeviceEntry], isForced: Bool) throws -> FIASCONewImage {
    let type = try checkedType(isForced: isForced)
    let sources = try pieces.map {
      FIASCONewImage.Piece(name: $0.name ?? "", source: try FileImageSource(path: $0.path))
    }
    let isPlain = sources.count == 1 && pieces.allSatisfy { $0.name == nil }
    return try FIASCONewImage(
      type: type, version: version, devices: devices.isEmpty ? defaultDevices : devices, layout: try layout(),
      content: isPlain ? sources.first.map { .stream($0.source) } ?? .pieces(sources) : .pieces(sources))
  }

  private func checkedType(isForced: Bool) throws -> String {
    guard let first = pieces.first else { throw Diagnostic.usage("an image without a file") }
    let file = try RegularFile(path: first.path)
    let length = try file.length()
    let sample = try file.bytes(at: 0, count: Int(min(length, UInt64(RawImageKind.sampleByteCount))))
    let detected = RawImageKind.detect(sample.rawSpan, byteCount: length)
    guard let type = type ?? (detected == .fiasco ? nil : detected?.rawValue) else {
      throw Diagnostic.usage(
        "\(first.path): neither its name nor its content says what it is", remedy: "give it as TYPE=\(first.path)")
    }
    guard let detected, detected.rawValue != type, !isForced else { return type }
    throw Diagnostic(
      code: "image.other-type", message: "\(first.path) was given as \(type) and looks like \(detected.rawValue)",
      remedy: "give it as what it is, or use --force if you are sure", exitStatus: .badData, step: "create")
  }

  private func layout() throws -> [UInt8]? {
    guard let layoutPath else { return nil }
    let file = try RegularFile(path: layoutPath)
    let length = try file.length()
    let limit = UInt64(FIASCOStoredBlock.maximumByteCount)
    guard length <= limit else {
      throw FIASCOWriteError.outOfRange(field: "layout", length: length, allowed: 0...limit)
    }
    return try file.bytes(at: 0, count: Int(length))
  }
}
