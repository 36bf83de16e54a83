import WireFormat

/// Gets at the table of a crashed device's memory regions, without any I/O.
///
/// Once it has finished, memory is read range by range (`SaharaChunks`, `SaharaDataReceiver`), in the width of the table.
/// Source: `docs/protocols/sahara.md` 5.
public struct SaharaMemorySession: Sendable {
  private enum State: Equatable {
    /// HELLO_RSP(2) has been sent.
    case entering
    /// MEMORY_READ of the table has been sent.
    case reading(SaharaMemoryRange, SaharaDataReceiver)
    case finished
  }

  private let policy: SaharaPolicy
  private var state: State = .finished
  private var bytes: [UInt8] = []

  public private(set) var table: SaharaRegionTable?

  public init(policy: SaharaPolicy = SaharaPolicy()) { self.policy = policy }

  /// A device that wants an image is in no crash dump, and is not asked for its memory.
  public mutating func start(_ hello: SaharaHello) throws(SaharaError) -> SaharaAction {
    guard hello.mode == .memoryDebug else { throw .wrongMode(device: hello.mode, needed: .memoryDebug) }
    state = .entering
    let version = max(2, hello.minimumVersion)
    return .send(
      .helloResponse(SaharaHelloResponse(version: version, mode: .memoryDebug)), limit: policy.packetLimit)
  }

  /// The device is past HELLO, which somebody else had read.
  public mutating func start(with packet: SaharaPacket) throws(SaharaError) -> SaharaAction {
    state = .entering
    return try receive(packet)
  }

  public mutating func receive(_ transfer: [UInt8]) throws(SaharaError) -> SaharaAction {
    switch state {
    case .entering:
      guard !transfer.isEmpty else { return wait() }
      return try receive(try SaharaTransfer.packet(transfer, during: SaharaCommand.memoryDebug.name))
    case .reading(let range, let data): return try receive(transfer, of: range, data)
    case .finished: return .finish(nil)
    }
  }

  private mutating func receive(_ packet: SaharaPacket) throws(SaharaError) -> SaharaAction {
    switch packet {
    case .memoryDebug(let range):
      guard SaharaRegionTable.isPlausible(byteCount: range.length, width: range.width) else {
        throw .invalidTable(.invalid(field: "table length", at: 0, value: range.length))
      }
      state = .reading(range, SaharaDataReceiver(expected: range.length))
      return .send(.memoryRead(range), limit: policy.packetLimit)
    case .endOfImage(let end): throw .refused(end.status, during: SaharaCommand.helloResponse.name)
    default: throw .violation(.unexpected(packet.command), during: SaharaCommand.memoryDebug.name)
    }
  }

  private mutating func receive(
    _ transfer: [UInt8], of range: SaharaMemoryRange, _ data: SaharaDataReceiver
  ) throws(SaharaError) -> SaharaAction {
    var data = data
    do throws(SaharaDataReceiver.Failure) { try data.receive(transfer) } catch {
      switch error {
      case .refused(let status):
        throw .memoryRefused(address: range.address, length: range.length, status: status)
      case .excess(let received):
        throw .violation(.excessData(received: received, expected: data.expected), during: "region table")
      }
    }
    bytes += transfer
    state = .reading(range, data)
    guard data.isComplete else { return wait() }
    do throws(WireError) {
      table = try SaharaRegionTable(parsing: bytes.rawSpan, width: range.width)
    } catch {
      throw .invalidTable(error)
    }
    state = .finished
    return .finish(nil)
  }

  /// Nothing came within the limit.
  public mutating func silence() throws(SaharaError) -> SaharaAction {
    switch state {
    case .entering: throw .silence(during: SaharaCommand.memoryDebug.name, after: policy.packetLimit)
    case .reading(let range, let data):
      guard data.received > 0 else { throw .silence(during: "region table", after: policy.packetLimit) }
      throw .shortMemory(address: range.address, received: data.received, expected: data.expected)
    case .finished: return .finish(nil)
    }
  }

  private func wait() -> SaharaAction {
    let isEntering = state == .entering
    return .exchange(
      nil, name: isEntering ? SaharaCommand.memoryDebug.name : "region table", limit: policy.packetLimit)
  }
}
