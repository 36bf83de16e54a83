import FlashImages

/// What is wrong with a sparse image, in words.
enum SparseText {
  static func sentence(_ defect: SparseDefect) -> String {
    switch defect {
    case .notSparse: "not an Android sparse image"
    case .byteSwapped: "an Android sparse image in the byte order of a big-endian machine, which nothing reads"
    case .truncatedHeader(let available): "the header is cut off after \(available) bytes"
    case .unsupportedVersion(let version): "sparse format version \(version), and only 1 is known"
    case .headerTooSmall(let size): "a header of \(size) bytes, and it has 28 at least"
    case .chunkHeaderTooSmall(let size): "chunk headers of \(size) bytes, and they have 12 at least"
    case .badBlockSize(let size): "a block size of \(size) bytes, which cannot be used"
    case .unknownChunk(let chunk, let type): "chunk \(chunk): unknown type \(Diagnostic.hex(UInt64(type)))"
    case .wrongChunkSize(let chunk, let kind, let block, let total, let expected):
      "chunk \(chunk) (\(name(kind)) at block \(block)): total size \(total), expected \(expected)"
    case .beyondEnd(let chunk, let kind, let block, let blocks, let total):
      "chunk \(chunk) (\(name(kind)) at block \(block)): \(blocks) blocks reach beyond the image's \(total)"
    case .tooFewBlocks(let blocks, let expected): "the chunks hold \(blocks) blocks, and the header says \(expected)"
    case .truncatedChunk(let chunk, let missing): "cut off in chunk \(chunk): \(missing) bytes are missing"
    case .wrongChecksum(let chunk, let stored, let computed):
      "chunk \(chunk): checksum \(Diagnostic.hex(UInt64(stored))), computed \(Diagnostic.hex(UInt64(computed)))"
    case .wrongImageChecksum(let stored, let computed):
      "checksum in the header \(Diagnostic.hex(UInt64(stored))), computed \(Diagnostic.hex(UInt64(computed)))"
    case .concatenated: "another sparse image follows: concatenated sparse pieces"
    case .nested: "a sparse image inside a sparse image"
    case .differentBlockSize(let size, let expected):
      "a piece with blocks of \(size) bytes, and the first one has \(expected)"
    case .overlappingPieces(let other, let offset):
      "holds other bytes than \(other) for the image's offset \(Diagnostic.hex(offset))"
    case .tooManyRuns(let limit): "the pieces have more than \(limit) runs of data"
    }
  }

  static func remedy(_ defect: SparseDefect) -> String {
    switch defect {
    case .concatenated, .overlappingPieces, .differentBlockSize:
      "give the pieces of one image as separate files: `flashctl image join`"
    case .tooFewBlocks: "get the file again, or read it with --lenient, which skips what is missing"
    case .wrongChecksum, .wrongImageChecksum, .truncatedChunk, .truncatedHeader:
      "the file is damaged; get it again"
    case .badBlockSize: "use a block size that is a multiple of 4, 4096 if nothing speaks against it"
    default: "get the file again, or look at it with `flashctl image inspect`"
    }
  }

  static func sentence(_ note: SparseNote) -> String {
    switch note {
    case .empty: "an empty image: there is nothing to write"
    case .trailingBytes(let count): "\(count) bytes after the end"
    case .checksumChunkWithBlocks(let chunk, let blocks):
      "chunk \(chunk) (CRC32) claims \(blocks) blocks; that is ignored"
    case .endsEarly(let blocks, let expected):
      "the chunks hold \(blocks) blocks, and the header says \(expected); the rest is skipped"
    }
  }

  static func code(_ note: SparseNote) -> String {
    switch note {
    case .empty: "sparse-empty"
    case .trailingBytes: "sparse-trailing-bytes"
    case .checksumChunkWithBlocks: "sparse-checksum-with-blocks"
    case .endsEarly: "sparse-ends-early"
    }
  }

  static func name(_ kind: SparseChunkKind) -> String {
    switch kind {
    case .raw: "RAW"
    case .fill: "FILL"
    case .dontCare: "DON'T CARE"
    case .crc32: "CRC32"
    }
  }
}
