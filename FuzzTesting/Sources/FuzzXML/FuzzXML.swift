import Glibc
import LibFuzzer
import WireFormat

/// Reads bytes as an XML document and as a stream of documents in pieces; what can be read can be written and read again.
@main
struct FuzzXML {
  static func main() { exit(LibFuzzer.run(testOneInput)) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = LibFuzzer.bytes(start, count)
  for limits in [XMLLimits(), .message] {
    guard let document = try? XMLDocument(parsing: bytes, limits: limits) else { continue }
    LibFuzzer.require(!document.roots.isEmpty, "a document has a root")
    for root in document.roots {
      check(root, byteCount: bytes.count, depth: 1, limits: limits)
      writeAgain(root, limits: limits)
    }
  }
  readInPieces(bytes)
  return 0
}

private func check(_ element: XMLElement, byteCount: Int, depth: Int, limits: XMLLimits) {
  LibFuzzer.require(depth <= limits.depth + 1, "elements are no deeper than allowed")
  LibFuzzer.require(element.attributes.count <= limits.attributeCount, "no more attributes than allowed")
  LibFuzzer.require(element.position.line >= 1 && element.position.column >= 1, "positions count from 1")
  // UTF-16 grows by half at most when it becomes UTF-8.
  LibFuzzer.require(element.position.offset <= byteCount * 3 / 2 + 3, "positions are in the text")
  for child in element.children { check(child, byteCount: byteCount, depth: depth + 1, limits: limits) }
}

/// Names of bytes that are no UTF-8 become others, and values grow by their escapes: those are left out.
private func writeAgain(_ element: XMLElement, limits: XMLLimits) {
  guard isPlain(element) else { return }
  var writer = XMLWriter()
  writer.element(element)
  let again = try? XMLDocument(parsing: Array(writer.text.utf8), limits: limits)
  LibFuzzer.require(again.map { isSame($0.root, element) } == true, "what was read survives writing")
}

private func isPlain(_ element: XMLElement) -> Bool {
  func isPlainText(_ text: String) -> Bool {
    text.utf8.count < 1000 && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{FFFD}" }
  }
  return isPlainText(element.name) && element.attributes.allSatisfy { isPlainText($0.name) && isPlainText($0.value) }
    && isPlainText(element.text) && element.children.allSatisfy(isPlain)
}

private func isSame(_ first: XMLElement, _ second: XMLElement) -> Bool {
  first.name == second.name && first.attributes == second.attributes && first.text == second.text
    && first.children.count == second.children.count && zip(first.children, second.children).allSatisfy(isSame)
}

/// The first byte says how long the pieces are; however they are cut, the same documents come out.
private func readInPieces(_ bytes: [UInt8]) {
  guard let first = bytes.first else { return }
  let rest = Array(bytes.dropFirst())
  let whole = documents(rest, size: max(1, rest.count))
  let cut = documents(rest, size: Int(first % 16) + 1)
  if let whole, let cut { LibFuzzer.require(whole == cut, "pieces make no difference") }
}

/// `nil` when the stream was given up.
private func documents(_ bytes: [UInt8], size: Int) -> [[UInt8]]? {
  var stream = XMLMessageStream(limit: 4096)
  var found: [[UInt8]] = []
  for start in stride(from: 0, to: bytes.count, by: size) {
    stream.append(Array(bytes[start..<min(start + size, bytes.count)]))
    do throws(XMLError) {
      while let item = try stream.next() {
        if case .document(let document) = item { found.append(document) }
      }
    } catch { return nil }
  }
  return found
}
