import FlashCore
import FlashImages

/// The scatter package that a user wants flashed.
struct MediaTekPackage: Sendable {
  let package: ScatterPackage

  var file: ScatterFile { package.file }
  var scatter: Scatter { file.scatter }

  /// `nil` when none of the descriptors is a file of such a package: they may be another family's.
  init?(_ request: PlanRequest) throws(MediaTekPlanError) {
    var found: [ScatterPackage] = []
    for path in request.descriptors {
      if let package = try Self.package(at: path, request) { found.append(package) }
    }
    guard let first = found.first else { return nil }
    guard request.descriptors.count == 1 else { throw .severalPackages(request.descriptors) }
    package = first
  }

  private static func package(
    at path: String, _ request: PlanRequest
  ) throws(MediaTekPlanError) -> ScatterPackage? {
    do throws(ScatterError) {
      return try ScatterPackage(
        path: path, searchPaths: request.package.searchPaths, isStrict: request.isStrict)
    } catch {
      // What a package's own file names is its own affair.
      guard error.path == path, isForeign(error.problem, path) else { throw .scatter(error) }
      return nil
    }
  }

  /// Whether a file may well be something else. One that is called a scatter file is meant to be one.
  private static func isForeign(_ problem: ScatterProblem, _ path: String) -> Bool {
    let isNamed = PackagePath.name(of: path).lowercased().contains("scatter")
    switch problem {
    case .noDescriptor, .file: return true
    case .notText, .notScatter, .tooLarge, .xml, .otherDocument(.schema): return !isNamed
    case .outsidePackage, .absolutePath: return ScatterPackage.isArchive(path)
    default: return false
    }
  }

  /// What becomes of the device: as the user says, else as the package's own configuration does.
  func mode(_ choices: ScatterChoices) -> ScatterMode {
    choices.mode ?? package.toolConfiguration?.mode ?? .downloadOnly
  }

  /// The scatter file, with the line that an entry of a layout is on: `MT6765_Android_scatter.txt:97`.
  func place(of entry: String?, layout index: Int) -> String {
    guard let entry, scatter.layouts.indices.contains(index),
      let partition = scatter.layouts[index].partitions.firstIndex(where: { $0.name == entry }),
      let line = file.line(layout: index, partition: partition)
    else { return file.path }
    return "\(file.path):\(line)"
  }

  /// The layout for a storage, or the only one there is.
  func layout(for storage: ScatterStorage?) throws(MediaTekPlanError) -> Int {
    let all = scatter.layouts
    if let storage {
      guard let index = all.firstIndex(where: { $0.storage == storage }) else {
        throw .refused(.noLayout(storage, has: all.compactMap(\.storage)), path: file.path)
      }
      return index
    }
    guard let first = all.first, first.storage != nil else { throw .refused(.notFlashable, path: file.path) }
    guard all.count == 1 else { throw .severalLayouts(all.compactMap(\.storage)) }
    return 0
  }
}
