import Qualcomm

/// Command mode and memory debug: the host asks. Source: `docs/protocols/sahara.md` 4 and 5.
extension SaharaSimulation {
  mutating func execute(_ command: SaharaClientCommand) {
    if let status = settings.refusals[command] { return fail(status) }
    if command == .switchToDownload || command == .switchToStreamingDownload {
      guard settings.answers[command] != nil else { return fail(.commandNotSupported) }
      say(.executeResponse(command, byteCount: 0))
      state = .left
      outcome = .switched(command)
      return
    }
    guard let answer = settings.answers[command] else { return fail(.commandNotSupported) }
    say(.executeResponse(command, byteCount: UInt32(clamping: answer.count)))
    state = .awaitingExecuteData(command)
  }

  mutating func deliver(_ command: SaharaClientCommand, asked other: SaharaClientCommand) {
    guard command == other else { return fail(.commandMismatch) }
    state = .command
    if let answer = settings.answers[command], !answer.isEmpty { sayData(answer) }
  }

  mutating func switchMode(_ mode: SaharaMode) {
    guard [.imageTransferPending, .memoryDebug, .command].contains(mode) else { return fail(.invalidModeSwitch) }
    state = .awaitingHelloResponse
    if !quirks.ignoresSwitchMode { sayHello() }
  }

  mutating func read(_ range: SaharaMemoryRange) {
    guard let memory = settings.memory, range.width == memory.width, memory.allows(range) else {
      return fail(.memoryReadRefused)
    }
    let isTable = range.address == memory.tableAddress
    if !isTable { pieceCount += 1 }
    if !isTable, quirks.refusesPiece?.value == pieceCount { return fail(.memoryReadRefused) }
    let isShort = !isTable && quirks.shortensPiece?.value == pieceCount
    memoryReader = SaharaMemoryReader(
      memory: memory, address: range.address, left: isShort ? range.length / 2 : range.length,
      pieceByteCount: quirks.splitsPieces ? 1000 : 1 << 20, isSplit: quirks.splitsPieces)
  }
}
