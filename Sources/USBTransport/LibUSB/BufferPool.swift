/// The transfer buffers of one link: allocated once, used again and again.
final class BufferPool: Sendable {
  private struct State {
    var isClosed = false
    var free: [TransferBuffer] = []
  }

  /// Buffers kept for later.
  private let limit: Int
  private let allocate: @Sendable (Int) -> TransferBuffer?
  private let state = Locked(State())

  init(limit: Int, allocate: @escaping @Sendable (Int) -> TransferBuffer?) {
    self.limit = limit
    self.allocate = allocate
  }

  /// The smallest free buffer that holds `capacity` bytes, or a new one; `nil` when there is no memory left.
  func take(_ capacity: Int) -> TransferBuffer? {
    let found = state.withLock { state -> TransferBuffer? in
      let fitting = state.free.indices.filter { state.free[$0].capacity >= capacity }
      guard let best = fitting.min(by: { state.free[$0].capacity < state.free[$1].capacity }) else { return nil }
      return state.free.remove(at: best)
    }
    return found ?? allocate(capacity)
  }

  /// Takes back a buffer that no transfer uses. When there are too many, the smallest goes.
  func give(_ buffer: TransferBuffer) {
    let surplus = state.withLock { state -> TransferBuffer? in
      guard !state.isClosed else { return buffer }
      state.free.append(buffer)
      guard state.free.count > limit,
        let smallest = state.free.indices.min(by: { state.free[$0].capacity < state.free[$1].capacity })
      else { return nil }
      return state.free.remove(at: smallest)
    }
    // Freed here, outside the lock.
    _ = surplus
  }

  /// Frees everything; buffers that are given back later are freed at once.
  func close() {
    let free = state.withLock { state -> [TransferBuffer] in
      defer { state.free = [] }
      state.isClosed = true
      return state.free
    }
    _ = free
  }
}
