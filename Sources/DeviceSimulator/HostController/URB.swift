import USBWire

/// A transfer that a host wants made, on its way through a `HostController`.
struct URB: Sendable {
  /// Number, endpoint, length and flags, as the host gave them.
  let request: USBIPSubmit
  /// The data of a transfer to the device; `nil` when it has none.
  let payload: URBBuffer?

  init(_ request: USBIPSubmit, payload: URBBuffer? = nil) {
    self.request = request
    self.payload = payload
  }

  /// Bytes of data that the host has handed over with it.
  var heldByteCount: Int { payload == nil ? 0 : request.byteCount }
}

/// How a transfer ended.
struct URBCompletion: Equatable, Sendable {
  var sequence: UInt32
  var status: USBIPStatus
  /// Bytes that were moved.
  var byteCount: Int
  /// The data of a transfer from the device, `byteCount` of them; else empty.
  var data: [UInt8]
}
