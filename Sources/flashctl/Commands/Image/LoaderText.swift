import FlashImages

/// Loaders as text for people and as members of events.
enum LoaderText {
  /// What should be known about loaders before they are sent. With `isStrict`, what would be a warning is an error.
  static func remark(_ loaders: LoaderSet, on console: Console, isStrict: Bool = false) throws {
    if loaders.isConverted {
      console.warning("\(loaders.images[0].name): Intel HEX text, sent as the bytes that it stands for")
    }
    for image in loaders.images {
      for remark in image.remarks {
        guard !isStrict || remark == .unsigned else {
          throw Diagnostic(
            code: "loader.doubtful", message: "\(image.name): \(sentence(remark))",
            remedy: "give the right loader, or leave --strict out", exitStatus: .badData, step: "check the loader")
        }
        show(remark, of: image.name, on: console)
      }
    }
  }

  static func show(_ remark: LoaderFile.Remark, of name: String, on console: Console) {
    switch remark {
    case .unsigned: console.debug("\(name): \(sentence(remark))")
    case .otherSoftware, .entryOutsideSegments, .lite: console.warning("\(name): \(sentence(remark))")
    }
  }

  static func sentence(_ remark: LoaderFile.Remark) -> String {
    switch remark {
    case .unsigned: "has no signature; chips that check signatures refuse it"
    case .otherSoftware(let id): "is signed as software \(id), and a programmer is 3"
    case .entryOutsideSegments: "its entry point lies in nothing that is loaded"
    case .lite: "by its name a programmer that sets up no memory"
    }
  }

  /// One line that says what a file is.
  static func heading(_ file: LoaderFile) -> String {
    let size = Units.bytes(file.byteCount)
    switch file.kind {
    case .elf(let elf):
      return "\(file.path): ELF\(elf.is64Bit ? 64 : 32) for \(elf.machineName), \(elf.segments.count) segments, "
        + "entry \(Diagnostic.hex(elf.entry)), \(size)"
    case .mbn(let mbn):
      return "\(file.path): MBN with a header of \(mbn.headerByteCount) bytes, image id \(mbn.imageID), "
        + "for address \(Diagnostic.hex(UInt64(mbn.destination))), \(size)"
    case .flashImage: return "\(file.path): boot loader for flash, with the preamble that tells the page size, \(size)"
    case .intelHEX(let hex):
      return "\(file.path): Intel HEX, \(hex.segments.count) segments, entry \(Diagnostic.hex(hex.entry)), \(size)"
    case .archive(let archive): return "\(file.path): programmer archive of \(archive.entries.count) images, \(size)"
    case .config(let config): return "\(file.path): sahara_config of \(config.entries.count) images"
    case .other(let other): return "\(file.path): \(other?.rawValue ?? "nothing that flashctl knows"), \(size)"
    }
  }

  /// What is inside, a line each.
  static func lines(_ file: LoaderFile) -> [String] {
    switch file.kind {
    case .elf(let elf): segmentLines(elf)
    case .intelHEX(let hex):
      hex.segments.map { "  \(Diagnostic.hex($0.address)): \($0.bytes.count) bytes" }
    case .archive(let archive):
      archive.entries.map {
        "  image \($0.id)\($0.label.isEmpty ? "" : " “\($0.label)”"): \($0.range.upperBound - $0.range.lowerBound) bytes at "
          + Diagnostic.hex($0.range.lowerBound)
      }
    case .config(let config): config.entries.map { "  image \($0.id): \($0.path)" }
    case .mbn, .flashImage, .other: []
    }
  }

  private static func segmentLines(_ elf: ELFFile) -> [String] {
    var lines = elf.segments.map { segment in
      let kind = segment.isLoad ? "load" : segment.isHashTable ? "hashes" : "type \(segment.type)"
      return "  \(kind): \(segment.fileByteCount) bytes at \(Diagnostic.hex(segment.offset)) for "
        + Diagnostic.hex(segment.physicalAddress)
    }
    if let table = elf.hashTable {
      lines.append("  signed: MBN version \(table.version), \(table.hashByteCount) bytes of hashes")
    }
    return lines
  }

  static func members(_ file: LoaderFile) -> [(key: String, value: JSONValue)] {
    var members: [(key: String, value: JSONValue)] = [
      (key: "file", value: .string(file.path)), (key: "format", value: .string(format(file.kind))),
      (key: "bytes", value: .unsigned(file.byteCount)),
    ]
    switch file.kind {
    case .elf(let elf):
      members += [
        (key: "machine", value: .string(elf.machineName)), (key: "entry", value: .string(Diagnostic.hex(elf.entry))),
        (key: "segments", value: .array(elf.segments.map(segment))),
        (key: "signed", value: .bool(elf.hashTable != nil)),
      ]
    case .mbn(let mbn):
      members += [
        (key: "imageID", value: .unsigned(UInt64(mbn.imageID))),
        (key: "destination", value: .string(Diagnostic.hex(UInt64(mbn.destination)))),
      ]
    case .intelHEX(let hex):
      members += [
        (key: "entry", value: .string(Diagnostic.hex(hex.entry))),
        (
          key: "segments",
          value: .array(
            hex.segments.map {
              ["address": .string(Diagnostic.hex($0.address)), "bytes": .integer(Int64($0.bytes.count))]
            })
        ),
      ]
    case .archive(let archive):
      members.append(
        (
          key: "images",
          value: .array(
            archive.entries.map {
              [
                "id": .unsigned(UInt64($0.id)), "name": .string($0.label), "offset": .unsigned($0.range.lowerBound),
                "bytes": .unsigned($0.range.upperBound - $0.range.lowerBound),
              ]
            })
        ))
    case .config(let config):
      members.append(
        (
          key: "images",
          value: .array(config.entries.map { ["id": .unsigned(UInt64($0.id)), "file": .string($0.path)] })
        ))
    case .flashImage, .other: break
    }
    return members + SignatureText.members(file)
  }

  private static func segment(_ segment: ELFFile.Segment) -> JSONValue {
    [
      "type": .unsigned(UInt64(segment.type)), "offset": .unsigned(segment.offset),
      "address": .string(Diagnostic.hex(segment.physicalAddress)), "bytes": .unsigned(segment.fileByteCount),
    ]
  }

  private static func format(_ kind: LoaderFile.Kind) -> String {
    switch kind {
    case .elf(let elf): elf.is64Bit ? "elf64" : "elf32"
    case .mbn: "mbn"
    case .flashImage: "flash-image"
    case .intelHEX: "intel-hex"
    case .archive: "programmer-archive"
    case .config: "sahara-config"
    case .other: "unknown"
    }
  }
}
