import MediaTek

/// What a simulated device is in the middle of.
extension BootROMSimulation {
  /// Fields of a command that are still to come.
  struct Parameters: Sendable {
    var purpose: Purpose
    /// Bytes of each.
    var widths: [Int]
    var isEchoed = true
    var fields: [[UInt8]] = []
    var partial: [UInt8] = []

    enum Purpose: Equatable, Sendable {
      case command(BootROMOpcode)
      /// The 64 behind JUMP_DA64.
      case jump64(UInt32)
      case responseLength
      case imageChecksum
    }

    func number(_ index: Int) -> UInt32 {
      fields.indices.contains(index) ? fields[index].reduce(0) { $0 << 8 | UInt32($1) } : 0
    }
  }

  struct Writing: Sendable {
    var address: UInt32
    var width: Int
    var left: UInt32
    var isEchoed = true
    var hasStatus = true
    var partial: [UInt8] = []
  }

  struct Receiving: Sendable {
    enum Kind: Equatable, Sendable {
      case agent(address: UInt32, signatureByteCount: Int)
      case authentication
      case certificate
      case environment
      case image(String)
      case response
      /// Old chips: memory, pairs of bytes swapped.
      case block(UInt32)
    }

    var kind: Kind
    var byteCount: Int
    var content: [UInt8] = []
  }

  /// What is on its way to the host.
  enum Outgoing: Sendable {
    case bytes([UInt8], isBlock: Bool)
    case reading(Reading)
  }

  /// Values that are read as the host takes them, however many it has asked for.
  struct Reading: Sendable {
    var address: UInt32
    var width: Int
    var left: UInt32
    var endsWithStatus: Bool
  }
}
