import FlashCore
import FlashImages
import Foundation
import MkII
import Synchronization
import USBWire
import WireFormat

/// The bytes of hexadecimal text; a typing error gives no bytes and fails the test that uses it.
func hex(_ text: String) -> [UInt8] { Hex.bytes(text) ?? [] }

extension ConfigurationDescriptor {
  /// The configuration of update mode, byte for byte from `docs/protocols/mkii.md` 2.4.
  static let updateMode: ConfigurationDescriptor? = try? ConfigurationDescriptor(
    parsing: hex(
      """
      09 02 51 00 03 01 04 80 FA 09 04 00 00 00 02 FE 00 00 05 24 00 10 01 05 24 AB 05 15 05 24 06 00
      01 09 04 01 00 00 0A 00 00 00 09 04 01 01 02 0A 00 00 00 07 05 01 02 00 02 00 07 05 81 02 00 02
      00 09 04 02 00 01 FF 00 00 05 07 05 02 02 00 02 00
      """
    ).rawSpan)
}

extension USBDeviceInfo {
  /// An N900 in update mode.
  static var rx51: USBDeviceInfo {
    var device = USBDeviceInfo(portPath: "1-1", bus: 1, address: 4, vendorID: 0x0421, productID: 0x01C8)
    device.product = "N900 (PC-Suite Mode)"
    device.configurationName = "Firmware Upgrade Configuration"
    device.configuration = .updateMode
    device.interfaceNames = [5: "Device Upgrade Interface"]
    return device
  }
}

/// A provider that nobody asks for anything.
final class IdleProvider: LinkProvider {
  let name = "scripted"
  let clock: any LinkClock = ManualClock()
  let canReenumerate = false
  func open(waitLimit: Duration?) async throws(OpenError) -> any Link { throw .cancelled }
  func awaitReturn(
    within limit: Duration, where isExpected: @escaping @Sendable (USBDeviceInfo) -> Bool
  ) async throws(OpenError) -> USBDeviceInfo { throw .cancelled }
}

/// A folder for one test's files, removed with it.
final class TemporaryFolder {
  let path: String

  init() {
    path = NSTemporaryDirectory() + "mkii-tests-" + UUID().uuidString
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String, _ bytes: [UInt8]) -> String {
    let file = path + "/" + name
    _ = FileManager.default.createFile(atPath: file, contents: Data(bytes))
    return file
  }

  /// A file of zeros that takes no room.
  func sparseFile(_ name: String, byteCount: UInt64) -> String {
    let file = self.file(name, [])
    let handle = FileHandle(forWritingAtPath: file)
    try? handle?.truncate(atOffset: byteCount)
    try? handle?.close()
    return file
  }
}

/// Collects what a session tells.
final class EventLog: Sendable {
  private let events = Mutex<[SessionEvent]>([])

  var observer: SessionObserver { { event in self.events.withLock { $0.append(event) } } }

  var notices: [String] {
    events.withLock { $0.compactMap { if case .notice(let code, _) = $0 { code } else { nil } } }
  }

  var traces: [SessionEvent.Trace] {
    events.withLock { $0.compactMap { if case .trace(let trace) = $0 { trace } else { nil } } }
  }

  var waits: [SessionEvent.Waiting] {
    events.withLock { $0.compactMap { if case .waiting(let waiting) = $0 { waiting } else { nil } } }
  }
}
