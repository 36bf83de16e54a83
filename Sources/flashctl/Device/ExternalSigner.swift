import Glibc
import MediaTek

/// A command of the user's that signs: it gets the challenge on standard input and writes the response to standard
/// output. Run by the shell, with the user's environment and standard error.
struct ExternalSigner: ChallengeSigner {
  let command: String
  /// Some signers ask a service, or a person.
  var limit = Duration.seconds(120)

  private static let answerByteLimit = 4096
  /// Challenges are short; one that does not fit into a pipe at once is none.
  private static let challengeByteLimit = 4096

  func sign(_ challenge: [UInt8]) async throws(BootROMError) -> [UInt8] {
    guard challenge.count <= Self.challengeByteLimit else {
      throw .oversizedBlock(
        during: "SLA", byteCount: UInt64(challenge.count), limit: UInt64(Self.challengeByteLimit))
    }
    let process = try ChildProcess(shell: command)
    process.write(challenge)
    var answer: [UInt8] = []
    let end = ContinuousClock.now + limit
    while true {
      switch process.read(atMost: Self.answerByteLimit + 1 - answer.count) {
      case .bytes(let bytes): answer += bytes
      case .end:
        let status = process.wait()
        guard status == 0 else { throw .signer(.ended(status: status)) }
        return answer
      case .nothing:
        guard ContinuousClock.now < end else {
          process.kill()
          throw .signer(.noAnswer(after: limit))
        }
        guard (try? await Task.sleep(for: .milliseconds(10))) != nil else {
          process.kill()
          throw .cancelled
        }
      }
      guard answer.count <= Self.answerByteLimit else {
        process.kill()
        throw .signer(.badAnswer(byteCount: answer.count))
      }
    }
  }
}

/// A shell command with pipes for its standard input and output.
private final class ChildProcess {
  enum Piece {
    case bytes([UInt8])
    case nothing
    case end
  }

  private var process: pid_t = 0
  private var input: Int32 = -1
  private var output: Int32 = -1

  init(shell command: String) throws(BootROMError) {
    var toChild: [Int32] = [-1, -1]
    var fromChild: [Int32] = [-1, -1]
    guard unsafe pipe(&toChild) == 0 else { throw .signer(.notStarted(errno: errno)) }
    guard unsafe pipe(&fromChild) == 0 else {
      let code = errno
      for end in toChild { _ = close(end) }
      throw .signer(.notStarted(errno: code))
    }
    for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let code = Self.spawn(command, &process, input: toChild[0], output: fromChild[1])
    for end in [toChild[0], fromChild[1]] { _ = close(end) }
    guard code == 0 else {
      for end in [toChild[1], fromChild[0]] { _ = close(end) }
      throw .signer(.notStarted(errno: code))
    }
    input = toChild[1]
    output = fromChild[0]
    for end in [input, output] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
  }

  private static func spawn(_ command: String, _ process: inout pid_t, input: Int32, output: Int32) -> Int32 {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
    let words: [UnsafeMutablePointer<CChar>?] = unsafe [strdup("/bin/sh"), strdup("-c"), strdup(command), nil]
    defer { unsafe words.forEach { unsafe free($0) } }
    return unsafe posix_spawn(&process, "/bin/sh", &actions, nil, words, environ)
  }

  /// Writes everything and closes the pipe. A command that does not read its input loses it.
  func write(_ bytes: [UInt8]) {
    _ = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(input, $0.baseAddress, $0.count) }
    _ = close(input)
    input = -1
  }

  func read(atMost count: Int) -> Piece {
    var buffer = [UInt8](repeating: 0, count: max(1, count))
    let received = unsafe Glibc.read(output, &buffer, buffer.count)
    if received > 0 { return .bytes(Array(buffer.prefix(received))) }
    return received < 0 && (errno == EAGAIN || errno == EINTR) ? .nothing : .end
  }

  /// The exit status, or 128 and the signal's number. The process has closed its output, and ends.
  func wait() -> Int32 {
    var status: Int32 = 0
    while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
    process = 0
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
  }

  func kill() {
    guard process > 0 else { return }
    _ = Glibc.kill(process, SIGKILL)
    _ = wait()
  }

  deinit {
    kill()
    for end in [input, output] where end >= 0 { _ = close(end) }
  }
}
