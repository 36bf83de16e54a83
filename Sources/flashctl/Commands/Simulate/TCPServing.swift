import DeviceSimulator

/// `--tcp`: one device that speaks over a stream of bytes.
struct TCPServing: DeviceServing {
  private let server: SimulatorTCPServer
  private let model: String

  init(_ device: SimulatorConfiguration, at address: ListenAddress, on stage: ServingStage) throws {
    model = device.model
    do throws(SimulatorError) {
      server = try SimulatorTCPServer(
        host: address.host, port: address.port, configuration: device,
        recorder: stage.transfers.map { log in { @Sendable record in log.append(record, of: nil) } },
        observer: { event in
          SimulatorLog.show(event, on: stage.console)
          if let event = OnceWatch.Event(event) { stage.watch.note(event, at: "") }
        })
    } catch { throw Diagnostic(error, listeningWith: "--tcp") }
  }

  func run(on stage: ServingStage) async {
    if !server.isLoopback { stage.warnOfStrangers("TCP", at: server.address, port: server.port) }
    stage.ready(.tcp(address: server.address, model: model))
    await server.run()
  }
}

extension OnceWatch.Event {
  init?(_ event: SimulatorServerEvent) {
    switch event {
    case .connected: self = .began
    case .disconnected: self = .ended
    case .device(.left(let returnAfter)): self = .deviceLeft(isForGood: returnAfter == nil)
    case .device(.returned): self = .deviceReturned
    case .device, .refused: return nil
    }
  }
}
