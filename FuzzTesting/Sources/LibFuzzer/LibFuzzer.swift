/// Starts libFuzzer by hand: SwiftPM renames the `main` of an executable, which libFuzzer's own would need.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

public enum LibFuzzer {
  /// Hands the command line to libFuzzer, which calls `test` until it finds something or its time is over.
  public static func run(_ test: @escaping @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt) -> CInt {
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    return runDriver(&count, &arguments, test)
  }

  /// The bytes of one input.
  public static func bytes(_ start: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
    Array(UnsafeBufferPointer(start: start, count: count))
  }

  /// Ends the program, which libFuzzer takes for a finding, unless `condition` holds.
  public static func require(_ condition: Bool, _ claim: StaticString) {
    if !condition { fatalError("\(claim)") }
  }
}
