import FlashCore
import Glibc
import Synchronization
import SystemPackage

/// The files of `vhci_hcd` and of the USB bus in a folder of their own, and a kernel that acts upon them whenever
/// somebody waits on its clock: one step a wait.
final class FakeKernel: LinkClock {
  /// In front of every path.
  let root: String
  private let state = Mutex(State())

  struct Attached: Equatable {
    var port: Int
    var deviceID: UInt32
    var speed: Int
    /// Steps of the enumeration that are done: place, sysfs, configuration, node.
    var steps = 0
  }

  private struct State {
    var now = Duration.zero
    var attached: Attached?
    /// Ports whose device has left, and for how many waits they stay occupied.
    var leaving: [Int: Int] = [:]
    var detached: [Int] = []
    var occupied: Set<Int> = []
    var stepLimit = 4
    var recovers = false
    /// Every `attach` so far.
    var history: [Attached] = []
  }

  static let folder = "/sys/devices/platform/vhci_hcd.0"
  private static let portCount = 4

  init() throws {
    var template = Array("/tmp/flashctl-vhci-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
    root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { Self.remove(root) }

  /// Loads the module. Ports 0 and 1 are for high speed, 2 and 3 for super speed.
  func load() throws {
    write("", to: Self.folder + "/attach")
    write("", to: Self.folder + "/detach")
    showStatus()
  }

  func occupy(_ ports: Set<Int>) {
    state.withLock { $0.occupied = ports }
    showStatus()
  }

  /// The kernel gets no further with a device than so many steps; with `untilDetached` it does once that was detached.
  func stop(afterSteps count: Int, untilDetached: Bool = false) {
    state.withLock { state in
      state.recovers = untilDetached
      state.stepLimit = count
    }
  }

  /// The connection has closed: the device goes, and its port is free a few waits later.
  func unplug() {
    state.withLock { state in
      if let port = state.attached?.port { state.leaving[port] = 3 }
      state.attached = nil
    }
    showStatus()
  }

  var history: [Attached] { state.withLock { $0.history } }
  var detached: [Int] { state.withLock { $0.detached } }

  // MARK: Time

  var now: Duration { state.withLock { $0.now } }

  func sleep(for duration: Duration) async throws(CancellationError) {
    guard !Task.isCancelled else { throw CancellationError() }
    // Once it gets no further, time flies.
    state.withLock { $0.now += $0.attached?.steps == $0.stepLimit ? max(duration, .seconds(1)) : duration }
    act()
    await Task.yield()
  }

  private func act() {
    if let text = take("/attach") {
      let numbers = text.split(separator: " ").compactMap { Int($0) }
      let attached = Attached(port: numbers[0], deviceID: UInt32(numbers[2]), speed: numbers[3])
      state.withLock { state in
        state.attached = attached
        state.history.append(attached)
      }
    } else if let port = take("/detach").flatMap({ Int($0) }) {
      state.withLock { state in
        state.detached.append(port)
        if state.recovers { state.stepLimit = 4 }
      }
      unplug()
    } else {
      state.withLock { state in
        state.leaving = state.leaving.mapValues { $0 - 1 }.filter { $0.value > 0 }
        if let steps = state.attached?.steps { state.attached?.steps = min(steps + 1, state.stepLimit) }
      }
      enumerate()
    }
    showStatus()
  }

  private func enumerate() {
    guard let attached = state.withLock({ $0.attached }) else { return }
    let folder = "/sys/bus/usb/devices/3-\(attached.port + 1)"
    if attached.steps >= 2 {
      for (name, value) in [("idVendor", "1209"), ("idProduct", "0001"), ("busnum", "3"), ("devnum", "12")] {
        write(value + "\n", to: folder + "/" + name)
      }
      write(attached.steps >= 3 ? "1\n" : "\n", to: folder + "/bConfigurationValue")
    }
    if attached.steps >= 4 { write("", to: "/dev/bus/usb/003/012") }
  }

  private func showStatus() {
    let state = state.withLock { ($0.attached, $0.leaving, $0.occupied) }
    var text = "hub port sta spd dev      sockfd local_busid\n"
    for port in 0..<Self.portCount {
      let hub = port < 2 ? "hs" : "ss"
      let isHere = state.0?.port == port
      let isPlaced = isHere && (state.0?.steps ?? 0) >= 1
      let isTaken = isHere || state.1[port] != nil || state.2.contains(port)
      let number = isHere && !isPlaced ? "005" : isTaken ? "006" : "004"
      text += "\(hub)  000\(port) \(number) 000 00000000 000000 \(isPlaced ? "3-\(port + 1)" : "0-0")\n"
    }
    write(text, to: Self.folder + "/status")
  }

  // MARK: Files

  private func take(_ name: String) -> String? {
    guard let file = fopen(root + Self.folder + name, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = fread(&bytes, 1, bytes.count, file)
    guard count > 0 else { return nil }
    write("", to: Self.folder + name)
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  func write(_ text: String, to path: String) {
    var folder = ""
    for part in (root + path).split(separator: "/").dropLast() {
      folder += "/" + part
      mkdir(folder, 0o700)
    }
    guard let file = fopen(root + path, "w") else { return }
    fputs(text, file)
    fclose(file)
  }

  private static func remove(_ path: String) {
    if let folder = opendir(path) {
      while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
          String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { remove(path + "/" + name) }
      }
      closedir(folder)
    }
    Glibc.remove(path)
  }
}
