import SystemPackage

extension Diagnostic {
  /// Results that could not be written where they should go.
  static func cannotWrite(_ path: String, _ error: Errno) -> Diagnostic {
    Diagnostic(
      code: "file.cannot-write", message: "cannot write \(path): \(error)",
      remedy: "check the folder, its permissions and the free space, or choose another file",
      exitStatus: error == .permissionDenied ? .noPermission : .transferFailed)
  }
}
