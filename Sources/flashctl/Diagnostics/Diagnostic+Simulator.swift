import DeviceSimulator
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
      self = .usage("\(model) cannot be served over \(way.rawValue)", remedy: Self.listRemedy)
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
