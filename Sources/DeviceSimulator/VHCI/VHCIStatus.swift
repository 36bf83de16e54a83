public import USBWire

/// The ports of `vhci_hcd`, as its file `status` lists them.
///
/// ```
/// hub port sta spd dev      sockfd local_busid
/// hs  0000 006 003 00010002 000003 3-1
/// ss  0008 004 000 00000000 000000 0-0
/// ```
///
/// Source: `struct usbip_device_status` of `<linux/usbip.h>` for the states; the columns by their header.
public struct VHCIStatus: Equatable, Sendable {
  /// The root hub that a port belongs to.
  public enum Hub: String, Equatable, Sendable {
    case highSpeed = "hs"
    case superSpeed = "ss"
  }

  /// VDEV_ST_…
  public enum State: Int, Equatable, Sendable {
    case free = 4
    /// A device is there and has no address yet.
    case notAssigned = 5
    case used = 6
    case failed = 7
  }

  public struct Port: Equatable, Sendable {
    public var hub: Hub
    /// Counts through all hubs of all controllers; what `attach` and `detach` take.
    public var number: Int
    public var state: State
    /// The device's place on this machine's bus, as `3-1`; `nil` until it has one.
    public var portPath: String?
  }

  public var ports: [Port]

  public init(ports: [Port]) { self.ports = ports }

  /// Reads the file's lines; those that are no ports (the header, or anything new) are passed over.
  public init(parsing text: String) {
    ports = text.split(whereSeparator: \.isNewline).compactMap { line in
      let columns = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      guard columns.count >= 7, let hub = Hub(rawValue: String(columns[0])), let number = Int(columns[1]), number >= 0,
        let state = Int(columns[2]).flatMap(State.init(rawValue:))
      else { return nil }
      let place = String(columns[6])
      return Port(hub: hub, number: number, state: state, portPath: place == "0-0" ? nil : place)
    }
  }
}

extension VHCIStatus.Hub {
  /// The hub for devices of this speed.
  public init(for speed: USBIPDeviceRecord.Speed) {
    switch speed {
    case .super, .superPlus: self = .superSpeed
    case .unknown, .low, .full, .high, .wireless: self = .highSpeed
    }
  }
}
