import ArgumentParser
import DeviceSimulator

/// `flashctl simulate`
struct SimulateCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Serve simulated devices.",
    discussion: """
      Tools and scripts can be tried on them without a phone. Prints one line for each device once it can be opened, and runs until Ctrl-C.

      Over USB/IP, which is the default, any Linux machine can use the devices as if they were plugged in, and flashctl needs nothing but the address. Prints `ready usbip ADDRESS:PORT BUSID VID:PID`:

        flashctl simulate rx51 --storage rx51-storage
        flashctl flash firmware.fiasco --device usbip:127.0.0.1/1-1
        usbip attach -r 127.0.0.1 -b 1-1

      With --attach they are devices of this machine, which lsusb lists and drivers bind to; that needs root and the kernel's module vhci-hcd. Prints `ready attach PORTPATH VID:PID`:

        sudo flashctl simulate rx51 --attach
        flashctl flash firmware.fiasco

      Over TCP, for devices whose protocol has such a form. Prints `ready tcp ADDRESS:PORT MODEL`:

        flashctl simulate rx51 --tcp 4000
        flashctl flash firmware.fiasco --device tcp:127.0.0.1:4000

      On a pseudo-terminal, for devices that have a serial port. Prints `ready pty PATH MODEL`:

        flashctl simulate loopback --pty

      Without serving it, `--device sim:rx51` runs the same device inside flashctl.
      """)

  @Argument(help: ArgumentHelp("The models, one for each device (see --list).", valueName: "model"))
  var models: [String] = []

  @Flag(help: "List the models, or those that are named, with their knobs and quirks.") var list = false

  @OptionGroup(title: "Ways of serving") var ways: ServingOptions
  @OptionGroup(title: "The devices") var devices: SimulatedDeviceOptions

  @Option(
    help: ArgumentHelp("Write every transfer to a file, one JSON object a line.", valueName: "file"),
    completion: .file())
  var log: String?

  @Flag(help: "End, with status 0, when the first client has gone.") var once = false

  @Option(
    help: ArgumentHelp(
      "Write the files to this folder that hosts need to use the devices (agents, packages), and serve nothing.",
      valueName: "folder"), completion: .directory)
  var writeFixtures: String?

  @OptionGroup var output: OutputOptions

  mutating func validate() throws {
    guard !list else {
      _ = try listed()
      return
    }
    guard !models.isEmpty else { throw ValidationError("Name a model; `flashctl simulate --list` shows them.") }
    guard writeFixtures == nil else {
      for name in models { _ = try SimulatorRegistry.model(named: name) }
      return
    }
    try ways.checkFit(models: models)
    try devices.check(models: models)
  }

  func execute(_ console: Console) async throws {
    guard !list else { return ModelList.show(try listed(), on: console) }
    if let writeFixtures {
      let models = try models.map { name throws(SimulatorError) in try SimulatorRegistry.model(named: name) }
      return try FixtureFolder(path: writeFixtures).write(for: models, on: console)
    }
    let outputFailure = Ending()
    let transfers = try log.map { try TransferLog(creating: $0, failed: outputFailure) }
    let watch = OnceWatch()
    let stage = ServingStage(console: console, transfers: transfers, watch: watch, outputFailure: outputFailure)
    let serving = try ways.makeServing(of: devices.configurations(for: models, wire: ways.wire), on: stage)
    try await serve(serving, until: once ? watch : nil, on: stage)
    try transfers?.check()
    console.event("result", ["status": "done"])
  }

  /// Those that are named, else all.
  private func listed() throws(SimulatorError) -> [SimulatorModel] {
    guard !models.isEmpty else { return SimulatorRegistry.models }
    return try models.map { name throws(SimulatorError) in try SimulatorRegistry.model(named: name) }
  }

  /// Serves until a signal comes, what is watched for, or the end of what can be written.
  private func serve(_ serving: any DeviceServing, until watch: OnceWatch?, on stage: ServingStage) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await serving.run(on: stage) }
      if let watch { group.addTask { await watch.wait() } }
      group.addTask { await stage.outputFailure.wait() }
      try await group.next()
      group.cancelAll()
      try await group.waitForAll()
    }
  }
}
