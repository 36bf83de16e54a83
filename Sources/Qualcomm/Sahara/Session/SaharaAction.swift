import WireFormat

/// What a session wants done next. Every input returns exactly one.
public enum SaharaAction: Equatable, Sendable {
  /// Send this, where there is something to send, as one transfer without a zero-length packet; then give the next
  /// transfer to `receive`, or call `silence` when none came within `limit`. `name` is for traces and errors.
  case exchange([UInt8]?, name: String, limit: Duration)
  /// Send exactly this range of an image, filled up with FF, then call `imageSent`.
  case sendImage(SaharaImageRange)
  /// The session is over. What is to be sent last needs no answer.
  case finish([UInt8]?)

  static func send(_ packet: SaharaPacket, limit: Duration) -> SaharaAction {
    .exchange(packet.bytes, name: packet.command.name, limit: limit)
  }
}

/// A part of an image that a device has asked for.
public struct SaharaImageRange: Equatable, Sendable {
  /// The place of the image among those that were given.
  public var image: Int
  public var imageID: UInt64
  /// In bytes from the image's start.
  public var offset: UInt64
  /// Bytes of the image.
  public var length: UInt64
  /// Bytes of FF behind them.
  public var padding: UInt64

  public init(image: Int, imageID: UInt64, offset: UInt64, length: UInt64, padding: UInt64 = 0) {
    self.image = image
    self.imageID = imageID
    self.offset = offset
    self.length = length
    self.padding = padding
  }
}

/// Reads what a transfer says where a packet is due.
enum SaharaTransfer {
  static func packet(_ transfer: [UInt8], during name: String) throws(SaharaError) -> SaharaPacket {
    do throws(SaharaPacketError) { return try SaharaPacket(parsing: transfer.rawSpan) } catch {
      throw .violation(.packet(error), during: name)
    }
  }

  /// Whether the transfer is from a Firehose programmer.
  static func isXML(_ transfer: [UInt8]) -> Bool {
    let text = transfer.drop { $0 == 0 || $0 == 0x20 || $0 == 0x0A || $0 == 0x0D }
    return text.starts(with: Array("<?xml".utf8)) || text.starts(with: Array("<data".utf8))
  }
}
