import ArgumentParser
import FlashCore
import USBTransport

/// `flashctl doctor`
struct DoctorCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Say what is attached, who holds it, what to do.")

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Look at this device only (see `flashctl info --help`).", valueName: "selector"))
  var device: String?

  @Option(help: ArgumentHelp("Silence allowed when a device is asked, in seconds.", valueName: "seconds"))
  var timeout: Double = 2

  @OptionGroup var output: OutputOptions

  mutating func validate() throws {
    guard timeout > 0, timeout <= 86_400 else { throw ValidationError("--timeout takes seconds above 0.") }
    _ = try selector()
  }

  private func selector() throws -> DeviceSelector? {
    try DeviceOptions.selector(chosen: device)
  }

  func execute(_ console: Console) async throws {
    let doctor = Doctor()
    for finding in doctor.machine() {
      console.result(finding.text)
      console.event(
        "machine",
        ["code": .string(finding.code), "ok": .bool(finding.isGood), "text": .string(finding.text)])
    }
    if let selector = try selector() {
      try await examine(selector, doctor, console)
    } else {
      for finding in doctor.devices() { show(await asked(finding), on: console) }
    }
    console.event("result", ["status": "done"])
  }

  /// A chosen device must exist; what is attached beside it does not matter.
  private func examine(_ selector: DeviceSelector, _ doctor: Doctor, _ console: Console) async throws {
    let matching = doctor.devices().filter { selector.matches($0.info) }
    for finding in matching { show(await asked(finding), on: console) }
    guard matching.isEmpty else { return }
    let answer = await ask(selector)
    switch answer {
    case .identified(let text):
      for line in ["\(selector)", "  answers:  \(text)", "  next:     ready: `flashctl info --device \(selector)`"] {
        console.result(line)
      }
      console.event(
        "finding", ["device": .string(selector.description), "answer": ["ok": true, "text": .string(text)]])
    case .failed(let diagnostic): throw diagnostic
    }
  }

  private enum Outcome {
    case identified(String)
    case failed(Diagnostic)
  }

  private func show(_ finding: DeviceFinding, on console: Console) {
    console.emit("finding", finding.members)
    for line in finding.lines { console.result(line) }
  }

  private func asked(_ finding: DeviceFinding) async -> DeviceFinding {
    var finding = finding
    guard finding.canBeAsked else { return finding }
    switch await ask(.usbPort(finding.info.portPath)) {
    case .identified(let text): finding.answer = .identified(text)
    case .failed(let diagnostic): finding.answer = .failed(diagnostic.message)
    }
    return finding
  }

  /// Connects, which asks only what every session asks first, and leaves again.
  private func ask(_ selector: DeviceSelector) async -> Outcome {
    let request = DeviceRequest(selector: selector, stepLimit: .seconds(timeout))
    do {
      let quiet = Console(isJSON: false, level: .error, terminal: .plain)
      let identity = try await DeviceSession(request, quiet).run(step: "identify") { $0.target.identity }
      let revision = identity.hardwareRevision.map { ", hardware revision \($0)" } ?? ""
      return .identified("\(identity.model ?? "an unknown model")\(revision), \(identity.mode) mode")
    } catch {
      return .failed(Diagnostic(describing: error))
    }
  }
}
