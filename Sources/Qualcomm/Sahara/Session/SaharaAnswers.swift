import WireFormat

/// What a device told in command mode.
public struct SaharaAnswers: Equatable, Sendable {
  /// A question that the device did not answer.
  public struct Refusal: Equatable, Sendable {
    public var question: SaharaClientCommand
    public var status: SaharaStatus

    public init(question: SaharaClientCommand, status: SaharaStatus) {
      self.question = question
      self.status = status
    }
  }

  /// Answers as they came.
  public var data: [SaharaClientCommand: [UInt8]] = [:]
  public var refusals: [Refusal] = []
  /// Why the device does not offer command mode.
  public var modeRefusal: SaharaStatus?
  /// A HELLO that has been read and waits for its answer.
  public var hello: SaharaHello?
  /// The device sends HELLO next, which nobody has read yet.
  public var isHelloDue = false
  /// The device is in its error state and does not come back by itself.
  public var isStuck = false

  public init() {}

  public var serialNumber: UInt32? { word(of: .serialNumber) }
  public var softwareVersion: UInt32? { word(of: .softwareVersion) }

  public var chip: SaharaChipIdentity? {
    data[.hardwareID].flatMap(SaharaChipIdentity.init(hardwareID:))
      ?? data[.chipID].flatMap(SaharaChipIdentity.init(chipID:))
  }

  public var keyHash: SaharaKeyHash? { data[.keyHash].flatMap { $0.isEmpty ? nil : SaharaKeyHash(normalising: $0) } }

  /// The commands that the device knows.
  public var commandList: [SaharaClientCommand]? {
    data[.commandList].map { bytes in
      stride(from: 0, to: bytes.count - bytes.count % 4, by: 4).compactMap { offset in
        (try? bytes.rawSpan.load(littleEndian: UInt32.self, at: offset)).map(SaharaClientCommand.init(rawValue:))
      }
    }
  }

  private func word(of question: SaharaClientCommand) -> UInt32? {
    data[question].flatMap { try? $0.rawSpan.load(littleEndian: UInt32.self, at: 0) }
  }
}
