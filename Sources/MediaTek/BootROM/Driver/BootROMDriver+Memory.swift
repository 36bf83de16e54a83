import FlashImages

extension BootROMDriver {
  /// Reads memory, handing the values on in order as bytes in the device's own order, little-endian. `byteCount` is a
  /// multiple of the width.
  ///
  /// A kilobyte at a time; `isLegacy` reads with the commands of old chips (8.1).
  func read(
    _ width: BootROMExchange.Width, at address: UInt32, byteCount: UInt32, isLegacy: Bool,
    into sink: @Sendable ([UInt8]) throws(ImageError) -> Void
  ) async throws(BootROMError) {
    let piece = UInt32(clamping: policy.memoryByteCount)
    var done: UInt32 = 0
    while done < byteCount {
      let count = min(piece, byteCount - done) / UInt32(width.byteCount)
      let place = address &+ done
      let exchange: BootROMExchange =
        isLegacy ? .legacyRead(width, at: place, count: count, policy) : .read(width, at: place, count: count, policy)
      let values = try await perform(exchange).numbers
      var bytes: [UInt8] = []
      for value in values {
        for index in 0..<width.byteCount { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(8 * index))) }
      }
      do throws(ImageError) { try sink(bytes) } catch { throw .file(error) }
      done += UInt32(bytes.count)
    }
  }

  /// Writes values, which take effect one after the other.
  func write(
    _ width: BootROMExchange.Width, _ values: [UInt32], at address: UInt32, isLegacy: Bool
  ) async throws(BootROMError) {
    if isLegacy, case .preloader = try await synchronise() {
      throw .wrongActor(.bootROM, during: BootROMOpcode.legacyWrite16.name)
    }
    let exchange: BootROMExchange =
      isLegacy ? .legacyWrite(width, values, at: address, policy) : .write(width, values, at: address, policy)
    _ = try await perform(exchange)
  }
}
