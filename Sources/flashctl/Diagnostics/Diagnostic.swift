/// An error as a person and a script see it: what happened, what to do, and how the process ends.
struct Diagnostic: Error, Equatable {
  /// A name that stays the same across releases, for scripts and bug reports: `usb.permission-denied`.
  var code: String
  /// One line: what was being done, to which device or file, and what was seen.
  var message: String
  /// One thing to do about it.
  var remedy: String?
  var exitStatus: ExitStatus
  /// The device it is about, as a selector.
  var device: String?
  /// What was being done: `connect`, `write mmc`, ….
  var step: String?

  init(
    code: String, message: String, remedy: String? = nil, exitStatus: ExitStatus, device: String? = nil,
    step: String? = nil
  ) {
    self.code = code
    self.message = message
    self.remedy = remedy
    self.exitStatus = exitStatus
    self.device = device
    self.step = step
  }

  /// A mistake on the command line that the parser cannot see.
  static func usage(_ message: String, remedy: String? = nil) -> Diagnostic {
    Diagnostic(code: "usage", message: message, remedy: remedy, exitStatus: .usage)
  }
}
