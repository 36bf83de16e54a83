import USBWire
import WireFormat

/// The Download Agent of a simulated MediaTek device: what runs there from JUMP_DA until it leaves the bus.
///
/// A state machine without I/O, written from the agent's specification. `SimulatedMediaTek` owns it, shows the descriptors,
/// and knows nothing of what it says. Bulk OUT is a stream of bytes whose pieces mean nothing; each `transmit` is one
/// transfer of the device. Its storage is its own, made with `MediaTekStorage`.
protocol SimulatedAgent: Sendable {
  /// When the agent next does something by itself; `nil` when only the host can make it act.
  var nextWake: Duration? { get }

  /// JUMP_DA has been acknowledged: the agent runs from here on.
  mutating func start(_ start: AgentStart, at now: Duration)
  /// Lets time pass, up to `now`.
  mutating func advance(to now: Duration)
  /// Data from the host. `endsTransfer` says that a short or zero-length packet follows the last of `bytes`.
  mutating func receive(_ bytes: RawSpan, endsTransfer: Bool, at now: Duration) -> ReceiveAnswer
  /// The next transfer for the host. `count` is what the host has room for, a hint.
  mutating func transmit(atMost count: Int, at now: Duration) -> TransmitAnswer
  /// What happened since the last call that is no answer, in order.
  mutating func takeEvents() -> [SimulatedAgentEvent]
  /// The bus was reset, or the device is back from a re-enumeration of its own: transfers under way are lost, the rest
  /// stays as it is.
  mutating func busReset(at now: Duration)
}

/// What an agent gets to know of how it was started.
struct AgentStart: Equatable, Sendable {
  /// Whether a boot ROM started it, so that the memory is not set up; else it was a preloader.
  var isFromBootROM: Bool
  /// Where it was loaded, as the host said.
  var loadAddress: UInt32
  /// The image as it was sent, signature included.
  var image: [UInt8]
  var signatureByteCount: Int
  /// The chip, as the boot ROM answers.
  var hardwareCode: UInt16
  var hardwareSubCode: UInt16
  var hardwareVersion: UInt16
  var softwareVersion: UInt16
  var meID: [UInt8]
  var socID: [UInt8]
  /// Whether the device runs at high speed already.
  var isHighSpeed: Bool
}

/// What an agent does beyond answering.
enum SimulatedAgentEvent: Equatable, Sendable {
  /// It leaves the bus once what it has said has been read, and the device goes on as this.
  case leaves(AgentDeparture)
  /// An image was complete, by the name of the partition or section.
  case imageComplete(type: String, byteCount: UInt64)
  /// It could not keep what it was sent.
  case storageFailed(operation: String, path: String, errno: Int32)
}

/// What becomes of a device that an agent gives up.
enum AgentDeparture: Equatable, Sendable {
  /// It is off.
  case off
  /// It starts anew: into what the model's knob `next-mode` says.
  case restart
  /// It starts anew as a boot ROM that listens.
  case download
  /// It starts anew in fastboot, under another identity.
  case fastboot
  /// The agent goes on: the device comes back at high speed, as the knob `agent-product-id` says, after so long.
  case highSpeed(after: Duration)
}
