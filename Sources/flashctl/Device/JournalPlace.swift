import FlashCore

/// Where runs are recorded, and under what name a device is found again.
enum JournalPlace {
  /// `$XDG_STATE_HOME/flashctl/journal`, by default below `~/.local/state`; `nil` when there is no home either.
  static var folder: String? {
    if let state = Environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/flashctl/journal" }
    guard let home = Environment["HOME"], home.hasPrefix("/") else { return nil }
    return home + "/.local/state/flashctl/journal"
  }

  static func place(for context: DeviceSession.Context, selector: DeviceSelector?) -> PlanJournal.Place? {
    folder.map { PlanJournal.Place(folder: $0, device: device(context, selector), port: context.device) }
  }

  /// The serial number where there is one, else the place where the device is plugged in. Simulated devices have the
  /// same serial number all; their storage tells them apart.
  private static func device(_ context: DeviceSession.Context, _ selector: DeviceSelector?) -> String {
    if case .simulated(let model, let options) = selector {
      let storage = options.last(where: { $0.key == "storage" })?.value
      return "sim:" + model + (storage.map { ",storage=" + $0 } ?? "")
    }
    let identity = context.target.identity
    guard let serial = identity.serialNumber, !serial.isEmpty else { return context.device }
    return identity.family + ":" + serial
  }
}
