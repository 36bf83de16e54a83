import FlashCore
import WireFormat

/// Reading over links that keep several transfers in flight.
extension XFlashDriver {
  /// Goes on with a read whose data are due, to its end.
  func readAhead(
    _ session: XFlashReading, _ action: XFlashAction, into output: XFlashOutput, wish: XFlashData.Wish
  ) async -> Outcome<XFlashReading> {
    let (payloads, feed) = AsyncStream<[UInt8]>.makeStream()
    let ahead = XFlashReadAhead(
      session, action, output: output, wish: wish, policy: policy, observer: observer, say: { feed.yield($0) })
    async let unsaid = say(payloads, during: session.name)
    let unheard = await hear(ahead)
    feed.finish()
    let failure = await unsaid ?? (ahead.isOver ? ahead.error : unheard)
    return Outcome(session: ahead.session, error: failure)
  }

  /// Sends payloads as they come; why one could not be sent. Nothing is sent behind that.
  private func say(_ payloads: AsyncStream<[UInt8]>, during name: String) async -> XFlashError? {
    for await payload in payloads {
      do throws(XFlashError) { try await send(payload, during: name) } catch { return error }
    }
    return nil
  }

  private func hear(_ ahead: XFlashReadAhead) async -> XFlashError? {
    let name = ahead.session.name
    observer(.waiting(for: .reply(request: name)))
    do throws(StreamError) {
      try await channel.read(
        into: ahead, transferByteCount: policy.receiveTransferByteCount, idleLimit: policy.dataLimit)
      return nil
    } catch {
      switch error {
      case .link(let error, _): return XFlashError(error, during: name)
      case .image(let error): return .output(error)
      }
    }
  }
}
