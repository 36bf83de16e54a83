public import FlashImages

extension QualcommPackage.Programmer {
  /// Programmers from words of `--loader`: `FILE` or `ID:FILE`, also members of archives.
  public static func list(_ words: [String]) throws(ImageError) -> [QualcommPackage.Programmer] {
    var programmers: [QualcommPackage.Programmer] = []
    for word in words {
      let halves = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let id = halves.count == 2 ? UInt32(halves[0]) : nil
      let path = id == nil ? word : String(halves[1])
      programmers.append(QualcommPackage.Programmer(id: id, file: try PackageFile(at: path)))
    }
    return programmers
  }
}
