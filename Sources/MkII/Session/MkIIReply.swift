import WireFormat

/// The data of a reply that has been matched to its request.
public struct MkIIReply: Equatable, Sendable {
  /// The request it answers.
  public var request: MkIIMessageType
  /// The reply's data: for every type but PING a status byte comes first.
  public var data: [UInt8]

  public init(to request: MkIIMessageType, data: [UInt8]) {
    self.request = request
    self.data = data
  }

  /// Checks the status byte, and that a success has at least `count` bytes of data with it.
  ///
  /// Throws `refused` with the device's code (11.1), or `violation(.shortReply)`.
  public func requireSuccess(atLeast count: Int = 1) throws(MkIIError) {
    if let first = data.first, first != 0 {
      throw .refused(request: request.name, code: MkIIStatusCode(rawValue: first))
    }
    guard data.count >= count else {
      throw .violation(.shortReply(received: data.count, needed: count), request: request.name)
    }
  }

  /// The value of an item: what follows the status, without one trailing NUL (section 7).
  public func itemValue() throws(MkIIError) -> [UInt8] {
    try requireSuccess()
    return Array(data.last == 0 && data.count > 1 ? data.dropFirst().dropLast() : data.dropFirst())
  }

  /// The value of an item that must be text: printable ASCII, perhaps empty.
  public func text(of item: String) throws(MkIIError) -> String {
    let value = try itemValue()
    guard value.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw .violation(.notText(item: item, prefix: Array(value.prefix(32))), request: request.name)
    }
    return String(decoding: value, as: UTF8.self)
  }
}
