/// Makes a device leave Sahara for one of the older download protocols, without any I/O.
///
/// The commands have no answer worth waiting for: the device leaves. Source: `docs/protocols/sahara.md` 4.1.
public struct SaharaSwitchSession: Sendable {
  private enum State: Equatable {
    case entering
    case executing
    case finished
  }

  private let command: SaharaClientCommand
  private let policy: SaharaPolicy
  private var state: State = .entering

  /// `command` is `switchToDownload` or `switchToStreamingDownload`.
  public init(_ command: SaharaClientCommand, policy: SaharaPolicy = SaharaPolicy()) {
    self.command = command
    self.policy = policy
  }

  public mutating func start(_ hello: SaharaHello) -> SaharaAction {
    state = .entering
    let version = min(max(hello.version, hello.minimumVersion), SaharaFound.highestVersion)
    return .send(.helloResponse(SaharaHelloResponse(version: version, mode: .command)), limit: policy.packetLimit)
  }

  /// The device is in command mode already.
  public mutating func startReady() -> SaharaAction {
    state = .executing
    return .send(.execute(command), limit: policy.packetLimit)
  }

  public mutating func receive(_ transfer: [UInt8]) throws(SaharaError) -> SaharaAction {
    let name = state == .entering ? SaharaCommand.helloResponse.name : SaharaCommand.execute.name
    let packet = try SaharaTransfer.packet(transfer, during: name)
    switch (state, packet) {
    case (.entering, .commandReady): return startReady()
    case (.executing, .executeResponse(let answered, _)):
      guard answered == command else {
        throw .violation(.otherCommand(asked: command, answered: answered), during: name)
      }
      state = .finished
      return .finish(SaharaPacket.executeData(command).bytes)
    case (.entering, .endOfImage(let end)), (.executing, .endOfImage(let end)): throw .refused(end.status, during: name)
    case (.finished, _): return .finish(nil)
    case (.entering, _), (.executing, _): throw .violation(.unexpected(packet.command), during: name)
    }
  }

  public mutating func silence() throws(SaharaError) -> SaharaAction {
    switch state {
    case .entering: throw .silence(during: SaharaCommand.helloResponse.name, after: policy.packetLimit)
    // It has left without a word.
    case .executing, .finished:
      state = .finished
      return .finish(nil)
    }
  }
}
