/// Why a simulated device could not be made or served. Carries facts; the program writes the sentence.
public enum SimulatorError: Error, Equatable, Sendable {
  case unknownModel(name: String, known: [String])
  case unknownKnob(name: String, known: [String])
  /// `allowed` lists the values, or describes them as a form: `0…9999`, `BYTES[K|M|G]`.
  case badValue(knob: String, value: String, allowed: [String])
  case unknownQuirk(name: String, known: [String])
  /// `allowed` is the form of the quirk's argument; empty when it takes none.
  case badQuirkArgument(quirk: String, argument: String, allowed: [String])
  case badFault(text: String, part: FaultPart)
  /// The storage folder cannot be used; `errno` is the system's number.
  case storage(operation: String, path: String, errno: Int32)
  /// The model cannot be served in this way.
  case notServed(model: String, way: SimulatorServing)
  /// The system failed an operation on a socket.
  case socket(operation: String, address: String, errno: Int32)
  /// The host name or address of the place to listen at means nothing; `code` is getaddrinfo's.
  case badAddress(host: String, code: Int32)

  /// What is wrong with a fault's text.
  public enum FaultPart: String, Equatable, Sendable {
    /// Not one of `drop`, `corrupt`, `delay=MS`, `stall`, `disconnect`.
    case kind
    /// `delay=` without a number of milliseconds.
    case milliseconds
    /// Neither `@N`, from 1, nor `@byte:X`.
    case trigger
    /// `byte:` without an offset.
    case byte
  }
}
