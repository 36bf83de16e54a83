import WireFormat

/// The files of a package: where they are looked for, and the border that no name and no link crosses.
///
/// A package on disk reaches as far as its root (the folder of `contents.xml` or `flashmap.json`, the parent of a plain
/// descriptor's folder) and the folders that the user added. Source: `docs/protocols/qualcomm-packages.md` 5.2 and 10.
public struct PackageFiles: Sendable {
  private enum Place: Sendable {
    case folder(base: String, root: String)
    case archive(ZIPArchive, path: String)
  }

  private let place: Place
  /// As the user gave them, with their canonical forms.
  private let searchPaths: [(path: String, canonical: String)]

  /// A package on disk. Names count from `base`; nothing outside of `root` (`nil`: the same folder) is opened.
  public init(base: String, root: String? = nil, searchPaths: [String] = []) throws(PackageError) {
    guard let canonical = HostPath.canonical(root ?? base) else {
      throw PackageError(.file(.missing(path: base)), at: PackagePlace(path: base))
    }
    place = .folder(base: base, root: canonical)
    self.searchPaths = try Self.canonical(searchPaths)
  }

  /// A ZIP archive. Members with names that would lead out of a folder make the whole archive suspect: it is refused.
  public init(archive path: String, searchPaths: [String] = []) throws(PackageError) {
    let archive: ZIPArchive
    do throws(ImageError) { archive = try ZIPArchive(RegularFile(path: path)) } catch {
      throw PackageError(.file(error), at: PackagePlace(path: path))
    }
    for member in archive.members {
      guard !PackagePath.isAbsolute(member.name) else {
        throw PackageError(.absolutePath(member.name), at: PackagePlace(path: path))
      }
      guard !PackagePath.slashed(member.name).split(separator: "/").contains("..") else {
        throw PackageError(.outsidePackage(member.name), at: PackagePlace(path: path))
      }
    }
    place = .archive(archive, path: path)
    self.searchPaths = try Self.canonical(searchPaths)
  }

  private static func canonical(_ paths: [String]) throws(PackageError) -> [(path: String, canonical: String)] {
    var result: [(path: String, canonical: String)] = []
    for path in paths {
      guard let canonical = HostPath.canonical(path) else {
        throw PackageError(.file(.missing(path: path)), at: PackagePlace(path: path))
      }
      result.append((path: path, canonical: canonical))
    }
    return result
  }

  /// Looks for a file that a descriptor names; `nil` when there is none.
  ///
  /// `folders` are looked through in order, before them the search paths; they count from the package's base. `paths` are
  /// places, from the base too, that go before everything. `named` is who asks, for errors.
  public func find(
    _ name: String, in folders: [String], paths: [String] = [], named place: PackagePlace
  ) throws(PackageError) -> PackageFile? {
    guard !PackagePath.isAbsolute(name) else { throw PackageError(.absolutePath(name), at: place) }
    guard let plain = PackagePath.normalized(name), !plain.isEmpty else {
      throw PackageError(.outsidePackage(name), at: place)
    }
    switch self.place {
    case .folder(let base, _):
      let candidates =
        paths.map { PackagePath.join(base, $0) } + searchPaths.map { PackagePath.join($0.path, plain) }
        + folders.map { PackagePath.join($0 == "." ? base : PackagePath.join(base, $0), plain) }
      return try find(candidates, name: name, place)
    case .archive(let archive, let path):
      if let found = try find(searchPaths.map { PackagePath.join($0.path, plain) }, name: name, place) { return found }
      return try find(plain, in: folders, of: archive, path, place)
    }
  }

  // MARK: On disk

  private func find(
    _ candidates: [String], name: String, _ place: PackagePlace
  ) throws(PackageError) -> PackageFile? {
    for candidate in candidates {
      guard let canonical = HostPath.canonical(candidate) else {
        try requireInside(missing: candidate, name: name, place)
        continue
      }
      guard isInside(canonical) else { throw PackageError(.outsidePackage(name), at: place) }
      return try open(candidate, otherCase: nil, place)
    }
    for candidate in candidates {
      let (folder, last) = (PackagePath.folder(of: candidate), PackagePath.name(of: candidate))
      let matches = HostPath.names(in: folder).filter { $0.lowercased() == last.lowercased() }
      guard let match = matches.first else { continue }
      guard matches.count == 1 else { throw PackageError(.ambiguousName(name, candidates: matches), at: place) }
      let path = PackagePath.join(folder, match)
      guard let canonical = HostPath.canonical(path) else { continue }
      guard isInside(canonical) else { throw PackageError(.outsidePackage(name), at: place) }
      return try open(path, otherCase: match, place)
    }
    return nil
  }

  private func isInside(_ canonical: String) -> Bool {
    if case .folder(_, let root) = place, HostPath.lies(canonical, in: root) { return true }
    return searchPaths.contains { HostPath.lies(canonical, in: $0.canonical) }
  }

  /// A name that leads out of the package is refused whether there is something or not.
  private func requireInside(missing path: String, name: String, _ place: PackagePlace) throws(PackageError) {
    var folder = path
    var rest: [String] = []
    while HostPath.canonical(folder) == nil, folder != ".", folder != "/" {
      rest.insert(PackagePath.name(of: folder), at: 0)
      folder = PackagePath.folder(of: folder)
    }
    guard let start = HostPath.canonical(folder),
      let whole = PackagePath.normalized(start + "/" + rest.joined(separator: "/"))
    else { throw PackageError(.outsidePackage(name), at: place) }
    guard isInside("/" + whole) else { throw PackageError(.outsidePackage(name), at: place) }
  }

  private func open(_ path: String, otherCase: String?, _ place: PackagePlace) throws(PackageError) -> PackageFile {
    do throws(ImageError) { return try PackageFile(path: path, otherCase: otherCase) } catch {
      throw PackageError(.file(error), at: place)
    }
  }

  // MARK: In an archive

  private func find(
    _ name: String, in folders: [String], of archive: ZIPArchive, _ path: String, _ place: PackagePlace
  ) throws(PackageError) -> PackageFile? {
    var names: [String] = []
    for folder in folders {
      guard let whole = PackagePath.normalized(PackagePath.join(folder, name)), !whole.hasPrefix("../"), whole != ".."
      else { throw PackageError(.outsidePackage(name), at: place) }
      names.append(whole)
    }
    do throws(ImageError) {
      for name in names {
        guard let member = archive.member(named: name), !member.isFolder else { continue }
        return try PackageFile(member, of: archive, path: path, otherCase: nil)
      }
      for name in names {
        let matches = archive.members.filter { !$0.isFolder && $0.name.lowercased() == name.lowercased() }
        guard matches.count == 1, let match = matches.first else { continue }
        return try PackageFile(match, of: archive, path: path, otherCase: match.name)
      }
    } catch {
      throw PackageError(.file(error), at: place)
    }
    return nil
  }

  /// Names of all files of an archive, sorted; none on disk.
  var memberNames: [String] {
    guard case .archive(let archive, _) = place else { return [] }
    return archive.members.filter { !$0.isFolder }.map(\.name).sorted()
  }

  /// Names of the files in a folder of the package, sorted; folders that cannot be read have none.
  public func names(in folder: String) -> [String] {
    switch place {
    case .folder(let base, _): HostPath.names(in: folder == "." ? base : PackagePath.join(base, folder))
    case .archive(let archive, _):
      archive.members.filter { !$0.isFolder && PackagePath.folder(of: $0.name) == folder }
        .map { PackagePath.name(of: $0.name) }.sorted()
    }
  }
}
