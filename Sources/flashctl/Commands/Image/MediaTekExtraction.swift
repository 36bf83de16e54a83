import FlashImages

/// Takes agent files and preloaders apart: a file for each stage, the loader without what surrounds it, the memory
/// settings.
struct MediaTekExtraction {
  /// A stretch of the file, and what it is called.
  private struct Part {
    var name: String
    var type: String
    var range: Range<UInt64>
  }

  private let bytes: any RandomAccessBytes
  private let parts: [Part]

  /// `nil` for a file of another kind. `keepsSignatures` leaves the signatures of agents in.
  init?(path: String, keepsSignatures: Bool) throws {
    guard let file = try MediaTekFile(path: path) else { return nil }
    switch file {
    case .agents(let archive):
      bytes = archive.bytes
      parts = Self.parts(of: archive, keepsSignatures: keepsSignatures)
    case .preloader(let file):
      bytes = file.bytes
      var parts = [Part(name: "preloader.bin", type: "preloader", range: file.loaderRange)]
      if let memory = file.memory {
        parts.append(
          Part(name: "emi.bin", type: "EMI", range: memory.offset..<memory.offset + UInt64(memory.bytes.count)))
      }
      self.parts = parts
    case .memory, .signed: return nil
    }
  }

  private static func parts(of archive: AgentArchive, keepsSignatures: Bool) -> [Part] {
    var parts: [Part] = []
    for entry in archive.entries {
      let roles = entry.roles { AgentText.isEnvironment($0, in: archive) }
      for (number, (region, role)) in zip(entry.regions, roles).enumerated() {
        guard role != .empty, role != .duplicate, let range = region.range, range.upperBound <= archive.byteCount else {
          continue
        }
        let word = role == .other ? "region\(number)" : role.rawValue.split(separator: " ").joined(separator: "-")
        let count = UInt64(keepsSignatures ? region.byteCount : region.unsignedByteCount)
        parts.append(
          Part(
            name: "\(entry.index)-\(AgentText.hex(entry.hardwareCode))-\(word).bin", type: role.rawValue,
            range: range.lowerBound..<range.lowerBound + count))
      }
    }
    return parts
  }

  /// Writes the parts of these types, or all; returns names and lengths.
  func write(
    to directory: String, types: [String], code: String?, replacing: Bool
  ) throws -> [(name: String, byteCount: UInt64)] {
    let chosen = parts.filter { part in
      (types.isEmpty || types.contains { $0.lowercased() == part.type.lowercased() })
        && (code.map { part.name.uppercased().contains("-\($0.uppercased())-") } ?? true)
    }
    guard !chosen.isEmpty else {
      throw Diagnostic(
        code: "image.no-match", message: "\(bytes.path): nothing of that type and chip",
        remedy: "`flashctl image inspect \(bytes.path)` lists what there is", exitStatus: .badData, step: "extract")
    }
    let folder = try OutputFolder(path: directory, isCreated: true)
    var written: [(name: String, byteCount: UInt64)] = []
    for part in chosen {
      let file = try folder.create(part.name, replacing: replacing)
      var offset = part.range.lowerBound
      while offset < part.range.upperBound {
        guard !Task.isCancelled else { throw ImageError.cancelled }
        let piece = try bytes.bytes(at: offset, atMost: 1 << 20, length: part.range.upperBound)
        try file.append(piece)
        offset += UInt64(piece.count)
      }
      try file.commit()
      written.append((part.name, file.byteCount))
    }
    return written
  }
}
