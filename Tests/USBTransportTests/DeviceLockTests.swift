import Dispatch
import FlashCore
import Glibc
import Testing

@testable import USBTransport

@Suite("The lock of a device")
struct DeviceLockTests {
  let folder = TemporaryFolder()
  var locks: String { folder.path + "/flashctl" }

  /// Whom a second attempt on `1-4` finds; `nil` when it succeeds.
  func refusal() -> (path: String, holders: [String])? {
    do { _ = try DeviceLock(portPath: "1-4", folders: [locks]) } catch {
      if case .busy(let path, let holders) = error { return (path, holders) }
      Issue.record(error)
    }
    return nil
  }

  @Test func `lies at the port path in a folder that everybody may write to`() throws {
    let lock = try DeviceLock(portPath: "1-4.2", folders: [locks])
    #expect(lock.path == locks + "/1-4.2.lock")
    var status = stat()
    #expect(stat(locks, &status) == 0)
    #expect(status.st_mode & 0o7777 == 0o1777)
    #expect(stat(lock.path, &status) == 0)
    #expect(status.st_mode & 0o7777 == 0o644)
  }

  @Test func `is held until its last reference goes, and names this process`() throws {
    var lock: DeviceLock? = try DeviceLock(portPath: "1-4", folders: [locks])
    let (path, holders) = try #require(refusal())
    #expect(path == lock?.path)
    #expect(holders.contains { $0.hasSuffix("(pid \(getpid()))") })
    lock = nil
    _ = try DeviceLock(portPath: "1-4", folders: [locks])
  }

  @Test func `of one port leaves other ports alone`() throws {
    let first = try DeviceLock(portPath: "1-4", folders: [locks])
    let second = try DeviceLock(portPath: "1-5", folders: [locks])
    #expect(first.path != second.path)
  }

  @Test func `is not stopped by a file that another run has left behind`() throws {
    folder.write("", to: "flashctl/1-4.lock")
    chmod(locks + "/1-4.lock", 0o444)
    _ = try DeviceLock(portPath: "1-4", folders: [locks])
  }

  @Test func `follows no symbolic link`() throws {
    folder.link("flashctl/1-4.lock", to: folder.path + "/elsewhere")
    let other = folder.path + "/other"
    let lock = try DeviceLock(portPath: "1-4", folders: [locks, other])
    #expect(lock.path == other + "/1-4.lock")
    #expect(access(folder.path + "/elsewhere", F_OK) != 0)
  }

  @Test func `goes to the next folder where the first is missing, and says so by its path`() throws {
    let lock = try DeviceLock(portPath: "1-4", folders: ["/nonexistent/flashctl", locks])
    #expect(lock.path == locks + "/1-4.lock")
  }

  @Test func `is never silently left out`() {
    #expect(throws: OpenError.system(operation: "open /nonexistent/flashctl", code: ENOENT, name: "ENOENT")) {
      _ = try DeviceLock(portPath: "1-4", folders: ["/nonexistent/flashctl"])
    }
  }

  @Test(.enabled(if: access("/usr/bin/flock", X_OK) == 0))
  func `names the process that holds it`() async throws {
    folder.write("", to: "flashctl/1-4.lock")
    let path = locks + "/1-4.lock"
    let holder = try #require(Subprocess(["/usr/bin/flock", path, "/bin/sh", "-c", "echo locked; exec sleep 600"]))
    defer { holder.end() }
    #expect(await holder.line() == "locked")
    let (_, holders) = try #require(refusal())
    #expect(holders.contains("flock (pid \(holder.processID))"))
  }
}

/// A program that a test starts, with a pipe from its standard output.
private struct Subprocess {
  let processID: pid_t
  private let output: Int32

  init?(_ arguments: [String]) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    posix_spawn_file_actions_addclose(&actions, ends[0])
    var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for argument in argv { free(argument) } }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    defer { posix_spawnattr_destroy(&attributes) }
    var identifier: pid_t = 0
    let code = posix_spawn(&identifier, arguments[0], &actions, &attributes, &argv, environ)
    close(ends[1])
    guard code == 0 else { return nil }
    processID = identifier
    output = ends[0]
  }

  func line() async -> String {
    let output = output
    return await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        var text: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1, byte != 0x0A { text.append(byte) }
        continuation.resume(returning: String(decoding: text, as: UTF8.self))
      }
    }
  }

  /// Ends the program and what it has started: its process group, which is its own.
  func end() {
    kill(-processID, SIGKILL)
    var status: Int32 = 0
    waitpid(processID, &status, 0)
    close(output)
  }
}
