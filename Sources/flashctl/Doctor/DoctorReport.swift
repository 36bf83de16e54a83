import FlashCore
import USBTransport

/// What `doctor` found out about one device on the bus.
struct DeviceFinding: Sendable {
  /// What a device answered to a harmless first question.
  enum Answer: Equatable, Sendable {
    /// It was not asked: no family can, it may not be opened, or somebody holds it.
    case notAsked
    case identified(String)
    case failed(String)
  }

  var info: USBDeviceInfo
  var mode: RecognisedMode?
  var access: DeviceAccess
  var drivers: [USBInterfaceState]
  var holders: DeviceHolders
  /// Whether udev told ModemManager to leave the device alone; `nil` where no udevd keeps properties.
  var isHiddenFromModemManager: Bool?
  var answer: Answer = .notAsked

  init(_ info: USBDeviceInfo, _ discovery: USBDiscovery) {
    self.info = info
    mode = Families.recognise(info)
    access = DeviceAccess(of: info, discovery: discovery)
    drivers = discovery.interfaces(of: info)
    holders = DeviceHolders(of: info, discovery: discovery)
    let properties = discovery.udevProperties(of: info)
    isHiddenFromModemManager = properties.isEmpty ? nil : properties["ID_MM_DEVICE_IGNORE"] == "1"
  }

  /// Whether a session could be tried now.
  var canBeAsked: Bool { mode?.isSupported == true && access.isAllowed && holders.processes.isEmpty }

  /// One thing to do next.
  var nextStep: String {
    guard let mode else { return "nothing: no mode that flashctl knows" }
    if !access.exists { return "make \(access.path) visible here (a container needs /dev/bus/usb)" }
    if !access.isAllowed { return Diagnostic.udevRemedy }
    if let holder = holders.processes.first {
      return holder.isModemManager
        ? "install the udev rules, which keep ModemManager away, and replug the device"
        : "end \(holder.name), which has the device open"
    }
    guard mode.isSupported else { return "this version recognises \(mode.family) devices, and cannot talk to them yet" }
    switch answer {
    case .identified: return "ready: `flashctl info --device \(info.selector)`"
    case .failed(let reason): return "bring the device into its download mode again (\(reason))"
    case .notAsked: return "`flashctl info --device \(info.selector)`"
    }
  }
}

extension DeviceFinding {
  /// The lines for people.
  var lines: [String] {
    var lines = [
      "\(info.selector)  \(info.identifier)  \(info.product ?? "no product string")",
      "  mode:     \(mode.map { "\($0.mode) (\($0.family))" } ?? "none that flashctl knows")",
    ]
    guard mode != nil else { return lines }
    lines.append("  node:     \(access.path), \(accessText)")
    let bound = drivers.filter { $0.driver != nil }
    if !bound.isEmpty {
      lines.append(
        "  drivers:  " + bound.map { "interface \($0.number): \($0.driver ?? "")" }.joined(separator: ", "))
    }
    if !holders.names.isEmpty { lines.append("  held by:  " + holders.names.joined(separator: ", ")) }
    switch answer {
    case .notAsked: break
    case .identified(let text): lines.append("  answers:  \(text)")
    case .failed(let text): lines.append("  answers:  no: \(text)")
    }
    return lines + ["  next:     \(nextStep)"]
  }

  private var accessText: String {
    guard access.exists else { return "missing" }
    let owner = "\(access.user ?? String(access.userID)):\(access.group ?? String(access.groupID))"
    let mode = String(access.mode, radix: 8)
    return (access.isAllowed ? "may be opened" : "may not be opened") + " (\(owner), mode \(mode))"
  }

  /// The members of the `finding` event.
  var members: [(key: String, value: JSONValue)] {
    [
      (key: "device", value: .string(info.selector)), (key: "id", value: .string(info.identifier)),
      (key: "product", value: .optional(info.product)), (key: "family", value: .optional(mode?.family)),
      (key: "mode", value: .optional(mode?.mode)), (key: "supported", value: .bool(mode?.isSupported ?? false)),
      (key: "node", value: .string(access.path)), (key: "mayOpen", value: .bool(access.isAllowed)),
      (
        key: "drivers",
        value: .array(drivers.map { ["interface": .integer(Int64($0.number)), "driver": .optional($0.driver)] })
      ),
      (key: "holders", value: .array(holders.names.map(JSONValue.string))),
      (key: "hiddenFromModemManager", value: isHiddenFromModemManager.map(JSONValue.bool) ?? .null),
      (key: "answer", value: answerJSON), (key: "next", value: .string(nextStep)),
    ]
  }

  private var answerJSON: JSONValue {
    switch answer {
    case .notAsked: .null
    case .identified(let text): ["ok": true, "text": .string(text)]
    case .failed(let text): ["ok": false, "text": .string(text)]
    }
  }
}
