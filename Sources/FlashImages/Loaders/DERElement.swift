/// One element of DER: a tag, and where its content lies in the bytes it was read from.
///
/// Only what certificates need: tags of one byte and definite lengths. Source: ITU-T X.690, 8.1.
struct DERElement: Equatable {
  var tag: UInt8
  var content: Range<Int>

  static let sequence: UInt8 = 0x30
  static let set: UInt8 = 0x31
  static let objectIdentifier: UInt8 = 0x06
  /// `[0]`, the version of a certificate.
  static let version: UInt8 = 0xA0

  /// Reads the element at `offset`, which must end before `end`; `nil` where there is none.
  init?(_ bytes: [UInt8], at offset: Int, before end: Int) {
    guard end <= bytes.count, offset >= 0, end - offset >= 2, bytes[offset] & 0x1F != 0x1F else { return nil }
    tag = bytes[offset]
    var start = offset + 2
    var length = Int(bytes[offset + 1])
    if length >= 0x80 {
      let count = length & 0x7F
      // Three bytes of length are more than any certificate needs.
      guard (1...3).contains(count), end - start >= count else { return nil }
      length = bytes[start..<start + count].reduce(0) { $0 << 8 | Int($1) }
      start += count
    }
    guard end - start >= length else { return nil }
    content = start..<start + length
  }

  /// The elements inside, as far as they can be read.
  func children(in bytes: [UInt8]) -> [DERElement] {
    var elements: [DERElement] = []
    var offset = content.lowerBound
    while let element = DERElement(bytes, at: offset, before: content.upperBound) {
      elements.append(element)
      offset = element.content.upperBound
    }
    return elements
  }
}
