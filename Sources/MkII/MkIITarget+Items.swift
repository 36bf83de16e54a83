import FlashCore

extension MkIITarget {
  /// The value of an item as text. Throws `refused` when the device has no such item, `violation(.notText)` when the
  /// value is not printable ASCII.
  public func get(_ item: String) async throws(MkIIError) -> String {
    try await driver.value(of: item).text(of: item)
  }

  /// The value of an item as bytes, without one trailing NUL.
  public func getBytes(_ item: String) async throws(MkIIError) -> [UInt8] {
    try await driver.value(of: item).itemValue()
  }

  /// Sets an item. Throws `refused` when the device does not take it.
  public func tell(_ item: String, _ value: String) async throws(MkIIError) {
    try Self.check(item, isName: true)
    try Self.check(value, isName: false)
    let request = MkIIRequest.tell(item: item, value: value)
    guard request.data.count <= MkIIMessage.maximumDataByteCount else { throw .invalidItem(item) }
    try await driver.exchange(request).requireSuccess()
  }

  /// Sends one PING and returns how long its reply took.
  public func ping() async throws(MkIIError) -> Duration {
    let start = clock.now
    let reply = try await driver.exchange(.ping)
    guard reply.data.isEmpty else {
      throw .violation(.pingCarriesData(byteCount: reply.data.count), request: reply.request.name)
    }
    return clock.now - start
  }

  /// Printable ASCII: names end at the first NUL on the wire, and nobody knows other characters in items.
  static func check(_ text: String, isName: Bool) throws(MkIIError) {
    guard !(isName && text.isEmpty), text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw .invalidItem(text)
    }
  }
}

extension MkIIDriver {
  func value(of item: String) async throws(MkIIError) -> MkIIReply {
    try MkIITarget.check(item, isName: true)
    guard item.utf8.count <= MkIIMessage.maximumDataByteCount else { throw .invalidItem(item) }
    return try await exchange(.get(item: item))
  }

  /// Asks for a restart; a reply lost to the disconnect counts as an acknowledgement.
  func reboot(_ command: String) async throws(MkIIError) {
    let request = MkIIRequest.reboot(command: command)
    do throws(MkIIError) {
      try await exchange(request).requireSuccess()
    } catch {
      switch error {
      case .transfer(.disconnected, _), .transfer(.stalled, _): guard isRequestWritten else { throw error }
      default: throw error
      }
      observer(.notice(code: "mkii.reboot-reply-lost", facts: ["command": command]))
    }
  }
}
