public import FlashCore
public import FlashImages
import WireFormat

/// An installer package as it is put into a ZIP archive: descriptors, slices of images, programmers, `flashmap.json`.
///
/// Made of a plan, so that readers that know neither sparse images nor offsets in files can flash it. Source:
/// `docs/protocols/qualcomm-packages.md` 10.
public struct InstallerPackage: Sendable {
  /// One file of the package.
  public struct Member: Sendable {
    public enum Content: Sendable {
      case bytes([UInt8])
      case image(any ImageSource)
    }

    public var name: String
    public var content: Content
  }

  /// In the order in which they are written, `flashmap.json` first.
  public let members: [Member]

  /// `memory` is the storage of a plan that does not choose one (`ufs`, `emmc`, …). Throws `InstallerError`,
  /// `ImageError` and what a plan's extents are refused for.
  public init(plan: FlashPlan, programmers: [QualcommPackage.Programmer], memory: String?) throws {
    guard !programmers.isEmpty else { throw InstallerError.noProgrammer }
    var storages: [InstallerStorage] = []
    for step in plan.steps {
      if case .configure(let configure) = step {
        storages.append(InstallerStorage(memory: configure.memory, slot: UInt32(clamping: configure.slot)))
        continue
      }
      if case .reboot = step { continue }
      if case .makeBootable = step { continue }
      if storages.isEmpty {
        guard let memory else { throw InstallerError.noMemory }
        storages.append(InstallerStorage(memory: memory, slot: 0))
      }
      try storages[storages.count - 1].add(step)
    }
    guard !storages.isEmpty else { throw InstallerError.nothingToWrite }
    members = try Self.members(storages, programmers)
  }

  private static func members(
    _ storages: [InstallerStorage], _ programmers: [QualcommPackage.Programmer]
  ) throws -> [Member] {
    let files = programmers.map { PackagePath.name(of: $0.file.member ?? $0.file.path) }
    let map = Flashmap.json(
      programmers: zip(programmers, files).map { Flashmap.Programmer(id: $0.id, path: $1) },
      programmables: storages.map {
        Flashmap.Programmable(
          memory: $0.memory, slot: $0.slot, files: ["\($0.memory)_rawprogram.xml", "\($0.memory)_patch.xml"])
      })
    var members = [Member(name: "flashmap.json", content: .bytes(map))]
    for (programmer, name) in zip(programmers, files) {
      members.append(Member(name: name, content: .image(ByteImageSource(programmer.file.bytes))))
    }
    for storage in storages { members += storage.allMembers }
    var names: Set<String> = []
    for member in members where !names.insert(member.name.lowercased()).inserted {
      throw InstallerError.nameClash(member.name)
    }
    return members
  }
}

/// Why no installer package can be made of a plan.
public enum InstallerError: Error, Equatable, Sendable {
  case noProgrammer
  /// The package does not say which storage it is for.
  case noMemory
  case nothingToWrite
  /// Two files would have the same name.
  case nameClash(String)
  /// A step whose sectors cannot be told without a device.
  case unresolved(step: String)
}
