import DeviceSimulator

/// `--pty`: one device that speaks over a serial port.
struct PTYServing: DeviceServing {
  private let server: SimulatorPTYServer
  private let model: String

  init(_ device: SimulatorConfiguration, on stage: ServingStage) throws {
    model = device.model
    do throws(SimulatorError) {
      server = try SimulatorPTYServer(
        configuration: device,
        recorder: stage.transfers.map { log in { @Sendable record in log.append(record, of: nil) } },
        observer: { event in
          SimulatorLog.show(event, on: stage.console)
          if let event = OnceWatch.Event(event) { stage.watch.note(event, at: "") }
        })
    } catch { throw Diagnostic(error, listeningWith: "--pty") }
  }

  func run(on stage: ServingStage) async {
    stage.ready(.pty(path: server.path, model: model))
    await server.run()
  }
}
