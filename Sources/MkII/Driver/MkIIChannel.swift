import FlashCore
import FlashImages
import USBWire

/// A link opened for Mk II: messages one way and the other, and raw image data.
///
/// Over USB these are the bulk pair of interface 1 (alternate setting 1) and a bulk OUT endpoint of another interface;
/// over TCP everything shares one connection. Source: `docs/protocols/mkii.md` 2.5, 3 and 12.
struct MkIIChannel: Sendable {
  static let interface: UInt8 = 1
  static let activeAlternate: UInt8 = 1

  let link: any Link
  let isStream: Bool
  private let output: EndpointAddress
  private let input: EndpointAddress
  /// Where raw data goes; `nil` when the device has no such endpoint.
  let rawOutput: EndpointAddress?

  /// The transport name in SET_SOURCE.
  var transport: String { isStream ? "tcp:raw" : "usb:raw" }

  /// What `info` shows: `EP 02`, `none`, `tcp:raw`.
  var rawDescription: String { isStream ? transport : rawOutput?.description ?? "none" }

  /// Claims the interfaces and selects the alternate setting that has the endpoints.
  static func open(_ link: any Link) async throws(MkIIError) -> MkIIChannel {
    guard case .usb(let device) = link.kind else {
      let stream = EndpointAddress.output(1)
      return MkIIChannel(link: link, isStream: true, output: stream, input: .input(1), rawOutput: stream)
    }
    guard let pair = device.configuration?.setting(activeAlternate, of: interface),
      let output = pair.endpoints.first(where: { !$0.address.isInput && $0.transferType == .bulk })?.address,
      let input = pair.endpoints.first(where: { $0.address.isInput && $0.transferType == .bulk })?.address
    else { throw .noMessageInterface }
    let raw = MkIIRawEndpoint.find(in: device)
    do throws(LinkError) {
      try await link.claim(interface: interface)
      try await link.setAlternate(activeAlternate, of: interface)
      if let raw, raw.interface != interface {
        try await link.claim(interface: raw.interface)
        if raw.alternate != 0 { try await link.setAlternate(raw.alternate, of: raw.interface) }
      }
    } catch {
      throw error == .cancelled ? .cancelled : .transfer(error, during: "open")
    }
    return MkIIChannel(link: link, isStream: false, output: output, input: input, rawOutput: raw?.endpoint)
  }

  /// Sends one message; a zero-length packet ends it where its length does not.
  func send(_ message: [UInt8], limit: Duration) async throws(LinkError) {
    do throws(LinkError) {
      try await link.send(message, to: output, terminated: !isStream, timeout: limit)
    } catch {
      await recover(from: error, of: output)
      throw error
    }
  }

  /// Receives one transfer, or whatever a stream has.
  func receive(limit: Duration) async throws(LinkError) -> [UInt8] {
    do throws(LinkError) {
      return try await link.receive(atMost: MkIIInbox.readByteCount, from: input, timeout: limit).bytes
    } catch {
      await recover(from: error, of: input)
      throw error
    }
  }

  /// Sends the next `byteCount` bytes of an image as raw data.
  func sendRaw(_ image: ImageStream, byteCount: UInt32, policy: MkIIPolicy) async throws(StreamError) {
    guard let rawOutput else { throw .link(.unsupported(feature: "raw endpoint"), accepted: 0) }
    do throws(StreamError) {
      try await link.sendStream(
        image, byteCount: UInt64(byteCount), to: rawOutput, transferSize: policy.transferByteCount,
        idleLimit: policy.rawIdleLimit)
    } catch {
      if case .link(let failure, _) = error { await recover(from: failure, of: rawOutput) }
      throw error
    }
  }

  /// A halted endpoint stays halted into the next session unless its halt is cleared.
  private func recover(from error: LinkError, of endpoint: EndpointAddress) async {
    if case .stalled = error, !isStream { try? await link.clearHalt(endpoint) }
  }

  /// Selects alternate setting 0, which aborts an unfinished image, and closes the link; over TCP closing does both.
  func close() async {
    if !isStream { try? await link.setAlternate(0, of: Self.interface) }
    await link.close()
  }
}
