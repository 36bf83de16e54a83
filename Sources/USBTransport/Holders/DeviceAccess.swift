public import FlashCore
import Glibc

/// Whether this process may open a device's node, and what decides that.
public struct DeviceAccess: Equatable, Sendable {
  public var path: String
  /// `false` where the node is missing: a container that was given sysfs but no `/dev/bus/usb`.
  public var exists: Bool
  /// Whether it may be opened for reading and writing. Access lists (`TAG+="uaccess"`) count.
  public var isAllowed: Bool
  /// The lower twelve bits of the mode (`0o664`).
  public var mode: UInt32
  public var userID: UInt32
  public var groupID: UInt32
  /// Names of the owner and the group, when the system has them.
  public var user: String?
  public var group: String?

  public init(of device: USBDeviceInfo, discovery: USBDiscovery = USBDiscovery()) {
    self.init(path: discovery.node(of: device))
  }

  public init(path: String) {
    self.path = path
    var status = stat()
    exists = unsafe stat(path, &status) == 0
    isAllowed = unsafe faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == 0
    mode = exists ? status.st_mode & 0o7777 : 0
    userID = exists ? status.st_uid : 0
    groupID = exists ? status.st_gid : 0
    user = exists ? Self.name(userID, in: "/etc/passwd") : nil
    group = exists ? Self.name(groupID, in: "/etc/group") : nil
  }

  /// The name for a number in a file of `name:password:number:…` lines.
  ///
  /// Read directly, because the C library's lookup loads plug-ins at run time, which a statically linked program lacks.
  private static func name(_ number: UInt32, in path: String) -> String? {
    let lines = (SmallFile.text(at: path, limit: 1 << 20) ?? "").split(separator: "\n")
    for line in lines {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      if fields.count > 2, UInt32(fields[2]) == number { return String(fields[0]) }
    }
    return nil
  }
}
