import SystemPackage
import USBWire

/// This machine's virtual host controllers, as the module `vhci_hcd` shows them in sysfs.
///
/// All controllers share the files of the first: `status`, `status.1`, … list the ports, and writing to `attach` and
/// `detach` plugs in and pulls out.
struct VHCIController: Sendable {
  let files: SystemFiles

  static let folder = "/sys/devices/platform/vhci_hcd.0"
  private static let attachFile = folder + "/attach"
  private static let detachFile = folder + "/detach"
  /// The kernel is configured for at most this many (`USBIP_VHCI_NR_HCS`).
  private static let statusFileLimit = 128

  /// Throws `notLoaded` when there is no controller, and `notPermitted` unless its ports may be used by this user.
  init(files: SystemFiles) throws(VHCIError) {
    self.files = files
    guard files.exists(Self.attachFile) else { throw .notLoaded(path: Self.folder) }
    guard files.isWritable(Self.attachFile) else { throw .notPermitted(path: Self.attachFile) }
  }

  func status() throws(VHCIError) -> VHCIStatus {
    var status = VHCIStatus(ports: [])
    for number in 0..<Self.statusFileLimit {
      let path = Self.folder + (number == 0 ? "/status" : "/status.\(number)")
      guard number == 0 || files.exists(path) else { break }
      do { status.ports += VHCIStatus(parsing: try files.read(path)).ports } catch {
        throw .failed(operation: "read", path: path, errno: error.rawValue)
      }
    }
    return status
  }

  func port(_ number: Int) throws(VHCIError) -> VHCIStatus.Port? {
    try status().ports.first { $0.number == number }
  }

  /// Free ports of a hub, lowest first.
  func freePorts(of hub: VHCIStatus.Hub) throws(VHCIError) -> [Int] {
    let ports = try status().ports.filter { $0.hub == hub }
    let free = ports.filter { $0.state == .free }.map(\.number).sorted()
    guard !free.isEmpty else { throw .noFreePort(isSuperSpeed: hub == .superSpeed, count: ports.count) }
    return free
  }

  /// Gives the kernel the socket of a device; it keeps a reference of its own.
  func attach(
    _ socket: StreamSocket, deviceID: UInt32, speed: USBIPDeviceRecord.Speed, to port: Int
  ) throws(VHCIError) {
    do { try files.write("\(port) \(socket.descriptor) \(deviceID) \(speed.rawValue)", to: Self.attachFile) } catch {
      if error == .permissionDenied || error == .notPermitted { throw .notPermitted(path: Self.attachFile) }
      throw .refused(port: port, errno: error.rawValue)
    }
  }

  /// Pulls the device out. A port that is empty already is no error.
  func detach(_ port: Int) { try? files.write("\(port)", to: Self.detachFile) }
}
