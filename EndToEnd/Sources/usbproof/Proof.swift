import Glibc

/// Drives USBTransport against the Linux kernel's own gadgets and flashctl's simulated devices, and prints TAP:
/// `usbproof GROUP`. The devices are made by scripts/e2e/guest-usbproof.sh and scripts/e2e/guest-flashctl.sh, which also
/// say which group wants which.
@main struct Proof {
  static let groups: [String: [Case]] = [
    "absent": [Case("no gadget: nothing is found", DiscoveryCases.absent)],
    "user": [Case("permission is denied, and says for which node", DiscoveryCases.permission)],
    "sink": DiscoveryCases.all + StreamCases.all + HotplugCases.all,
    "loop": LoopbackCases.all + [
      Case("an interface that another process has claimed is busy", InterfaceCases.busy)
    ],
    "phonet": [Case("an alternate setting is put back when the link closes", InterfaceCases.alternate)],
    "acm": [
      Case("kernel drivers make way and come back", InterfaceCases.drivers),
      Case("kernel drivers come back when nobody closed the link", InterfaceCases.driversWithoutClose),
    ],
    "simulated": SimulatedCases.all,
    "usbip": USBIPCases.all,
    "udev": [
      Case("udev properties are read", DiscoveryCases.udevProperties),
      Case("hot-plug with udevd: five times two seconds", HotplugCases.hotplug),
    ],
  ]

  static func main() async throws {
    let name = CommandLine.arguments.dropFirst().first ?? ""
    if name == "claim-and-hold" { return try await InterfaceCases.hold() }
    guard let cases = groups[name] else {
      say("usage: usbproof claim-and-hold | \(groups.keys.sorted().joined(separator: " | "))")
      exit(64)
    }
    var failed = 0
    for (index, one) in cases.enumerated() {
      let start = ContinuousClock.now
      var verdict = "ok \(index + 1) - \(one.name)"
      do {
        try await one.body()
      } catch {
        failed += 1
        say("# \(error)")
        verdict = "not " + verdict
      }
      say("\(verdict) (\(seconds(since: start)))")
    }
    say("1..\(cases.count)")
    exit(failed == 0 ? 0 : 1)
  }
}

/// A named proof: it throws when what it proves is not so.
struct Case: Sendable {
  var name: String
  var body: @Sendable () async throws -> Void

  init(_ name: String, _ body: @escaping @Sendable () async throws -> Void) {
    self.name = name
    self.body = body
  }
}

struct Failure: Error, CustomStringConvertible {
  var description: String
}

func check(_ condition: Bool, _ what: @autoclosure () -> String) throws {
  if !condition { throw Failure(description: what()) }
}

/// Throws unless `body` throws exactly `error`.
func expect<E: Error & Equatable>(_ error: E, _ body: () async throws -> Void) async throws {
  do { try await body() } catch let caught as E {
    try check(caught == error, "expected \(error), got \(caught)")
    return
  }
  throw Failure(description: "expected \(error), got nothing")
}

/// One line, at once.
func say(_ text: String) {
  let bytes = Array((text + "\n").utf8)
  _ = write(1, bytes, bytes.count)
}

func seconds(since start: ContinuousClock.Instant) -> String {
  "\(((ContinuousClock.now - start) / .milliseconds(1)).rounded() / 1000) s"
}
