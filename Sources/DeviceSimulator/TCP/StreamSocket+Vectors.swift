import Glibc

/// Reads and writes of two pieces of memory in one call.
extension StreamSocket {
  /// Fills `first`, then `second`, with what is there.
  func receive(
    into first: UnsafeMutableRawBufferPointer, then second: UnsafeMutableRawBufferPointer
  ) -> Progress {
    var pieces = unsafe (
      iovec(iov_base: first.baseAddress, iov_len: first.count),
      iovec(iov_base: second.baseAddress, iov_len: second.count)
    )
    let descriptor = descriptor
    let count = unsafe withUnsafeMutableBytes(of: &pieces) { memory in
      unsafe readv(descriptor, memory.assumingMemoryBound(to: iovec.self).baseAddress, 2)
    }
    return count == 0 ? .closed : progress(count)
  }

  /// Sends `first` and then `second`, as far as they are taken.
  func send(_ first: ArraySlice<UInt8>, then second: ArraySlice<UInt8>) -> Progress {
    guard !second.isEmpty else { return send(first) }
    let descriptor = descriptor
    let count = unsafe first.withUnsafeBytes { first in
      unsafe second.withUnsafeBytes { second in
        unsafe Self.send(descriptor, first, second)
      }
    }
    return progress(count)
  }

  private static func send(
    _ descriptor: Int32, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
  ) -> Int {
    // The kernel only reads what it is to send.
    var pieces = unsafe (
      iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count),
      iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count)
    )
    return unsafe withUnsafeMutableBytes(of: &pieces) { memory in
      var message = unsafe msghdr()
      unsafe message.msg_iov = memory.assumingMemoryBound(to: iovec.self).baseAddress
      unsafe message.msg_iovlen = 2
      return unsafe sendmsg(descriptor, &message, Int32(MSG_NOSIGNAL))
    }
  }

  /// Says that nothing more will be sent; what has been sent still arrives.
  func finishSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }
}
