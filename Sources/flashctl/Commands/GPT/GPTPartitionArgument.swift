import ArgumentParser
import FlashCore
import FlashImages

/// A partition of a new table: `NAME:SIZE[:TYPE[:ATTRIBUTES]]`, the size empty for all that is left.
///
/// A size may be `START+SIZE`, in bytes or, with the suffix `s`, in sectors.
struct GPTPartitionArgument: ExpressibleByArgument, Equatable {
  var name: String
  var start: Region.Quantity?
  var size: Region.Quantity?
  var type: GUID
  var attributes: UInt64

  /// Types that have a name here; all others are given as GUIDs.
  static let types: [(name: String, guid: GUID)] = [
    ("linux", .linuxData), ("basic", .basicData), ("efi", .efiSystem),
  ]

  init?(argument: String) {
    let parts = argument.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard (2...4).contains(parts.count), !parts[0].isEmpty else { return nil }
    name = parts[0]
    let places = parts[1].split(separator: "+", omittingEmptySubsequences: false)
    guard places.count <= 2 else { return nil }
    if places.count == 2 {
      guard let first = Region.Quantity(parsing: places[0]) else { return nil }
      start = first
    }
    if let text = places.last, !text.isEmpty {
      guard let quantity = Region.Quantity(parsing: text) else { return nil }
      size = quantity
    }
    let type = parts.count > 2 && !parts[2].isEmpty ? parts[2] : "linux"
    guard let guid = Self.types.first(where: { $0.name == type.lowercased() })?.guid ?? GUID(type) else { return nil }
    self.type = guid
    attributes = 0
    guard parts.count > 3 else { return }
    let text = parts[3].lowercased()
    let number = text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
    guard let number else { return nil }
    attributes = number
  }

  /// The same in sectors. Throws where it begins or ends inside one.
  func partition(sectorByteCount: UInt64, guid: GUID?) throws -> GPTBuilder.Partition {
    GPTBuilder.Partition(
      name: name, type: type, uniqueGUID: guid, firstLBA: try start.map { try sectors($0, "begins", sectorByteCount) },
      sectorCount: try size.map { try sectors($0, "ends", sectorByteCount) },
      attributes: GPTAttributes(rawValue: attributes))
  }

  private func sectors(_ quantity: Region.Quantity, _ does: String, _ unit: UInt64) throws -> UInt64 {
    switch quantity {
    case .sectors(let count): return count
    case .bytes(let count):
      guard count % unit == 0 else {
        throw Diagnostic.usage(
          "\(name) \(does) inside a sector of \(unit) bytes",
          remedy: "use a multiple of it, or a number of sectors with the suffix s")
      }
      return count / unit
    }
  }
}
