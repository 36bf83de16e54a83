import FlashImages

/// Sending images: all of them, or what is missing on the device.
extension PlanRun {
  mutating func write(_ write: FlashPlan.Write, _ index: Int) async throws(PlanRunner.Failure) {
    let missing =
      write.isWhole
      ? try await missing(of: write, index)
      : try await missing(index, name: write.name) { try write.image.source() }
    if let missing, missing.isEmpty {
      return report.extents.append(unsent(index, write.name, write.extent, write.byteCount))
    }
    let bytes = missing?.byteCount ?? write.byteCount
    let (verified, elapsed) = try await send(index, name: write.name, bytes: bytes) { progress in
      try await target.write(write, ranges: missing?.ranges, progress: progress)
    }
    note(
      index, write.name, write.extent, byteCount: write.byteCount, sent: bytes, elapsed: elapsed, verified: verified,
      ranges: missing, wanted: write.isReadBack)
  }

  /// Nothing of what the device holds already, else all of it.
  private mutating func missing(
    of write: FlashPlan.Write, _ index: Int
  ) async throws(PlanRunner.Failure) -> ByteRanges? {
    guard isResumed, index <= finishedBefore else { return nil }
    do {
      if try await target.proveStored(write) != nil { return ByteRanges() }
    } catch is ContentDiffers {
      return nil
    } catch { throw failure(index, "compare", error) }
    let missing = try await missing(index, name: write.name) { try write.image.source() }
    return missing?.isEmpty == true ? missing : nil
  }

  mutating func zero(_ zero: FlashPlan.Zero, _ index: Int) async throws(PlanRunner.Failure) {
    let count = resolved.place(index)?.range.byteCount ?? zero.extent.length ?? 0
    let missing = try await missing(index, name: zero.name) { FillImageSource(.zeros, byteCount: count) }
    if let missing, missing.isEmpty {
      return report.extents.append(unsent(index, zero.name, zero.extent, count))
    }
    let (verified, elapsed) = try await send(index, name: zero.name, bytes: count) { progress in
      try await target.zero(zero, progress: progress)
      return .acknowledged
    }
    note(
      index, zero.name, zero.extent, byteCount: count, sent: count, elapsed: elapsed, verified: verified, ranges: nil,
      wanted: false)
  }

  private func send(
    _ index: Int, name: String, bytes: UInt64,
    _ body: (@escaping @Sendable (WriteProgress) -> Void) async throws -> Verification
  ) async throws(PlanRunner.Failure) -> (Verification, Duration) {
    let clock = target.clock
    let start = clock.now
    let accepted = Accepted()
    observer(.started(step: index + 1, name: name, bytes: bytes))
    do {
      let verified = try await body { [observer] progress in
        switch progress {
        case .bytes(let bytes):
          accepted.set(bytes)
          observer(.progressed(step: index + 1, bytes: bytes))
        case .settling(let state, let percent):
          observer(.settling(step: index + 1, state: state, percent: percent))
        }
      }
      let elapsed = clock.now - start
      observer(.finished(step: index + 1, elapsed: elapsed, verified: verified))
      return (verified, elapsed)
    } catch {
      throw failure(index, steps[index].action, accepted: accepted, error)
    }
  }

  private mutating func note(
    _ index: Int, _ name: String, _ extent: PlanExtent, byteCount: UInt64, sent: UInt64, elapsed: Duration,
    verified: Verification, ranges: ByteRanges?, wanted: Bool
  ) {
    report.extents.append(
      PlanRunner.Report.Extent(
        step: index + 1, name: name, extent: extent, byteCount: byteCount, sentByteCount: sent, elapsed: elapsed,
        verified: verified))
    guard options.verifies || wanted, verified == .acknowledged, resolved.place(index) != nil else { return }
    unverified.append(Unverified(index: index, extent: report.extents.count - 1, ranges: ranges))
  }

  /// The device holds all of it already.
  private func unsent(
    _ index: Int, _ name: String, _ extent: PlanExtent, _ byteCount: UInt64
  ) -> PlanRunner.Report.Extent {
    let verified = comparison?.method ?? .acknowledged
    observer(.finished(step: index + 1, elapsed: .zero, verified: verified))
    return PlanRunner.Report.Extent(
      step: index + 1, name: name, extent: extent, byteCount: byteCount, sentByteCount: 0, elapsed: .zero,
      verified: verified)
  }

  /// What of an image the device does not hold; `nil` when nobody asks, or nobody can tell: all of it is sent then.
  private mutating func missing(
    _ index: Int, name: String, _ image: () throws -> any ImageSource
  ) async throws(PlanRunner.Failure) -> ByteRanges? {
    let isEarlier = isResumed && index <= finishedBefore
    guard isEarlier || options.isDelta, let place = resolved.place(index), place.kind != .nand,
      target.capabilities.contains(.writeRanges), let comparison,
      isEarlier || comparison.method == .digest
    else { return nil }
    let start = target.clock.now
    do {
      let image = try image()
      let exceptions = isEarlier ? resolved.overwritten(index, upTo: finishedBefore) : ByteRanges()
      let runs = try ImageRuns.ranges(of: image, sectorByteCount: place.unit)
        .subtracting(exceptions.wholeUnits(place.unit))
      observer(
        .comparing(
          step: index + 1, name: name, bytes: runs.byteCount, purpose: isEarlier ? .resume : .delta))
      var search = try DifferenceSearch(comparison, image, runs: runs, at: place.range, unit: place.unit) {
        [observer] bytes in observer(.progressed(step: index + 1, bytes: bytes))
      }
      // What was cut off is missing from somewhere on.
      let isCutOff = isEarlier && index == finishedBefore && !options.isDelta
      let missing = isCutOff ? try await search.fromTheFirst() : try await search.all()
      observer(.compared(step: index + 1, name: name, differing: missing.byteCount))
      report.comparing += target.clock.now - start
      return missing
    } catch {
      throw failure(index, "compare", error)
    }
  }
}
