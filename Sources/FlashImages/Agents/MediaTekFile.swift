/// A file that a MediaTek boot ROM or agent is given, recognised by its content.
///
/// Source: `docs/protocols/mtk-da-file.md`.
public enum MediaTekFile: Sendable {
  case agents(AgentArchive)
  case preloader(PreloaderFile)
  /// Settings of memory in a file of their own.
  case memory(EMIBlock, path: String)
  /// A certificate, an authentication file, or another one that begins with a GFH and is no boot loader.
  case signed(GFHChain, path: String, byteCount: UInt64)

  /// `nil` for every other file. Throws when the beginning is that of one of these and the rest is not.
  public init?(path: String) throws(ImageError) { try self.init(RegularFile(path: path)) }

  /// The same for bytes that are open already.
  public init?(_ bytes: any RandomAccessBytes) throws(ImageError) {
    let length = try bytes.length()
    let beginning = try bytes.bytes(at: 0, atMost: BootSectionHeader.byteCount, length: length)
    if AgentArchive.isArchive(beginning) {
      self = .agents(try AgentArchive(bytes))
    } else if EMIBlock.isBlock(beginning), let block = try EMIBlock(file: bytes) {
      self = .memory(block, path: bytes.path)
    } else if BootSectionHeader.isHeader(beginning) {
      self = .preloader(try PreloaderFile(bytes))
    } else if GFHChain.begins(beginning) {
      let file = try PreloaderFile(bytes)
      self =
        file.info.isBootLoader
        ? .preloader(file) : .signed(file.headers, path: bytes.path, byteCount: length)
    } else {
      return nil
    }
  }
}

extension GFHChain {
  /// What a host is given files of this kind for.
  public enum Purpose: Equatable, Sendable {
    /// `--auth`.
    case authentication
    /// `--cert`.
    case certificate
    case environment
    case other
  }

  public var purpose: Purpose {
    switch info.fileType {
    case 5: .authentication
    case 4, 0xA: .certificate
    case 7: .environment
    default: .other
    }
  }
}
