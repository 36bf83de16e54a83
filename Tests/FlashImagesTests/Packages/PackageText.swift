import FlashImages
import Testing
import WireFormat

/// Descriptors in memory.
enum PackageText {
  static func document(_ text: String, path: String = "rawprogram0.xml") throws -> PackageDocument {
    try PackageDocument(reading: MemoryBytes(Array(text.utf8), path: path))
  }

  static func program(_ text: String, path: String = "rawprogram0.xml") throws -> ProgramFile {
    guard case .program(let file) = try document(text, path: path) else { throw Failure.otherKind }
    return file
  }

  /// `program` with attributes beside the usual ones.
  static func entry(_ attributes: String) throws -> ProgramElement.Program {
    let file = try program("<data><program \(attributes)/></data>")
    return try #require(file.programs.first)
  }

  /// The problem and line of a text that is refused.
  static func refusal(_ text: String, path: String = "rawprogram0.xml") -> (problem: PackageProblem, line: Int?)? {
    do {
      _ = try document(text, path: path)
      return nil
    } catch let error as PackageError {
      return (error.problem, error.place.line)
    } catch { return nil }
  }

  enum Failure: Error { case otherKind }
}
