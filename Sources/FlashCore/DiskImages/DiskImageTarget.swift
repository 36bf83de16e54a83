public import FlashImages

/// Disk images on the host as a target of plans: what a device's storage should hold afterwards, made without a device.
///
/// Erased sectors become zeros, which is one of the things a device may make of them.
public struct DiskImageTarget: FlashTarget {
  /// By section.
  public let images: [String: DiskImage]
  private let map: StorageMap

  /// `family` is the one whose plans are run.
  public init(_ images: [String: DiskImage], family: String) {
    self.images = images
    identity = DeviceIdentity(family: family, model: nil, mode: "disk images")
    map = StorageMap(
      images.sorted { ($0.key.count, $0.key) < ($1.key.count, $1.key) }.map { name, image in
        StorageSection(name: name, byteCount: image.byteCount, sectorByteCount: image.sectorByteCount)
      })
  }

  public let identity: DeviceIdentity
  public var protocolName: String { "disk image" }
  public var clock: any LinkClock { SystemLinkClock() }
  public var rebootModes: [RebootMode] { [] }
  public var capabilities: Set<Capability> {
    [.storage, .read, .write, .writeRanges, .erase, .patch, .zero, .configure, .makeBootable]
  }

  public func configure(_ storage: FlashPlan.Configure) async throws {}
  public func storage() async throws -> StorageMap { map }
  /// A disk image boots nothing.
  public func makeBootable(section: String) async throws {}
  public func reboot(to mode: RebootMode) async throws { throw unsupported(.reboot, detail: mode.rawValue) }
  public func close() async { for image in images.values { try? image.file.synchronize() } }

  public func erase(_ erase: FlashPlan.Erase) async throws {
    let range = try await resolve(erase.extent)
    try await write(FillImageSource(.zeros, byteCount: range.byteCount), to: range) { _ in }
  }

  public func read(_ range: StorageRange, into sink: @escaping @Sendable (RawSpan) throws -> Void) async throws {
    let image = try image(range.section)
    let stream = try ImageStream(RandomAccessImageSource(image.file, range: range.bytes))
    var buffer = [UInt8](repeating: 0, count: Self.pieceByteCount)
    while true {
      try Task.checkCancellation()
      let count = try unsafe buffer.withUnsafeMutableBytes { bytes in unsafe try stream.read(into: bytes) }
      guard count > 0 else { return }
      try unsafe buffer.withUnsafeBytes { bytes in
        let piece = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<count])
        try unsafe sink(piece.bytes)
      }
    }
  }

  public func write(
    _ image: any ImageSource, to range: StorageRange, progress: @escaping @Sendable (WriteProgress) -> Void
  ) async throws {
    let writer = DiskImageWriter(file: try self.image(range.section).file, range: range.bytes)
    try writer.write(image, progress: progress)
  }

  private func image(_ section: String) throws -> DiskImage {
    guard let image = images[section] else {
      throw StorageError.noSection(section, known: map.sections.map(\.name))
    }
    return image
  }

  private static let pieceByteCount = 1 << 20
}
