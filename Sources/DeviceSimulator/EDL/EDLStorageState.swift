import SystemPackage
import WireFormat

/// What a device keeps besides the content of its sections, in `device.json` of its folder, for whoever wants to look.
struct EDLStorageState: Sendable {
  /// A unit that has been asked for by UFS provisioning.
  struct Unit: Equatable, Sendable {
    var number: Int
    var isEnabled: Bool
    var bootID: UInt64
    var kibibyteCount: UInt64
  }

  let folder: FilePath?
  /// The value of the last setbootablestoragedrive.
  var bootableDrive: UInt64?
  /// Units of the last provisioning that was committed.
  var units: [Unit] = []
  /// Whether the provisioning can be changed no more.
  var isLocked = false
  /// Attributes of the last element that provisioned an eMMC.
  var emmc: [(name: String, value: String)] = []

  init(folder: FilePath?) { self.folder = folder }

  /// Writes the state where the sections are; nothing without a folder.
  func record() throws(SimulatorError) {
    guard let folder else { return }
    var members: [(key: String, value: JSONText)] = []
    if let bootableDrive { members.append(("bootableDrive", .number(bootableDrive))) }
    if !units.isEmpty {
      members.append(
        (
          "units",
          .array(
            units.map { unit in
              .object([
                ("number", .number(UInt64(unit.number))), ("enabled", .number(unit.isEnabled ? 1 : 0)),
                ("bootLun", .number(unit.bootID)), ("sizeInKB", .number(unit.kibibyteCount)),
              ])
            })
        ))
      members.append(("locked", .number(isLocked ? 1 : 0)))
    }
    if !emmc.isEmpty { members.append(("emmc", .object(emmc.map { ($0.name, .text($0.value)) }))) }
    try StorageFolder.write(Array(JSONText.object(members).document.utf8), to: folder.appending("device.json"))
  }
}
