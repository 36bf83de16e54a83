/// Paths as descriptors write them: `/` and `\` separate folders, and no name is trusted.
public enum PackagePath {
  /// The path with `/` only.
  public static func slashed(_ path: String) -> String { String(path.map { $0 == "\\" ? "/" : $0 }) }

  /// Whether the path starts at a root, or at a drive.
  public static func isAbsolute(_ path: String) -> Bool {
    let bytes = Array(slashed(path).utf8.prefix(2))
    guard let first = bytes.first else { return false }
    let isDrive = bytes.count == 2 && bytes[1] == UInt8(ascii: ":") && (0x41...0x5A).contains(first & ~0x20)
    return first == UInt8(ascii: "/") || isDrive
  }

  /// The path with `.` and `x/..` taken out: `..` stand at its beginning only. `nil` for one with a NUL.
  public static func normalized(_ path: String) -> String? {
    guard !path.utf8.contains(0) else { return nil }
    var parts: [Substring] = []
    for part in slashed(path).split(separator: "/", omittingEmptySubsequences: true) where part != "." {
      if part == "..", let last = parts.last, last != ".." {
        parts.removeLast()
      } else {
        parts.append(part)
      }
    }
    return parts.joined(separator: "/")
  }

  /// What comes behind the last separator.
  public static func name(of path: String) -> String {
    let path = slashed(path)
    return path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
  }

  /// The folder of a path: `.` where it names none.
  public static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// `name` in `folder`; `name` alone where the folder is the current one.
  public static func join(_ folder: String, _ name: String) -> String {
    if folder.isEmpty || folder == "." { return name }
    return folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }
}
