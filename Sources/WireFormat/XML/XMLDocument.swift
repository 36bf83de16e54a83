/// An XML text read as a whole, as tolerantly as the files of vendors need and no further.
///
/// Read without complaint or with an `XMLOddity`: a byte order mark, UTF-16 with one, white space or comments before
/// the declaration, `--` in comments, either quote, any attribute order, several roots in sequence, NULs and other
/// garbage outside of elements, a lone `&`, `<` inside a value. Refused: everything in `XMLProblem`.
/// Source: `qualcomm-packages.md` 2 and `firehose.md` 1.1–1.3.
public struct XMLDocument: Equatable, Sendable {
  /// At least one.
  public var roots: [XMLElement]
  public var oddities: [XMLOddity]

  /// The first root.
  public var root: XMLElement { roots[0] }

  public init(parsing bytes: [UInt8], limits: XMLLimits = XMLLimits()) throws(XMLError) {
    guard bytes.count <= limits.byteCount else {
      throw XMLError(.limitExceeded("byteCount"), at: XMLPosition(offset: limits.byteCount, line: 1, column: 1))
    }
    var scanner = XMLScanner(try XMLEncoding.utf8(bytes), limits: limits)
    var builder = XMLTreeBuilder(limits: limits)
    while let token = try scanner.next() { try builder.take(token) }
    roots = try builder.finish(at: scanner.position)
    oddities = scanner.oddities + builder.oddities
  }
}

/// Puts tokens together to elements.
private struct XMLTreeBuilder {
  let limits: XMLLimits
  var oddities: [XMLOddity] = []
  private var roots: [XMLElement] = []
  private var open: [XMLElement] = []
  private var elementCount = 0

  init(limits: XMLLimits) { self.limits = limits }

  mutating func take(_ token: XMLScanner.Token) throws(XMLError) {
    switch token {
    case .start(let element, let isEmpty):
      elementCount += 1
      guard elementCount <= limits.elementCount else {
        throw XMLError(.limitExceeded("elementCount"), at: element.position)
      }
      guard open.count < limits.depth else { throw XMLError(.limitExceeded("depth"), at: element.position) }
      if isEmpty { add(element) } else { open.append(element) }
    case .end(let name, let position):
      guard let element = open.popLast() else {
        throw XMLError(.mismatchedEndTag(open: nil, found: name), at: position)
      }
      guard element.isNamed(name) else {
        throw XMLError(.mismatchedEndTag(open: element.name, found: name), at: position)
      }
      add(element)
    case .text(let text, let position):
      guard let last = open.indices.last else { return }
      guard open[last].text.utf8.count + text.utf8.count <= limits.valueByteCount else {
        throw XMLError(.limitExceeded("valueByteCount"), at: position)
      }
      open[last].text += text
    }
  }

  private mutating func add(_ element: XMLElement) {
    if let last = open.indices.last {
      open[last].children.append(element)
    } else {
      if !roots.isEmpty { oddities.append(.severalRoots(at: element.position)) }
      roots.append(element)
    }
  }

  mutating func finish(at position: XMLPosition) throws(XMLError) -> [XMLElement] {
    if let element = open.last { throw XMLError(.unexpectedEnd(inside: element.name), at: position) }
    guard !roots.isEmpty else { throw XMLError(.noElement, at: position) }
    return roots
  }
}
