import FlashCore
import FlashImages

/// The files of a layout's entries that are to be written, each looked at once.
struct MediaTekImages: Sendable {
  /// By the entry's name.
  private(set) var images: [String: MediaTekImage] = [:]
  /// Entries whose file is not there, which the user allowed.
  private(set) var missing: [ScatterPartition] = []
  /// Ticked entries that the user leaves out.
  private(set) var leftOut: [ScatterPartition] = []

  /// None, for what only erases.
  init() {}

  var facts: [String: ScatterImage] { images.mapValues(\.facts) }

  /// `checksChecksums` compares the files with the list beside the scatter file.
  init(
    _ package: MediaTekPackage, _ layout: ScatterLayout, _ request: PlanRequest, checksChecksums: Bool
  ) throws(MediaTekPlanError) {
    let choice = Choice(layout, request)
    let checksums =
      checksChecksums && !request.scatter.ignoresChecksum ? try Self.checksums(of: package) : nil
    var known: [String: MediaTekImage] = [:]
    for partition in layout.partitions {
      guard choice.wants(partition) else {
        if partition.isDownload, partition.fileName != nil { leftOut.append(partition) }
        continue
      }
      guard let file = try Self.file(for: partition, choice, package) else {
        guard partition.fileName != nil || choice.isNamed(partition) else { continue }
        guard request.package.allowsMissing else {
          let index = package.scatter.layouts.firstIndex { $0.storage == layout.storage } ?? 0
          throw .refused(
            .fileMissing(entry: partition.name, file: partition.fileName),
            path: package.place(of: partition.name, layout: index))
        }
        missing.append(partition)
        continue
      }
      let isBootLoader = partition.role == .preloader || partition.role == .preloaderBackup
      let key = file.name + (isBootLoader ? " loader" : "")
      if let image = known[key] {
        images[partition.name] = image
        continue
      }
      do throws(ImageError) {
        if choice.file(for: partition) == nil { try Self.compare(file, of: partition, with: checksums, package) }
        // Boot loaders are never sparse.
        let layers = isBootLoader && request.package.layers != .asIs ? .unpacked : request.package.layers
        let image = try MediaTekImage(file, layers: layers, isBootLoader: isBootLoader)
        known[key] = image
        images[partition.name] = image
      } catch {
        throw .image(error)
      }
    }
  }

  private static func file(
    for partition: ScatterPartition, _ choice: Choice, _ package: MediaTekPackage
  ) throws(MediaTekPlanError) -> PackageFile? {
    if let path = choice.file(for: partition) {
      do throws(ImageError) { return try PackageFile(at: path) } catch { throw .image(error) }
    }
    do throws(ScatterError) { return try package.package.find(partition) } catch { throw .scatter(error) }
  }

  // MARK: Checksums

  private static func checksums(of package: MediaTekPackage) throws(MediaTekPlanError) -> ScatterChecksums? {
    do throws(ScatterError) { return try package.package.checksums() } catch { throw .scatter(error) }
  }

  private static func compare(
    _ file: PackageFile, of partition: ScatterPartition, with list: ScatterChecksums?, _ package: MediaTekPackage
  ) throws(ImageError) {
    let name = partition.fileName ?? PackagePath.name(of: file.member ?? file.path)
    guard let stated = list?.checksum(of: name) else { return }
    let sum = try ScatterChecksums.sum(of: file)
    guard sum == stated else {
      throw .malformed(
        path: file.name, offset: 0,
        reason: "adds up to 0x\(String(sum, radix: 16)), and should to 0x\(String(stated, radix: 16)) "
          + "(\(ScatterPackage.checksumFileName))")
    }
  }

  // MARK: Choosing

  /// Which entries are wanted, and from which files.
  struct Choice {
    private let only: Set<String>
    private let skip: Set<String>
    private let files: [String: String]
    private let isMinimal: Bool

    init(_ layout: ScatterLayout, _ request: PlanRequest) {
      only = Set(request.package.only.map { $0.lowercased() })
      skip = Set(request.package.skip.map { $0.lowercased() })
      files = Dictionary(request.scatter.files.map { ($0.key.lowercased(), $0.value) }) { $1 }
      isMinimal = request.scatter.isMinimal
    }

    func file(for partition: ScatterPartition) -> String? { files[partition.name.lowercased()] }

    /// Whether the user said its name.
    func isNamed(_ partition: ScatterPartition) -> Bool {
      only.contains(partition.name.lowercased()) || file(for: partition) != nil
    }

    func wants(_ partition: ScatterPartition) -> Bool {
      let name = partition.name.lowercased()
      guard !skip.contains(name) else { return false }
      guard only.isEmpty else { return only.contains(name) }
      if files[name] != nil { return true }
      guard partition.isDownload, !partition.isTable, !partition.isReserved, partition.operation.kind != .reserved
      else { return false }
      return !isMinimal || partition.role == .preloader || partition.isNeededForEmptyBoot == true
    }
  }
}
