/// The transfers of a link that are being used, so that closing it can end them first.
final class TransferRegistry: Sendable {
  private struct State {
    var isClosed = false
    var active: [ObjectIdentifier: USBTransfer] = [:]
    var waiter: CheckedContinuation<Void, Never>?
  }
  private let state = Locked(State())

  /// `false` when the link is closed.
  func enter(_ transfer: USBTransfer) -> Bool {
    state.withLock { state in
      if !state.isClosed { state.active[ObjectIdentifier(transfer)] = transfer }
      return !state.isClosed
    }
  }

  func leave(_ transfer: USBTransfer) {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      state.active[ObjectIdentifier(transfer)] = nil
      guard state.active.isEmpty else { return nil }
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Lets no more transfers in, cancels those that are, and waits until the last has left. Returns `false`, at once,
  /// when somebody else has closed or closes.
  func close() async -> Bool {
    let transfers = state.withLock { state -> [USBTransfer]? in
      guard !state.isClosed else { return nil }
      state.isClosed = true
      return Array(state.active.values)
    }
    guard let transfers else { return false }
    for transfer in transfers { transfer.cancel() }
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state -> Bool in
        if !state.active.isEmpty { state.waiter = continuation }
        return state.active.isEmpty
      }
      if isIdle { continuation.resume() }
    }
    return true
  }
}
