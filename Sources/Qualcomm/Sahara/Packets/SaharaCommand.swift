/// The packets of Sahara, by the number in their first word. Source: `docs/protocols/sahara.md` 2.2.
public enum SaharaCommand: UInt32, Sendable, CaseIterable {
  case hello = 0x01
  case helloResponse = 0x02
  case readData = 0x03
  case endOfImage = 0x04
  case done = 0x05
  case doneResponse = 0x06
  case reset = 0x07
  case resetResponse = 0x08
  case memoryDebug = 0x09
  case memoryRead = 0x0A
  case commandReady = 0x0B
  case switchMode = 0x0C
  case execute = 0x0D
  case executeResponse = 0x0E
  case executeData = 0x0F
  case memoryDebug64 = 0x10
  case memoryRead64 = 0x11
  case readData64 = 0x12
  case resetStateMachine = 0x13
  /// Named in several code bases, its layout in none.
  case writeData = 0x14

  /// The name as the field writes it.
  public var name: String {
    switch self {
    case .hello: "HELLO"
    case .helloResponse: "HELLO_RSP"
    case .readData: "READ_DATA"
    case .endOfImage: "END_OF_IMAGE_TX"
    case .done: "DONE"
    case .doneResponse: "DONE_RSP"
    case .reset: "RESET"
    case .resetResponse: "RESET_RSP"
    case .memoryDebug: "MEMORY_DEBUG"
    case .memoryRead: "MEMORY_READ"
    case .commandReady: "CMD_READY"
    case .switchMode: "CMD_SWITCH_MODE"
    case .execute: "CMD_EXEC"
    case .executeResponse: "CMD_EXEC_RSP"
    case .executeData: "CMD_EXEC_DATA"
    case .memoryDebug64: "MEMORY_DEBUG_64"
    case .memoryRead64: "MEMORY_READ_64"
    case .readData64: "READ_DATA_64"
    case .resetStateMachine: "RESET_STATE_MACHINE"
    case .writeData: "WRITE_DATA"
    }
  }

  /// The length of the packet in bytes; `nil` for the one whose layout nobody knows.
  public var byteCount: Int? {
    switch self {
    case .hello, .helloResponse: 0x30
    case .readData: 0x14
    case .endOfImage, .memoryDebug, .memoryRead, .executeResponse: 0x10
    case .done, .reset, .resetResponse, .commandReady, .resetStateMachine: 0x08
    case .doneResponse, .switchMode, .execute, .executeData: 0x0C
    case .memoryDebug64, .memoryRead64: 0x18
    case .readData64: 0x20
    case .writeData: nil
    }
  }

  /// Whether the device sends it; `nil` for the one that nobody knows.
  public var isFromDevice: Bool? {
    switch self {
    case .hello, .readData, .readData64, .endOfImage, .doneResponse, .resetResponse, .memoryDebug, .memoryDebug64,
      .commandReady, .executeResponse:
      true
    case .helloResponse, .done, .reset, .memoryRead, .memoryRead64, .switchMode, .execute, .executeData,
      .resetStateMachine:
      false
    case .writeData: nil
    }
  }
}
