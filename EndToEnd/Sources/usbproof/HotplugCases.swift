import FlashCore
import FlashImages
import Glibc
import USBTransport

/// A gadget that comes, goes and comes back, as phones do between their modes.
enum HotplugCases {
  static let all = [
    Case("hot-plug: five times two seconds", hotplug),
    Case("re-enumeration: two links in one job", twoLinks),
    Case("disconnection in mid-stream", disconnection),
    Case("arrivals and departures are told in order", changes),
    Case("nothing is left open", leftovers),
  ]

  @Sendable static func hotplug() async throws {
    for _ in 0..<5 {
      try Gadget.unplugSink()
      while try USBDiscovery().devices().contains(where: { $0.identifier == "0525:a4a0" }) {
        try await Task.sleep(for: .milliseconds(20))
      }
      let start = ContinuousClock.now
      let plugger = Task.detached {
        try await Task.sleep(for: .milliseconds(700))
        try Gadget.plugSink()
        try await Task.sleep(for: .seconds(2))
        try Gadget.unplugSink()
      }
      try await withClaimed(Gadget.sink) { link, pair in
        say("# claimed \(seconds(since: start)) after the wait began (plugged in at 0.7 s)")
        _ = try await link.receive(atMost: 4096, from: pair.input, timeout: .seconds(5))
      }
      try await plugger.value
    }
    try await plugSinkAndWait()
  }

  @Sendable static func twoLinks() async throws {
    let provider = try makeProvider(Gadget.sink)
    let first = try await provider.open(waitLimit: .seconds(60))
    guard case .usb(let before) = first.kind else { throw Failure(description: "\(first.kind)") }
    try await first.claim(interface: 0)
    await first.close()
    let plugger = Task.detached {
      try Gadget.unplugSink()
      try await Task.sleep(for: .milliseconds(300))
      try Gadget.plugSink()
    }
    let back = try await provider.awaitReturn(within: .seconds(60)) { $0.vendorID == Gadget.vendor }
    say("# \(before.portPath):\(before.address) came back as \(back.portPath):\(back.address)")
    let second = try await provider.open(waitLimit: .seconds(5))
    try await second.claim(interface: 0)
    _ = try await second.receive(atMost: 4096, from: BulkPair(of: second).input, timeout: .seconds(5))
    await second.close()
    await provider.close()
    try await plugger.value
  }

  @Sendable static func disconnection() async throws {
    try await withClaimed(Gadget.sink) { link, pair in
      let plugger = Task.detached {
        try await Task.sleep(for: .milliseconds(800))
        try Gadget.unplugSink()
      }
      let count: UInt64 = 64 << 30
      do {
        try await link.sendStream(
          ImageStream(Zeros(count: count)), byteCount: count, to: pair.output, transferSize: 1 << 20,
          idleLimit: .seconds(20))
        throw Failure(description: "no disconnection")
      } catch let error as StreamError {
        say("# \(error)")
        guard case .link(.disconnected, let accepted) = error, accepted > 0 else { throw error }
      }
      try await expect(LinkError.disconnected) {
        _ = try await link.receive(atMost: 4096, from: pair.input, timeout: .seconds(5))
      }
      try await expect(LinkError.disconnected) { try await link.setAlternate(1, of: 0) }
      try await plugger.value
    }
    try await plugSinkAndWait()
  }

  @Sendable static func changes() async throws {
    let plugger = Task.detached {
      try await Task.sleep(for: .milliseconds(500))
      try Gadget.unplugSink()
      try await Task.sleep(for: .milliseconds(500))
      try Gadget.plugSink()
    }
    var seen = ""
    for await change in try USBWatcher().changes() {
      switch change {
      case .arrived(let device): if device.vendorID == Gadget.vendor { seen += "+" }
      case .departed(let device): if device.vendorID == Gadget.vendor { seen += "-" }
      }
      if seen.count == 3 { break }
    }
    try check(seen == "+-+", seen)
    try await plugger.value
  }

  /// Event threads end by themselves, a moment after their contexts.
  @Sendable static func leftovers() async throws {
    for _ in 0..<50 where entries(of: "/proc/self/task").count >= 10 {
      try await Task.sleep(for: .milliseconds(100))
    }
    var targets: [String] = []
    for descriptor in entries(of: "/proc/self/fd") {
      var buffer = [CChar](repeating: 0, count: 512)
      let count = readlink("/proc/self/fd/\(descriptor)", &buffer, buffer.count)
      if count > 0 {
        targets.append(String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self))
      }
    }
    say("# \(entries(of: "/proc/self/task").count) threads, open: \(targets)")
    try check(!targets.contains { $0.contains("/dev/bus/usb") || $0.contains(".lock") }, "\(targets)")
  }

  private static func plugSinkAndWait() async throws {
    try Gadget.plugSink()
    _ = try await USBWatcher().waitForDevice(matching: DeviceSelector(parsing: Gadget.sink), within: .seconds(60))
  }

  /// Names in a folder, without `.` and `..`.
  private static func entries(of path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }
}
