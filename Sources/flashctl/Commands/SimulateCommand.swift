import ArgumentParser
import DeviceSimulator
import FlashCore

/// `flashctl simulate`
struct SimulateCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Serve a simulated device.",
    discussion: """
      Tools and scripts can be tried on it without a phone. Prints `ready tcp ADDRESS:PORT MODEL` once it accepts connections, and runs until Ctrl-C.

        flashctl simulate rx51 --tcp 127.0.0.1:4000 --storage rx51-storage
        flashctl flash firmware.fiasco --device tcp:127.0.0.1:4000

      Without serving it, `--device sim:rx51` runs the same device inside flashctl.
      """)

  @Argument(help: "The model (see --list).") var model: String?

  @Flag(help: "List the models with their knobs and quirks.") var list = false

  @Option(help: ArgumentHelp("Serve over TCP; port 0 takes a free one.", valueName: "address:port")) var tcp: String?

  @Option(help: ArgumentHelp("The folder that holds the device's storage; made if missing.", valueName: "folder"))
  var storage: String?

  @Option(help: ArgumentHelp("The serial number the device shows.", valueName: "text")) var serialNumber: String?

  @Option(help: ArgumentHelp("A quirk of real devices to show; may be repeated.", valueName: "name"))
  var quirk: [String] = []

  @Option(help: ArgumentHelp("Set a knob of the model; may be repeated.", valueName: "key=value")) var set: [String] =
    []

  @Option(
    help: ArgumentHelp(
      "A fault to inject: drop, corrupt, delay=MS, stall or disconnect, then @N (the n-th transfer) or @byte:X; may be repeated.",
      valueName: "kind@place"))
  var fault: [String] = []

  @OptionGroup var output: OutputOptions

  mutating func validate() throws {
    guard !list else { return }
    guard model != nil else { throw ValidationError("Name a model; `flashctl simulate --list` shows them.") }
    guard tcp != nil else {
      throw ValidationError("Say how to serve the device: --tcp ADDRESS:PORT (or use --device sim:MODEL instead).")
    }
    _ = try endpoint()
    _ = try settings()
  }

  func execute(_ console: Console) async throws {
    guard !list, let model, let endpoint = try endpoint() else { return ModelList.show(on: console) }
    let configuration = try SimulatorConfiguration(
      model: model, storage: storage, serialNumber: serialNumber, quirks: quirk, settings: settings(), faults: fault)
    let server = try SimulatorTCPServer(
      host: endpoint.host, port: endpoint.port, configuration: configuration,
      observer: { event in SimulatorLog.show(event, on: console) })
    console.result("ready tcp \(server.address) \(model)")
    console.event("ready", ["via": "tcp", "address": .string(server.address), "model": .string(model)])
    await server.run()
    console.event("result", ["status": "done"])
  }

  /// `host:port`, `[::1]:port` or a bare port, which means 127.0.0.1.
  private func endpoint() throws -> (host: String, port: UInt16)? {
    guard let tcp else { return nil }
    if let port = UInt16(tcp) { return ("127.0.0.1", port) }
    guard let colon = tcp.lastIndex(of: ":"), let port = UInt16(tcp[tcp.index(after: colon)...]) else {
      throw ValidationError("'\(tcp)' is no ADDRESS:PORT; an example: 127.0.0.1:4000")
    }
    var host = String(tcp[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    return (host.isEmpty ? "127.0.0.1" : host, port)
  }

  private func settings() throws -> [(key: String, value: String)] {
    try set.map { text in
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        throw ValidationError("'\(text)' is no KEY=VALUE (see `flashctl simulate --list`).")
      }
      return (key: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
    }
  }
}
