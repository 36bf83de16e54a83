import DeviceSimulator
import Glibc
import SystemPackage

extension Diagnostic {
  private static let listRemedy = "`flashctl simulate --list` shows models, knobs and quirks"

  /// A simulated device that was described wrongly, or that cannot be served.
  init(_ error: SimulatorError) {
    switch error {
    case .unknownModel(let name, let known):
      self = .usage("there is no simulated model “\(name)”", remedy: "known models: " + known.joined(separator: ", "))
    case .unknownKnob(let name, let known):
      self = .usage("the model has no knob “\(name)”", remedy: "its knobs: " + known.joined(separator: ", "))
    case .badValue(let knob, let value, let allowed):
      self = .usage(
        "“\(value)” is no value for \(knob)",
        remedy: allowed.isEmpty ? Self.listRemedy : "allowed: " + allowed.joined(separator: ", "))
    case .unknownQuirk(let name, let known):
      self = .usage("the model has no quirk “\(name)”", remedy: "its quirks: " + known.joined(separator: ", "))
    case .badQuirkArgument(let quirk, let argument, let allowed):
      self = .usage(
        argument.isEmpty
          ? "the quirk \(quirk) needs an argument" : "“\(argument)” is no argument for the quirk \(quirk)",
        remedy: allowed.isEmpty
          ? "it takes none: --quirk \(quirk)" : "write --quirk \(quirk):\(allowed.joined(separator: "|"))")
    case .badFault(let text, let part):
      self = .usage(
        "“\(text)” is no fault: its \(part.rawValue) is wrong",
        remedy: "write KIND@N or KIND@byte:X, KIND being drop, corrupt, delay=MS, stall or disconnect")
    case .storage(let operation, let path, let number):
      let errno = Errno(rawValue: number)
      self.init(
        code: "sim.storage", message: "the storage folder \(path): cannot \(operation): \(errno)",
        remedy: "choose another folder, or fix its permissions",
        exitStatus: errno == .permissionDenied ? .noPermission : .transferFailed)
    case .notServed(let model, let way):
      let others = (try? SimulatorRegistry.model(named: model))?.servings.map(\.option) ?? []
      self = .usage(
        "\(model) cannot be served with \(way.option)",
        remedy: others.isEmpty ? Self.listRemedy : "it can be used with " + others.joined(separator: ", "))
    case .socket(let operation, let address, let number):
      let errno = Errno(rawValue: number)
      self.init(
        code: "sim.socket", message: "cannot \(operation) \(address): \(errno)",
        remedy: errno == .addressInUse ? "choose another port (0 takes a free one)" : "choose another address",
        exitStatus: errno == .permissionDenied ? .noPermission : errno == .addressInUse ? .tryAgain : .transferFailed)
    case .badAddress(let host, _):
      self = .usage("“\(host)” is no address of this machine", remedy: "use 127.0.0.1")
    }
  }
}

extension Diagnostic {
  /// A way of serving that could not begin; `option` is where the user said the address.
  init(_ error: SimulatorError, listeningWith option: String) {
    self.init(error)
    switch error {
    case .socket(_, let address, EADDRINUSE):
      message = "cannot listen at \(address): another program does (another flashctl simulate, or usbipd)"
      remedy = "end that program, or choose another port: \(option) ADDRESS:PORT (port 0 takes a free one)"
    case .socket(_, let address, EADDRNOTAVAIL):
      message = "cannot listen at \(address): this machine does not have that address"
      remedy = "choose one of its own: \(option) 127.0.0.1:PORT"
    case .socket(_, let address, EACCES):
      message = "cannot listen at \(address): ports below 1024 are for root"
      remedy = "choose another port: \(option) ADDRESS:PORT (port 0 takes a free one)"
    case .socket(let operation, "a pseudo-terminal", let number):
      message = "cannot \(operation) a pseudo-terminal: \(Errno(rawValue: number))"
      remedy = "mount devpts at /dev/pts (a container may have none), or serve the device over USB/IP"
    case .badAddress: remedy = "choose one of this machine's own: \(option) 127.0.0.1:PORT"
    default: break
    }
  }
}

extension SimulatorServing {
  /// What users write for it.
  var option: String {
    switch self {
    case .inProcess: "--device sim:MODEL"
    case .usb: "--usbip or --attach"
    case .tcp: "--tcp"
    case .pty: "--pty"
    }
  }
}
