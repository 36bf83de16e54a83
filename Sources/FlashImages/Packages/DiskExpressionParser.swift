/// Turns the text of an expression into steps. Source of the grammar: `docs/protocols/qualcomm-packages.md` 4.1.
struct DiskExpressionParser {
  private let bytes: [UInt8]
  private var index = 0
  private var steps: [DiskExpression.Step] = []
  private var isInsideChecksum = false

  private static let maximumDepth = 32

  init(_ text: String) { bytes = Array(text.utf8) }

  /// The text without white space around it.
  var trimmed: String {
    let rest = bytes.drop(while: Self.isSpace).reversed().drop(while: Self.isSpace).reversed()
    return String(decoding: Array(rest), as: UTF8.self)
  }

  mutating func parse() throws(DiskExpressionError) -> [DiskExpression.Step] {
    guard bytes.count <= DiskExpression.maximumByteCount else { throw .tooLong(byteCount: bytes.count) }
    guard !bytes.allSatisfy(Self.isSpace) else { throw .empty }
    // One generator's internal form of where a backup table begins; any other negative number lies before the disk.
    if trimmed == "-33" {
      return [.sectorCount, .number(33), .subtract]
    }
    if take("-") {
      guard try number() else { throw unexpected() }
      throw .negative
    }
    try expression(depth: 0)
    skipSpace()
    guard index == bytes.count else { throw unexpected() }
    return steps
  }

  private mutating func expression(depth: Int) throws(DiskExpressionError) {
    guard depth < Self.maximumDepth else { throw .tooDeep }
    try term(depth: depth)
    while true {
      if take("+") {
        try term(depth: depth)
        steps.append(.add)
      } else if take("-") {
        try term(depth: depth)
        steps.append(.subtract)
      } else {
        return
      }
    }
  }

  private mutating func term(depth: Int) throws(DiskExpressionError) {
    try factor(depth: depth)
    while true {
      if take("*") {
        try factor(depth: depth)
        steps.append(.multiply)
      } else if take("/") {
        try factor(depth: depth)
        steps.append(.divide)
      } else {
        return
      }
    }
  }

  private mutating func factor(depth: Int) throws(DiskExpressionError) {
    if take("(") {
      try expression(depth: depth + 1)
      guard take(")") else { throw unexpected() }
    } else if take("NUM_DISK_SECTORS") {
      steps.append(.sectorCount)
      try dot()
    } else if take("NUM_DISK_BLOCKS") {
      steps.append(.blockCount)
      try dot()
    } else if take("CRC32") {
      try checksum(depth: depth)
    } else if try !number() {
      throw unexpected()
    }
  }

  private mutating func checksum(depth: Int) throws(DiskExpressionError) {
    guard !isInsideChecksum else { throw .nestedChecksum }
    isInsideChecksum = true
    guard take("(") else { throw unexpected() }
    try expression(depth: depth + 1)
    guard take(",") else { throw unexpected() }
    try expression(depth: depth + 1)
    guard take(")") else { throw unexpected() }
    isInsideChecksum = false
    steps.append(.checksum)
  }

  /// A number with its suffixes; `false` when there is none here.
  private mutating func number() throws(DiskExpressionError) -> Bool {
    skipSpace()
    guard index < bytes.count, Self.isDigit(bytes[index]) else { return false }
    var radix: UInt64 = 10
    if bytes[index] == UInt8(ascii: "0"), index + 1 < bytes.count, bytes[index + 1] | 0x20 == UInt8(ascii: "x") {
      radix = 16
      index += 2
    }
    guard let first = digit(radix) else { throw unexpected() }
    var value = first
    index += 1
    while let next = digit(radix) {
      let (product, overflows) = value.multipliedReportingOverflow(by: radix)
      let (sum, carries) = product.addingReportingOverflow(next)
      guard !overflows, !carries else { throw .overflow }
      value = sum
      index += 1
    }
    if index < bytes.count, bytes[index] == UInt8(ascii: "L") { index += 1 }
    steps.append(.number(value))
    try dot()
    return true
  }

  private func digit(_ radix: UInt64) -> UInt64? {
    guard index < bytes.count else { return nil }
    let byte = bytes[index]
    if Self.isDigit(byte) { return UInt64(byte - UInt8(ascii: "0")) }
    guard radix == 16, (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20) else { return nil }
    return UInt64((byte | 0x20) - UInt8(ascii: "a") + 10)
  }

  /// The dot that says "decimal" to another tool, or a fraction of nothing.
  private mutating func dot() throws(DiskExpressionError) {
    guard index < bytes.count, bytes[index] == UInt8(ascii: ".") else { return }
    let start = index
    index += 1
    while index < bytes.count, Self.isDigit(bytes[index]) {
      guard bytes[index] == UInt8(ascii: "0") else { throw .fraction(at: start) }
      index += 1
    }
  }

  private mutating func take(_ word: StaticString) -> Bool {
    skipSpace()
    let word = Array(word.description.utf8)
    guard bytes[index...].starts(with: word) else { return false }
    index += word.count
    return true
  }

  private mutating func skipSpace() {
    while index < bytes.count, Self.isSpace(bytes[index]) { index += 1 }
  }

  private func unexpected() -> DiskExpressionError {
    let rest = String(decoding: bytes[index...].prefix(24), as: UTF8.self)
    return .unexpected(found: rest.first.map(String.init), at: index)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
