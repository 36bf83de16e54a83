/// How the process ends, by the names of `sysexits.h` (docs/exit-codes.md).
enum ExitStatus: Int32, CaseIterable {
  case done = 0
  /// EX_USAGE: the command line is wrong.
  case usage = 64
  /// EX_DATAERR: an image or descriptor is malformed, or a file differs from its digest.
  case badData = 65
  /// EX_NOINPUT: a named file is missing.
  case missingInput = 66
  /// EX_UNAVAILABLE: no matching device, or several and none chosen.
  case noDevice = 69
  /// EX_SOFTWARE: a bug in flashctl.
  case internalError = 70
  /// EX_IOERR: a transfer failed, or the device's content differs.
  case transferFailed = 74
  /// EX_TEMPFAIL: timeout or busy; trying again may help.
  case tryAgain = 75
  /// EX_PROTOCOL: the device broke the protocol, refused, or its protocol has no such command.
  case protocolError = 76
  /// EX_NOPERM: no permission.
  case noPermission = 77
  /// EX_CONFIG: bad configuration.
  case badConfiguration = 78
  case interrupted = 130
  case terminated = 143

  /// What the status stands for, for documentation.
  var meaning: String {
    switch self {
    case .done: "done"
    case .usage: "usage: the command line is wrong"
    case .badData: "malformed image or descriptor, or a file that differs from its digest"
    case .missingInput: "a named file is missing"
    case .noDevice: "no matching device, or several and none chosen"
    case .internalError: "a bug in flashctl"
    case .transferFailed: "a transfer failed, or the device's content differs"
    case .tryAgain: "timeout or busy: trying again may help"
    case .protocolError: "the device broke the protocol, refused, or its protocol has no such command"
    case .noPermission: "no permission"
    case .badConfiguration: "bad configuration"
    case .interrupted: "ended by SIGINT"
    case .terminated: "ended by SIGTERM"
    }
  }
}
