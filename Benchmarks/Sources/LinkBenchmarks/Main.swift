import FlashCore
import Glibc
import USBTransport

/// Measures a loopback device behind a USB/IP server on this machine, beside bare TCP between two processes.
///
///     LinkBenchmarks usbip:127.0.0.1:3240/1-1 [throughput|latency]    the device: `flashctl simulate loopback --usbip 127.0.0.1:3240`
///     LinkBenchmarks peer    what the bare copies talk to; started by the above
@main
struct LinkBenchmarks {
  /// Bytes of one run, and of one transfer.
  static let byteCount = 1 << 30
  static let blockSize = 256 << 10
  static let depths = [1, 4, 16]
  static let samples = 5

  static func main() async throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard let first = arguments.first else {
      return print("usage: LinkBenchmarks usbip:HOST:PORT/BUSID [throughput|latency]")
    }
    if first == "peer" { return try BarePeer().serve() }
    guard case .usbip(let host, let port, let busID) = try DeviceSelector(parsing: first) else {
      return print("not a usbip: selector")
    }
    let device = LoopbackDevice(server: NetworkAddress(host: host, port: port), busID: busID)
    let bare = try BareConnection()
    defer { bare.end() }
    if arguments.last != "latency" { try await throughput(device, bare) }
    if arguments.last != "throughput" { try await roundTrips(device, bare) }
  }

  private static func throughput(_ device: LoopbackDevice, _ bare: BareConnection) async throws {
    print("\(byteCount >> 20) MiB in blocks of \(blockSize >> 10) KiB, median of \(samples)\n")
    print("".padded(to: 44) + "MB/s".padded(to: 9, right: true) + "of copy".padded(to: 9, right: true))
    for direction in Direction.allCases {
      let copy = try await median { try bare.copy(direction) }
      row("bare TCP, \(direction)", copy, of: nil)
      for depth in depths {
        let run = try await median { try await device.stream(direction, depth: depth) }
        row("USB/IP, \(direction), \(depth) in flight", run, of: copy)
      }
    }
  }

  private static func row(_ name: String, _ run: Duration, of copy: Duration?) {
    let rate = Int((Double(byteCount) / run.seconds / 1e6).rounded())
    let share = copy.map { "\(Int(($0.seconds / run.seconds * 100).rounded()))%" } ?? ""
    print(name.padded(to: 44) + "\(rate)".padded(to: 9, right: true) + share.padded(to: 9, right: true))
  }

  private static func roundTrips(_ device: LoopbackDevice, _ bare: BareConnection) async throws {
    let count = 20_000
    print("\nRound trips of 64 bytes, one at a time (mean of \(count), best of \(samples))\n")
    print("".padded(to: 44) + "µs".padded(to: 9, right: true) + "per s".padded(to: 9, right: true))
    func show(_ name: String, _ best: Duration) {
      let time = best.seconds / Double(count) * 1e6
      let tenths = Int((time * 10).rounded())
      print(
        name.padded(to: 44) + "\(tenths / 10).\(tenths % 10)".padded(to: 9, right: true)
          + "\(Int(1e6 / time))".padded(to: 9, right: true))
    }
    show("bare TCP, the same messages", try await best { try bare.roundTrips(count) })
    for direction in Direction.allCases {
      show("USB/IP, \(direction)", try await best { try await device.roundTrips(direction, count: count) })
    }
    show("USB/IP, control request", try await best { try await device.requests(count) })
  }

  private static func times(_ run: () async throws -> Duration) async throws -> [Duration] {
    var times: [Duration] = []
    for _ in 0..<samples { times.append(try await run()) }
    return times.sorted()
  }

  private static func median(_ run: () async throws -> Duration) async throws -> Duration {
    try await times(run)[samples / 2]
  }

  private static func best(_ run: () async throws -> Duration) async throws -> Duration { try await times(run)[0] }
}

/// As the host sees it.
enum Direction: String, CaseIterable, CustomStringConvertible {
  case out = "to the device"
  case input = "from the device"

  var description: String { rawValue }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

extension String {
  func padded(to width: Int, right: Bool = false) -> String {
    let filler = String(repeating: " ", count: max(0, width - count))
    return right ? filler + self : self + filler
  }
}
