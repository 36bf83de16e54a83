public import FlashCore
public import FlashImages

/// A flashing package with its descriptors read and none of its images opened.
///
/// ```swift
/// let package = try QualcommPackage(request)   // nil: no package of this family
/// for pass in package.passes { print(pass.memory ?? "any storage", pass.programs.map(\.file.path)) }
/// ```
///
/// Source: `docs/protocols/qualcomm-packages.md` 1, 9, 10 and 15.
public struct QualcommPackage: Sendable {
  /// What is done with one storage: all programs, then all patches.
  public struct Pass: Sendable {
    /// `ufs`, `emmc`, …; `nil` where the package does not say.
    public var memory: String?
    public var slot: UInt32
    public var programs: [Document]
    public var patches: [Document]
    /// Programs that start the device for this storage, by image id; none, one, or several of which some belong together.
    public var programmers: [Programmer]

    /// In the order in which they are worked through.
    public var documents: [Document] { programs + patches }

    mutating func add(_ document: Document) {
      if document.file.kind == .patch { patches.append(document) } else { programs.append(document) }
    }
  }

  /// A descriptor, and where its files are looked for.
  public struct Document: Sendable {
    public let file: ProgramFile
    let files: PackageFiles
    /// From the package's base.
    let folders: [String]
    let contents: (file: ContentsFile, selection: ContentsFile.Selection)?

    /// Looks for a file that the descriptor names; `nil` when it is not there.
    public func find(_ name: String, named place: PackagePlace) throws(PackageError) -> PackageFile? {
      let known = contents.map { $0.file.places(of: name, for: $0.selection) } ?? []
      return try files.find(name, in: folders, paths: known, named: place)
    }
  }

  /// A file that is loaded into the device before anything can be flashed.
  public struct Programmer: Sendable {
    public var id: UInt32?
    public var file: PackageFile
  }

  public var passes: [Pass]
  /// What the user named, in order.
  public let descriptors: [String]
  public var remarks: [PackageRemark]
  let options: PackageOptions

  /// Finds and reads the descriptors of a request. `nil` when the first file is no descriptor of this family.
  public init?(_ request: PlanRequest) throws(PackageError) {
    guard !request.descriptors.isEmpty else { return nil }
    descriptors = request.descriptors
    options = request.package
    passes = []
    remarks = []
    var loader = QualcommPackageLoader(options: request.package)
    for (index, descriptor) in request.descriptors.enumerated() {
      guard try loader.load(descriptor, isFirst: index == 0) else { return nil }
    }
    passes = loader.finish()
    remarks = loader.remarks
    guard passes.contains(where: { !$0.documents.isEmpty }) else {
      throw PackageError(.noDescriptors, at: PackagePlace(path: descriptors[0]))
    }
  }
}
