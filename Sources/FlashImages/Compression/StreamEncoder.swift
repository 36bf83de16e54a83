/// Compresses bytes as they come. Used by one task at a time.
protocol StreamEncoder: AnyObject {
  /// Takes `input` whole and hands on what comes out; with `isLast` everything that is left.
  func encode(
    _ input: UnsafeRawBufferPointer, isLast: Bool, _ sink: (UnsafeRawBufferPointer) throws(ImageError) -> Void
  ) throws(ImageError)
}
