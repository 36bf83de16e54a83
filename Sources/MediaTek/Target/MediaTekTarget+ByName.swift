import FlashCore
import FlashImages
import Synchronization
import WireFormat

/// Ranges through the commands for partitions, for agents that have no others: `docs/protocols/mtk-xml.md` 18.
extension MediaTekTarget {
  /// The partition of the agent's own list that has all of `range`, and where in it the range begins. `nil` where there is
  /// none, or the refusal is not that of a missing command.
  func holder(
    of range: StorageRange, after refusal: any Error
  ) async throws -> (name: String, offset: UInt64, byteCount: UInt64)? {
    guard let refusal = refusal as? any DeviceRefusal, refusal.isMissingCommand else { return nil }
    for partition in try await agent().partitions() ?? [] where partition.extent.section == range.section {
      guard case .fromStart(let start) = partition.extent.start, let byteCount = partition.extent.length else {
        continue
      }
      guard start <= range.bytes.lowerBound, range.bytes.upperBound - start <= byteCount else { continue }
      return (partition.name, range.bytes.lowerBound - start, byteCount)
    }
    return nil
  }

  /// Reads all of the partition, and hands on what lies in the range.
  func readByName(
    _ range: StorageRange, after refusal: any Error, into consumer: any StreamConsumer
  ) async throws {
    guard let holder = try await holder(of: range, after: refusal) else { throw refusal }
    tell(holder.name)
    let window = WindowedConsumer(consumer, window: holder.offset..<holder.offset + range.byteCount)
    let received = try await agent().read(partition: holder.name, into: window)
    guard received >= holder.offset + range.byteCount else {
      throw StorageError.outside(
        PlanExtent(section: holder.name, start: .fromStart(holder.offset), length: range.byteCount),
        sectionByteCount: received)
    }
  }

  /// Hands the agent the whole image, where it goes to the start of a partition. One with gaps, be it sparse or the rest of
  /// one that was cut off, would lose what lies in those.
  func writeByName(
    _ image: any ImageSource, to range: StorageRange, after refusal: any Error,
    progress: @escaping @Sendable (WriteProgress) -> Void
  ) async throws {
    guard let holder = try await holder(of: range, after: refusal), holder.offset == 0,
      let byteCount = image.byteCount, byteCount <= range.byteCount
    else { throw refusal }
    tell(holder.name)
    try await agent().write(ImageStream(image), byteCount: byteCount, partition: holder.name) { progress(.bytes($0)) }
  }

  func eraseByName(_ range: StorageRange, after refusal: any Error) async throws {
    guard let holder = try await holder(of: range, after: refusal), holder.offset == 0,
      holder.byteCount == range.byteCount
    else { throw refusal }
    tell(holder.name)
    try await agent().erase(partition: holder.name) { _ in }
  }

  private func tell(_ partition: String) {
    driver.connection.observer(.notice(code: "agent.by-name", facts: ["partition": partition]))
  }
}

/// Hands on a stretch of a stream, and drops the rest.
private final class WindowedConsumer: StreamConsumer {
  private let consumer: any StreamConsumer
  private let window: Range<UInt64>
  private let position = Mutex<UInt64>(0)

  init(_ consumer: any StreamConsumer, window: Range<UInt64>) {
    self.consumer = consumer
    self.window = window
  }

  var endsAtShortTransfer: Bool { consumer.endsAtShortTransfer }

  func consume(_ bytes: RawSpan) throws(ImageError) {
    let start = position.withLock { position in
      defer { position += UInt64(bytes.byteCount) }
      return position
    }
    let wanted = window.clamped(to: start..<start + UInt64(bytes.byteCount))
    guard !wanted.isEmpty else { return }
    try consumer.consume(bytes.extracting(Int(wanted.lowerBound - start)..<Int(wanted.upperBound - start)))
  }
}
