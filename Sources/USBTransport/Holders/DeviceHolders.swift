public import FlashCore

/// Who has a device open.
public struct DeviceHolders: Equatable, Sendable {
  /// The holders that could be seen, by process id; this process is none of them.
  public var processes: [DeviceHolder]
  /// Processes of other users, whose files only root may look at.
  public var hiddenProcessCount: Int

  public init(processes: [DeviceHolder] = [], hiddenProcessCount: Int = 0) {
    self.processes = processes
    self.hiddenProcessCount = hiddenProcessCount
  }

  /// Looks at the open files of every process for the device's node, and for nodes that drivers made from its interfaces.
  public init(of device: USBDeviceInfo, discovery: USBDiscovery = USBDiscovery()) {
    let made = discovery.interfaces(of: device).flatMap(\.nodes)
    self = OpenFiles(proc: discovery.paths.proc).holders(of: Set(made + [discovery.node(of: device)]))
  }

  /// `ModemManager (pid 512)`, each process once.
  public var names: [String] {
    var seen: Set<Int32> = []
    return processes.filter { seen.insert($0.processID).inserted }.map(\.name)
  }
}
