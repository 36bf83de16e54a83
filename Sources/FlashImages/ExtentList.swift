/// The extents that a reader will return, each with its place in the file, walked in order or from any offset.
///
/// For sources whose extents are few and known when they are opened.
struct ExtentList: Sendable {
  private let extents: [ImageExtent]
  private var index = 0
  /// The extent at hand when `seek` led into its middle.
  private var rest: ImageExtent?

  init(_ extents: [ImageExtent]) { self.extents = extents.filter { $0.length > 0 } }

  mutating func next() -> ImageExtent? {
    if let rest {
      self.rest = nil
      return rest
    }
    guard index < extents.count else { return nil }
    index += 1
    return extents[index - 1]
  }

  mutating func seek(to offset: UInt64) {
    var left = offset
    rest = nil
    for (number, extent) in extents.enumerated() {
      if left < extent.length {
        index = number + 1
        rest = extent.dropping(left)
        return
      }
      left -= extent.length
    }
    index = extents.count
  }
}
