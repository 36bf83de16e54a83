/// One way of serving simulated devices, made with everything it needs: `simulate` runs it until it ends or is ended.
protocol DeviceServing: Sendable {
  /// Serves until the task is cancelled, or until nothing is left to serve. Says on the stage when each device can be
  /// opened.
  func run(on stage: ServingStage) async throws
}

/// Where a way of serving says what happens: the console, the log of transfers, and whoever waits for the first client's end.
struct ServingStage: Sendable {
  let console: Console
  let transfers: TransferLog?
  let watch: OnceWatch
  /// Comes when what is to be written cannot be: nobody would learn what a device that is served further does.
  let outputFailure: Ending

  /// A device can be opened: the one line on standard output that scripts wait for.
  func ready(_ device: ReadyDevice) {
    console.result(device.line)
    console.emit("ready", device.members)
    if OutputStream.errorNumber != 0 { outputFailure.come() }
  }

  /// A server that others than this machine can reach.
  func warnOfStrangers(_ way: String, at address: String, port: UInt16) {
    console.warning(
      "\(way) has neither encryption nor authentication: whoever reaches \(address) has the devices. "
        + "Safer: serve at 127.0.0.1, and on the other machine run `ssh -L \(port):127.0.0.1:\(port) HOST`")
  }
}

/// A device that can be opened, and how.
enum ReadyDevice: Equatable, Sendable {
  /// `id`: `0421:01c8`.
  case usbip(address: String, busID: String, id: String, model: String)
  /// `portPath`: `3-1`, a place on this machine's USB.
  case attach(portPath: String, id: String, model: String)
  case tcp(address: String, model: String)
  case pty(path: String, model: String)

  /// For people and shell scripts.
  var line: String {
    switch self {
    case .usbip(let address, let busID, let id, _): "ready usbip \(address) \(busID) \(id)"
    case .attach(let portPath, let id, _): "ready attach \(portPath) \(id)"
    case .tcp(let address, let model): "ready tcp \(address) \(model)"
    case .pty(let path, let model): "ready pty \(path) \(model)"
    }
  }

  /// The members of the event `ready` (docs/json.md).
  var members: [(key: String, value: JSONValue)] {
    switch self {
    case .usbip(let address, let busID, let id, let model):
      [
        (key: "via", value: "usbip"), (key: "address", value: .string(address)), (key: "busID", value: .string(busID)),
      ] + Self.members(id: id, model: model)
    case .attach(let portPath, let id, let model):
      [
        (key: "via", value: "attach"), (key: "portPath", value: .string(portPath)),
      ] + Self.members(id: id, model: model)
    case .tcp(let address, let model):
      [
        (key: "via", value: "tcp"), (key: "address", value: .string(address)), (key: "model", value: .string(model)),
      ]
    case .pty(let path, let model):
      [
        (key: "via", value: "pty"), (key: "path", value: .string(path)), (key: "model", value: .string(model)),
      ]
    }
  }

  private static func members(id: String, model: String) -> [(key: String, value: JSONValue)] {
    [
      (key: "vendorID", value: .string(String(id.prefix(4)))),
      (key: "productID", value: .string(String(id.suffix(4)))), (key: "model", value: .string(model)),
    ]
  }
}
