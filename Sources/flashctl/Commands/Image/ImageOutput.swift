import FlashImages

/// Reads images and writes them in another form, with progress and a result.
struct ImageOutput {
  let files: FilesOptions
  let reading: ImageReadingOptions
  let console: Console

  /// What the inputs are together: one image, or the pieces of one. Compressed and sparse images are looked through to
  /// their end first, so that damage is found before anything is written.
  func source() throws -> any ImageSource {
    let options = reading.options
    guard files.inputs.count > 1 else {
      return try Self.checked(files.inputs[0], options, console).source
    }
    return try pieces()
  }

  /// The inputs as pieces of one sparse image.
  func pieces() throws -> JoinedImageSource {
    var options = reading.options
    // A piece is often shorter than the image it is a piece of.
    options.mode = .lenient
    let pieces = try files.inputs.map { path in
      guard let sparse = try Self.checked(path, options, console).sparse else {
        throw Diagnostic(
          code: "image.not-sparse", message: "\(path): no sparse image, and only pieces of one can be joined",
          remedy: "give one image at a time", exitStatus: .badData)
      }
      return sparse
    }
    return try JoinedImageSource(pieces)
  }

  /// Opens a file and proves what can be proved of it.
  static func checked(_ path: String, _ options: ImageFile.Options, _ console: Console) throws -> ImageFile {
    let file = try ImageFile(path: path, options: options)
    guard file.sparse != nil || file.source.byteCount == nil else { return file }
    let progress = FileProgress("check", total: file.fileByteCount, console: console)
    defer { progress.end() }
    if let sparse = file.sparse {
      let summary = try SparseCheck(mode: options.mode).run(sparse) { progress.advance(to: $0) }
      for note in summary.notes { SparseReport.show(note, of: path, on: console) }
      return file
    }
    return try file.measured { progress.advance(to: $0) }
  }

  /// Writes the output with `body`, which gets the file and a progress to report to, and shows the result.
  func write(
    _ name: String, total: UInt64?, _ body: (OutputFile, @escaping (UInt64) -> Void) throws -> Void
  ) throws {
    let file = try OutputFile.begin(at: files.target, replacing: files.force, inputs: files.inputs)
    let progress = FileProgress(name, total: total ?? 0, console: console)
    try body(file) { progress.advance(to: $0) }
    try file.commit()
    progress.end()
    console.result("wrote \(files.target): \(Units.bytes(file.byteCount))")
    console.event(
      "result", ["status": "done", "file": .string(files.target), "bytes": .unsigned(file.byteCount)])
  }

  /// Writes the output as a sparse image.
  func writeSparse(_ source: any ImageSource, _ encoder: SparseEncoder) throws {
    try write("sparse", total: source.byteCount) { file, progress in
      let header = try encoder.write(source, to: file, progress: progress)
      let padding = source.byteCount.map { header.expandedByteCount - min($0, header.expandedByteCount) } ?? 0
      guard padding > 0 else { return }
      console.debug("\(files.target): the last block is filled up with \(padding) zeros")
    }
  }

  /// Writes the output in full.
  func writeRaw(_ source: any ImageSource) throws {
    try write("expand", total: source.byteCount) { file, progress in
      try RawImageWriter.write(source, to: file, progress: progress)
    }
  }
}
