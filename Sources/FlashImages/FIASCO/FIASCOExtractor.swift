/// Unpacks a container into a folder: one file an image or part, layouts, and `fiasco.json`.
///
///     let file = try FIASCOFile(path: "RX-51_COMBINED_MR0_ARM.bin", mode: .lenient)
///     let report = try FIASCOExtractor().extract(file, to: "unpacked")
///
/// Nothing is written outside the folder, links in it are not followed, and files appear only when they are complete.
/// Source: `docs/protocols/fiasco.md` 12.
public struct FIASCOExtractor: Sendable {
  /// Replaces `:` and `,` in names too, and takes names that differ only in case for equal.
  public var isPortable: Bool
  /// Fills files up with FF to the multiple that their type wants, for comparison with a tool that does.
  public var pads: Bool
  /// Replaces files that exist.
  public var replaces: Bool

  public init(isPortable: Bool = false, pads: Bool = false, replaces: Bool = false) {
    self.isPortable = isPortable
    self.pads = pads
    self.replaces = replaces
  }

  /// What was written.
  public struct Report: Equatable, Sendable {
    public struct Written: Equatable, Sendable {
      public var name: String
      /// Index into `FIASCOFile.images`; `nil` for `fiasco.json` and the tail.
      public var image: Int?
      public var byteCount: UInt64
    }

    public var files: [Written] = []
    public var manifest: FIASCOManifest
    /// F10, for every image whose data do not fit their hash.
    public var findings: [FIASCOFinding] = []
  }

  /// Unpacks all images, or those at the indices `chosen` of `FIASCOFile.images`, into `folder`, which is made where it
  /// is missing. With a choice, `fiasco.json` describes a container of these images, and the tail is left out.
  ///
  /// `progress` gets the bytes written so far. Throws `ImageError.system` with `EEXIST` where a file exists.
  public func extract(
    _ file: FIASCOFile, images chosen: [Int]? = nil, to folder: String, progress: (UInt64) -> Void = { _ in }
  ) throws(ImageError) -> Report {
    let manifest = FIASCOManifest(
      headerLength: file.headerLength,
      isHeaderLengthValid: !file.findings.contains { $0.code == "F03" },
      headerBlocks: file.headerBlocks.map { FIASCOManifestBlock($0, layoutFile: nil) }, images: [])
    var run = FIASCOExtraction(
      file: file, folder: try OutputFolder(path: folder, isCreated: true), options: self,
      report: Report(manifest: manifest))
    for index in chosen ?? Array(file.images.indices) where file.images.indices.contains(index) {
      try run.extract(index, progress: progress)
    }
    if chosen == nil { try run.extractTail(progress: progress) }
    try run.finish()
    return run.report
  }
}
