/// What expressions come to.
extension DiskExpression {
  /// The value on a disk of `sectors` sectors, or `blocks` erase blocks; `crc32` reads the disk where that is asked for
  /// (a range outside of it is for `crc32` to refuse).
  ///
  /// Throws `DiskExpressionError`, and what `crc32` throws.
  public func evaluate(
    sectors: UInt64?, blocks: UInt64? = nil, crc32: (ChecksumRange) throws -> UInt32
  ) throws -> UInt64 {
    var stack: [Int128] = []
    for step in steps {
      switch step {
      case .number(let value): stack.append(Int128(value))
      case .sectorCount: stack.append(Int128(try Self.known(sectors, else: .unknownSectorCount)))
      case .blockCount: stack.append(Int128(try Self.known(blocks, else: .unknownBlockCount)))
      case .checksum:
        let (sector, count) = try Self.operands(&stack)
        let range = ChecksumRange(sector: try Self.unsigned(sector), byteCount: try Self.unsigned(count))
        stack.append(Int128(try crc32(range)))
      case .add, .subtract, .multiply, .divide:
        let (left, right) = try Self.operands(&stack)
        stack.append(try Self.combine(left, step, right))
      }
    }
    guard let result = stack.last else { throw DiskExpressionError.empty }
    return try Self.unsigned(result)
  }

  /// The value of an expression without `CRC32`.
  public func evaluate(sectors: UInt64?, blocks: UInt64? = nil) throws(DiskExpressionError) -> UInt64 {
    do {
      return try evaluate(sectors: sectors, blocks: blocks) { _ in throw DiskExpressionError.checksumUnavailable }
    } catch let error as DiskExpressionError {
      throw error
    } catch {
      throw .checksumUnavailable
    }
  }

  /// Every stretch that a `CRC32` of the expression covers, in order: for callers that have to fetch them first.
  public func checksumRanges(sectors: UInt64?, blocks: UInt64? = nil) throws(DiskExpressionError) -> [ChecksumRange] {
    var ranges: [ChecksumRange] = []
    do {
      _ = try evaluate(sectors: sectors, blocks: blocks) { range in
        ranges.append(range)
        // Any value will do: ranges inside ranges do not parse. Zero could be divided by.
        return 1
      }
    } catch DiskExpressionError.negative where containsCRC32 {
      // The stand-in for a checksum is small; the ranges are all there.
    } catch let error as DiskExpressionError {
      throw error
    } catch {
      throw .checksumUnavailable
    }
    return ranges
  }

  private static func known(_ value: UInt64?, else error: DiskExpressionError) throws(DiskExpressionError) -> UInt64 {
    guard let value else { throw error }
    return value
  }

  private static func unsigned(_ value: Int128) throws(DiskExpressionError) -> UInt64 {
    guard value >= 0 else { throw .negative }
    guard let result = UInt64(exactly: value) else { throw .overflow }
    return result
  }

  private static func operands(_ stack: inout [Int128]) throws(DiskExpressionError) -> (Int128, Int128) {
    guard let right = stack.popLast(), let left = stack.popLast() else { throw .empty }
    return (left, right)
  }

  private static func combine(_ left: Int128, _ step: Step, _ right: Int128) throws(DiskExpressionError) -> Int128 {
    let (result, overflows): (Int128, Bool)
    switch step {
    case .add: (result, overflows) = left.addingReportingOverflow(right)
    case .subtract: (result, overflows) = left.subtractingReportingOverflow(right)
    case .multiply: (result, overflows) = left.multipliedReportingOverflow(by: right)
    default:
      guard right != 0 else { throw .divisionByZero }
      (result, overflows) = left.dividedReportingOverflow(by: right)
    }
    guard !overflows else { throw .overflow }
    return result
  }
}
