public import FlashCore
public import FlashImages

/// Updates that an XML agent drives: it gets the scatter file and asks for what it wants, in an order of its own.
///
/// Source: `docs/protocols/mtk-xml.md` 7.3 and 10, `docs/protocols/mtk-scatter.md` 7.3.
public struct DeviceDrivenUpdate: Sendable {
  public enum Command: String, CaseIterable, Sendable {
    /// Writes the files that are ticked, by the device's own table.
    case writePartitions = "WRITE-PARTITIONS"
    /// Divides the storage anew and writes it all; what only this device has is lost unless it lies where nothing changes.
    case flashAll = "FLASH-ALL"
    /// Divides the storage anew and keeps what only this device has.
    case flashUpdate = "FLASH-UPDATE"
  }

  /// A file of the package, under the name that the scatter file has for it.
  public struct File: Sendable {
    public var partition: String
    public var name: String
    public var path: String
    public var byteCount: UInt64
    fileprivate var image: any ImageSource
  }

  public let command: Command
  /// What the device may ask for beside the scatter file.
  public let files: [File]
  private let scatter: [UInt8]
  /// The chip that the package is for, and what the user said to that.
  fileprivate let platform: (chip: String?, name: String, path: String, isForced: Bool)

  /// The name that the scatter file has towards the device.
  private static let scatterName = "scatter.xml"
  private static let folderName = "backup"

  /// Finds the files of a package, and writes its layout as the XML that agents read. Throws `MediaTekPlanError`, and
  /// `ScatterWriteError` where the layout cannot be written so.
  public init?(_ command: Command, of request: PlanRequest, storage: ScatterStorage) throws {
    guard let package = try MediaTekPackage(request) else { return nil }
    self.command = command
    platform = (package.scatter.chip, package.scatter.platform, package.file.path, request.isForced)
    let index = try package.layout(for: storage)
    let layout = package.scatter.layouts[index]
    let images = try MediaTekImages(package, layout, request, checksChecksums: true)
    var chosen = package.scatter
    var files: [File] = []
    for (place, partition) in layout.partitions.enumerated() {
      guard let image = images.images[partition.name] else {
        chosen.layouts[index].partitions[place].isDownload = false
        continue
      }
      let name = partition.fileName.map(PackagePath.slashed) ?? PackagePath.name(of: image.reference.path)
      chosen.layouts[index].partitions[place].fileName = name
      chosen.layouts[index].partitions[place].isDownload = true
      let whole = try Self.whole(image)
      files.append(
        File(
          partition: partition.name, name: name, path: image.facts.path,
          byteCount: whole.byteCount ?? image.reference.length, image: whole))
    }
    let protected = files.map(\.partition).filter(ProtectedPartitions.contains)
    guard protected.isEmpty || request.package.allowsProtected else {
      throw MediaTekPlanError.refused(.protected(protected), path: package.file.path)
    }
    guard command != .flashAll || request.package.allowsFullErase && request.package.allowsProtected else {
      throw MediaTekPlanError.refused(.losesIdentity([]), path: package.file.path)
    }
    guard !files.isEmpty else { throw MediaTekPlanError.refused(.nothingSelected, path: package.file.path) }
    self.files = files
    scatter = try ScatterWriter(.xml).bytes(of: chosen)
  }

  /// As the file is stored, unpacked: agents expand sparse images themselves, and make the header of boot sections.
  private static func whole(_ image: MediaTekImage) throws(ImageError) -> any ImageSource {
    if image.loader != nil { return try image.loaderReference.source() }
    guard image.reference.member == nil else { return ZeroFilledImage(try image.reference.source()) }
    let layers: ImageReference.Layers = image.reference.layers == .asIs ? .asIs : .unpacked
    return try ImageFile(path: image.reference.path, options: layers.options).measured().source
  }

  fileprivate func packageFiles() throws(ImageError) -> [XMLAgentDriver.PackageFile] {
    var result = [
      XMLAgentDriver.PackageFile(
        name: Self.scatterName, image: try RandomAccessImageSource(MemoryBytes(scatter, path: Self.scatterName)),
        byteCount: UInt64(scatter.count))
    ]
    var names: Set<String> = [Self.scatterName]
    // Two slots often share a file.
    for file in files where names.insert(file.name).inserted {
      result.append(XMLAgentDriver.PackageFile(name: file.name, image: file.image, byteCount: file.byteCount))
    }
    return result
  }

  fileprivate var message: XMLAgentCommand {
    let list = files.map { XMLAgentCommand.Selection(partition: $0.partition, file: $0.name) }
    return switch command {
    case .writePartitions: .writePartitions(scatter: Self.scatterName, list)
    case .flashAll: .flashAll(scatter: Self.scatterName, list)
    case .flashUpdate: .flashUpdate(scatter: Self.scatterName, backup: Self.folderName, list)
    }
  }

  fileprivate func folder(_ folder: OutputFolder?) -> (name: String, files: XMLAgentFolder)? {
    guard command == .flashUpdate, let folder else { return nil }
    return (Self.folderName, XMLAgentFolder(folder))
  }
}

extension MediaTekTarget {
  /// What kind of storage the agent has found, as scatter files name it.
  public func scatterStorage() async throws -> ScatterStorage { try await storageKind() }

  /// Runs an update that the device drives. `copies` takes what a FLASH-UPDATE puts away, and is needed for one; nothing in it
  /// is replaced. `report` gets what the agent says, `progress` a file's name and how many of its bytes have been taken.
  public func run(
    _ update: DeviceDrivenUpdate, copies: OutputFolder?, report: @escaping @Sendable (String, Int?) -> Void,
    progress: @escaping @Sendable (String, UInt64, UInt64) -> Void
  ) async throws {
    let agent = try await agent()
    guard let xml = agent as? XMLAgent else {
      throw AgentLacksCommand(protocolName: agent.protocolName, command: update.command.rawValue)
    }
    let chips = await chipNames()
    if let chip = update.platform.chip, !chips.isEmpty, !chips.contains("MT" + chip), !update.platform.isForced {
      throw MediaTekPlanError.refused(
        .otherPlatform(scatter: update.platform.name, device: chips[0]), path: update.platform.path)
    }
    if update.command == .flashUpdate, copies == nil { throw MediaTekPlanError.noCopiesFolder }
    try await xml.driver.flash(
      update.message, files: try update.packageFiles(), folder: update.folder(copies)
    ) { event in
      switch event {
      case .progress(let message, let percent): report(message, percent)
      case .transferred(let file, let bytes, let total, _): progress(file, bytes, total)
      case .unknownChecksum: break
      }
    }
  }
}
