/// Something that goes wrong at one transfer: `KIND@N` or `KIND@byte:X`.
///
/// **What is counted.** `N` counts from 1: bulk and interrupt transfers with data, and class or vendor control requests
/// with a data stage, in the order in which they take place: OUT when the host starts it, IN when the device has data
/// for it. One message of the device is one IN transfer, however the host cuts its reads. Not counted are standard
/// requests (how often a host reads descriptors is its own affair), transfers of zero length, and the zero-length
/// packet that ends a transfer. Over TCP each message is one transfer, and so is each announced block of raw data.
///
/// `byte:X` names the transfer that carries byte `X`, from 0, of all bulk data in both directions; it does not depend
/// on how a host cuts a stream into transfers.
///
/// **What happens.**
/// * `drop`: OUT data never reaches the device, though the host sees them sent; IN data never reach the host.
/// * `corrupt`: all bits of one byte are inverted: byte `X`, or the middle byte of transfer `N`.
/// * `delay=MS`: the transfer takes that much longer.
/// * `stall`: the endpoint halts before a byte has moved; IN data is still there once the halt is cleared. A stream has
///   no halts: over TCP the device stops reading and answering until the connection is closed.
/// * `disconnect`: the cable is pulled before a byte has moved, and put back a second later. Over TCP the connection is
///   closed, and the device answers again a second later.
///
/// A fault strikes once.
public struct Fault: Equatable, Sendable {
  public enum Kind: Equatable, Sendable {
    case drop
    case corrupt
    case delay(Duration)
    case stall
    case disconnect
  }

  public enum Trigger: Equatable, Sendable {
    /// The n-th transfer, from 1.
    case transfer(UInt64)
    /// The transfer that carries this byte of bulk data, from 0.
    case byte(UInt64)
  }

  public var kind: Kind
  public var trigger: Trigger
  /// As it was written.
  public var text: String

  /// How long a pulled cable stays out.
  static let timeUnplugged: Duration = .seconds(1)

  /// Throws `SimulatorError.badFault` with the part that is wrong.
  public init(parsing text: String) throws(SimulatorError) {
    let halves = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard halves.count == 2 else { throw .badFault(text: text, part: .trigger) }
    kind = try Self.kind(halves[0], in: text)
    trigger = try Self.trigger(halves[1], in: text)
    self.text = text
  }

  private static func kind(_ word: Substring, in text: String) throws(SimulatorError) -> Kind {
    switch word {
    case "drop": return .drop
    case "corrupt": return .corrupt
    case "stall": return .stall
    case "disconnect": return .disconnect
    default:
      guard word.hasPrefix("delay=") else { throw .badFault(text: text, part: .kind) }
      guard let milliseconds = UInt32(word.dropFirst("delay=".count)) else {
        throw .badFault(text: text, part: .milliseconds)
      }
      return .delay(.milliseconds(Int64(milliseconds)))
    }
  }

  private static func trigger(_ word: Substring, in text: String) throws(SimulatorError) -> Trigger {
    if word.hasPrefix("byte:") {
      guard let byte = ByteCount(knobText: String(word.dropFirst("byte:".count))) else {
        throw .badFault(text: text, part: .byte)
      }
      return .byte(byte.value)
    }
    guard let number = UInt64(word), number > 0 else { throw .badFault(text: text, part: .trigger) }
    return .transfer(number)
  }
}
