/// The file a container is written to: an `OutputFile` that speaks the writer's errors.
struct FIASCOOutput {
  let file: OutputFile

  /// Begins the file at `path`, which must be none of `inputs`.
  init(path: String, replaces: Bool, inputs: [String]) throws(FIASCOWriteError) {
    try Self.check(path, against: inputs)
    do throws(ImageError) { file = try OutputFile.begin(at: path, replacing: replaces) } catch { throw .file(error) }
  }

  /// Refuses a path that leads to one of `inputs`, however it is spelled.
  static func check(_ path: String, against inputs: [String]) throws(FIASCOWriteError) {
    if let existing = FileIdentity(path: path), inputs.contains(where: { FileIdentity(path: $0) == existing }) {
      throw .overwritesInput(path: path)
    }
  }

  var byteCount: UInt64 { file.byteCount }

  func append(_ bytes: [UInt8]) throws(FIASCOWriteError) {
    do throws(ImageError) { try file.append(bytes) } catch { throw .file(error) }
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(FIASCOWriteError) {
    do throws(ImageError) { unsafe try file.append(bytes) } catch { throw .file(error) }
  }

  func overwrite(_ bytes: [UInt8], at offset: UInt64) throws(FIASCOWriteError) {
    do throws(ImageError) { try file.overwrite(bytes, at: offset) } catch { throw .file(error) }
  }

  func commit() throws(FIASCOWriteError) {
    do throws(ImageError) { try file.commit() } catch { throw .file(error) }
  }
}
