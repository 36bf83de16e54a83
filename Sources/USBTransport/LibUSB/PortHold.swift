import CUSBShim
import FlashCore
import Glibc

/// What a job holds of a device beyond its links: the lock, and the kernel drivers that had to make way.
///
/// Both are given back by `giveBack`, or when the last reference goes. Between two links of one job neither is: a driver
/// that is bound again in between would talk to the device.
final class PortHold: Sendable {
  private struct Detached {
    var device: USBDeviceInfo
    /// Interfaces that had a driver when one of them was detached; a driver can hold several, and loses all.
    var interfaces: [UInt8]
  }

  let portPath: String
  private let discovery: USBDiscovery
  private let lock: DeviceLock
  private let detached = Locked<Detached?>(nil)

  /// Locks the device at a port path.
  init(portPath: String, discovery: USBDiscovery, lockFolders: [String]) throws(OpenError) {
    self.portPath = portPath
    self.discovery = discovery
    lock = try DeviceLock(portPath: portPath, folders: lockFolders, paths: discovery.paths)
  }

  deinit { attachDrivers() }

  /// Remembers which interfaces of `device` have kernel drivers, before one of them is detached.
  func noteDrivers(of device: USBDeviceInfo) {
    let bound = discovery.interfaces(of: device)
      .filter { $0.driver != nil && $0.driver != USBInterfaceState.userSpaceDriver }.map(\.number)
    detached.withLock { detached in
      // After a re-enumeration the kernel has bound its drivers anew: only the device that is there now counts.
      if let old = detached, old.device.address == device.address, old.device.bus == device.bus {
        detached?.interfaces = Set(old.interfaces).union(bound).sorted()
      } else {
        detached = Detached(device: device, interfaces: bound)
      }
    }
  }

  /// Gives the drivers back, if the device has not left since they were detached. Blocks as long as they take to probe.
  func attachDrivers() {
    let detached = detached.withLock { detached -> Detached? in
      defer { detached = nil }
      return detached
    }
    guard let detached, !detached.interfaces.isEmpty, discovery.isStill(detached.device) else { return }
    let node = unsafe open(discovery.node(of: detached.device), O_RDWR | O_CLOEXEC)
    guard node >= 0 else { return }
    defer { _ = close(node) }
    for interface in detached.interfaces {
      // Fails for an interface that came back with the one before it, as the two of a CDC function do.
      _ = cusb_attach_driver(node, UInt32(interface))
    }
  }
}
