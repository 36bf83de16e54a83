import FlashImages

/// What a check of a scatter layout has found, in words and as a code that stays.
enum ScatterFindingText {
  static func sentence(_ kind: ScatterFinding.Kind) -> String {
    switch kind {
    case .overlap(let other, let section, let bytes): "shares \(bytes) bytes of \(section.name) with \(other)"
    case .gap(let bytes): "nothing uses the \(bytes) bytes in front of it"
    case .notAscending: "lies before the entry in front of it"
    case .beyondEnd(let section, let size): "ends behind \(section.name), which has \(size) bytes"
    case .noRoom: "has no room left on a device of this size"
    case .unaligned(let size): "start or size is no multiple of the sector's \(size) bytes"
    case .nothingToWrite: "is ticked and has no file: nothing to write"
    case .notSelected: "has a file and is not ticked"
    case .fileMissing(let name): "its file \(name) is missing"
    case .imageTooLarge(let count, let room): "its image has \(count) bytes, and there is room for \(room)"
    case .placeholder(let stated, let computed):
      "its placeholder says \(Diagnostic.hex(stated)) blocks before the end, and the sizes say \(Diagnostic.hex(computed))"
    case .unknownRegion(let region): "region “\(region)” is none that anybody has described"
    case .translationLayer: "FTL20_IMG is for a translation layer that flashctl cannot write"
    case .noImage(let kind): "its file is no image but a \(ContentText.name(kind))"
    case .noLoader: "its image is no whole boot loader: no GFH as long as it says, and no dump of a boot section"
    case .checksum(let file, let stated, let computed):
      "\(file) adds up to \(Diagnostic.hex(computed)), and the list says \(Diagnostic.hex(stated))"
    case .noChecksum(let file): "the list has no checksum of \(file) that could be compared"
    }
  }

  static func code(_ kind: ScatterFinding.Kind) -> String {
    switch kind {
    case .overlap: "overlap"
    case .gap: "gap"
    case .notAscending: "not-ascending"
    case .beyondEnd: "beyond-end"
    case .noRoom: "no-room"
    case .unaligned: "unaligned"
    case .nothingToWrite: "nothing-to-write"
    case .notSelected: "not-selected"
    case .fileMissing: "file-missing"
    case .imageTooLarge: "image-too-large"
    case .placeholder: "placeholder"
    case .unknownRegion: "unknown-region"
    case .translationLayer: "translation-layer"
    case .noImage: "no-image"
    case .noLoader: "no-loader"
    case .checksum: "checksum"
    case .noChecksum: "no-checksum"
    }
  }
}
