import FlashImages
import SystemPackage
import WireFormat

/// What a device keeps besides the content of its sections, in `device.json` of its folder: for whoever wants to look, and
/// for the next time that the device is made.
struct EDLStorageState: Sendable {
  /// A unit of UFS provisioning.
  struct Unit: Equatable, Sendable {
    var number: Int
    var isEnabled: Bool
    var bootID: UInt64
    var kibibyteCount: UInt64
  }

  let folder: FilePath?
  /// The value of the last setbootablestoragedrive.
  var bootableDrive: UInt64?
  /// Units of the last provisioning that was committed and that no restart has followed yet.
  var units: [Unit] = []
  /// The units that provisioning has made of the storage; `nil`: those that the model has.
  var provisioned: [Unit]?
  /// KiB that the storage had in all before it was divided anew.
  var capacity: UInt64?
  /// Whether the provisioning can be changed no more.
  var isLocked = false
  /// Attributes of the last element that provisioned an eMMC.
  var emmc: [(name: String, value: String)] = []

  /// A state is short; what is longer is none.
  private static let byteLimit: UInt64 = 1 << 16
  private static let fileName = "device.json"

  /// What the folder says of an earlier life of the device. A file that cannot be read as such says nothing.
  init(folder: FilePath?) {
    self.folder = folder
    guard let folder, let file = try? RegularFile(path: folder.appending(Self.fileName).string, followingLinks: false),
      let count = try? file.length(), count <= Self.byteLimit, let bytes = try? file.bytes(at: 0, count: Int(count)),
      let json = JSONText(parsing: bytes)
    else { return }
    bootableDrive = json["bootableDrive"]?.numberValue
    units = json["units"].map(Self.units) ?? []
    let made = json["provisioned"].map(Self.units) ?? []
    provisioned = made.isEmpty ? nil : made
    capacity = json["capacityInKB"]?.numberValue
    isLocked = json["locked"]?.numberValue == 1
    if case .object(let members) = json["emmc"] {
      emmc = members.compactMap { key, value in value.textValue.map { (key, $0) } }
    }
  }

  private static func units(_ list: JSONText) -> [Unit] {
    list.elements.compactMap { unit in
      guard let number = unit["number"]?.numberValue, number < 8, let size = unit["sizeInKB"]?.numberValue,
        size <= 1 << 32
      else { return nil }
      return Unit(
        number: Int(number), isEnabled: unit["enabled"]?.numberValue == 1, bootID: unit["bootLun"]?.numberValue ?? 0,
        kibibyteCount: size)
    }
  }

  private static func json(_ units: [Unit]) -> JSONText {
    .array(
      units.map { unit in
        .object([
          ("number", .number(UInt64(unit.number))), ("enabled", .number(unit.isEnabled ? 1 : 0)),
          ("bootLun", .number(unit.bootID)), ("sizeInKB", .number(unit.kibibyteCount)),
        ])
      })
  }

  /// Writes the state where the sections are; nothing without a folder.
  func record() throws(SimulatorError) {
    guard let folder else { return }
    var members: [(key: String, value: JSONText)] = []
    if let bootableDrive { members.append(("bootableDrive", .number(bootableDrive))) }
    if !units.isEmpty { members.append(("units", Self.json(units))) }
    if let provisioned { members.append(("provisioned", Self.json(provisioned))) }
    if let capacity { members.append(("capacityInKB", .number(capacity))) }
    if !units.isEmpty || provisioned != nil { members.append(("locked", .number(isLocked ? 1 : 0))) }
    if !emmc.isEmpty { members.append(("emmc", .object(emmc.map { ($0.name, .text($0.value)) }))) }
    try StorageFolder.write(
      Array(JSONText.object(members).document.utf8), to: folder.appending(Self.fileName))
  }
}
