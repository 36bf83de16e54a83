import Glibc

/// Two pieces of memory that one call sends or fills.
@safe struct SocketVectors {
  private var pieces: (iovec, iovec)

  init(_ first: UnsafeMutableRawBufferPointer, _ second: UnsafeMutableRawBufferPointer) {
    unsafe pieces = (
      iovec(iov_base: first.baseAddress, iov_len: first.count),
      iovec(iov_base: second.baseAddress, iov_len: second.count)
    )
  }

  /// How many bytes were sent, or −1 with errno set. `isFollowed`: more is sent right behind, with which the end of this may
  /// leave.
  func send(to descriptor: Int32, isFollowed: Bool = false) -> Int {
    let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT) | (isFollowed ? Int32(MSG_MORE) : 0)
    return unsafe withMessage { unsafe sendmsg(descriptor, $0, flags) }
  }

  /// How many bytes were received, the first piece first; 0 at the end, −1 with errno set.
  func receive(from descriptor: Int32) -> Int {
    unsafe withMessage { unsafe recvmsg(descriptor, $0, Int32(MSG_DONTWAIT)) }
  }

  private func withMessage(_ body: (UnsafeMutablePointer<msghdr>) -> Int) -> Int {
    var pieces = unsafe pieces
    return unsafe withUnsafeMutablePointer(to: &pieces) { pointer in
      unsafe pointer.withMemoryRebound(to: iovec.self, capacity: 2) { vectors in
        var message = unsafe msghdr()
        unsafe message.msg_iov = vectors
        unsafe message.msg_iovlen = 2
        return unsafe body(&message)
      }
    }
  }
}
