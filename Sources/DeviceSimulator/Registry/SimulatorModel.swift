/// One device that can be simulated, as data: for `flashctl simulate --list` and for checking what a user wrote.
public struct SimulatorModel: Sendable {
  /// What users write: `rx51`.
  public let name: String
  /// What it imitates, in one line.
  public let summary: String
  /// The family whose protocol it speaks: `mkii`.
  public let family: String
  public let knobs: [SimulatorKnob]
  public let quirks: [SimulatorQuirk]
  /// The ways in which it can be served.
  public let servings: [SimulatorServing]

  /// Checks settings and quirks without touching anything outside.
  let check: @Sendable (SimulatorConfiguration) throws(SimulatorError) -> Void
  /// Makes the device, with its storage.
  let make: @Sendable (SimulatorConfiguration, SimulatorServing) throws(SimulatorError) -> any SimulatedDevice
  /// Files that hosts need to use the device, made for it: agents, packages; `nil` where it needs none.
  var fixtures: (@Sendable () throws(SimulatorError) -> [SimulatorFixture])?

  /// Makes the files that hosts need to use the device; none where it needs none.
  public func makeFixtures() throws(SimulatorError) -> [SimulatorFixture] { try fixtures?() ?? [] }
}

/// A file that goes with a simulated device.
public struct SimulatorFixture: Equatable, Sendable {
  /// In the fixtures' folder: `DA.bin`, `package/boot.img`.
  public var path: String
  public var content: [UInt8]
  /// Whether it is a program for the host.
  public var isExecutable = false
}

/// A setting of a model: `--set NAME=VALUE`.
public struct SimulatorKnob: Equatable, Sendable {
  public let name: String
  /// The value it has unless set, as users write it.
  public let defaultValue: String
  /// What can be written: the values, or their form.
  public let allowed: [String]
  public let help: String
}

/// A misbehaviour that can be switched on: `--quirk NAME`, or `--quirk NAME:ARGUMENT`.
public struct SimulatorQuirk: Equatable, Sendable {
  public let name: String
  /// What stands after the colon, in capitals; `nil` when it takes no argument.
  public let argument: String?
  public let help: String

  /// How it is written: `drop-reply:N`.
  public var usage: String { argument.map { name + ":" + $0 } ?? name }
}

/// A way in which a simulated device can be reached.
public enum SimulatorServing: String, Equatable, Sendable, CaseIterable {
  /// Inside the program, as `--device sim:MODEL`.
  case inProcess = "in-process"
  /// A USB device of its own: over USB/IP, or attached to this machine's `vhci_hcd`.
  case usb
  /// A stream of bytes over TCP.
  case tcp
  /// A stream of bytes over a pseudo-terminal.
  case pty
}
