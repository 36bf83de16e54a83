extension ContentKind {
  /// What a partition of this name holds on devices as they are made, where a name tells; empty where it does not.
  ///
  /// Names are compared without regard to case and without the slot (`boot_a` is `boot`).
  public static func expected(inPartition name: String) -> Set<ContentKind> {
    var base = name.lowercased()
    if base.hasSuffix("_a") || base.hasSuffix("_b") { base = String(base.dropLast(2)) }
    if base.hasPrefix("vbmeta") { return [.vbmeta] }
    return table[base] ?? []
  }

  /// Whether this content is known and surely not what a partition of this name holds: a file system for `boot`.
  ///
  /// A reason to warn before writing, and no more: names are conventions.
  public func isOdd(inPartition name: String) -> Bool {
    let expected = Self.expected(inPartition: name)
    return !expected.isEmpty && !expected.contains(self)
  }

  private static let fileSystems: Set<ContentKind> = [.ext, .f2fs, .erofs, .squashfs, .ubi]

  private static let table: [String: Set<ContentKind>] = [
    "boot": [.androidBoot, .elf], "recovery": [.androidBoot, .elf], "init_boot": [.androidBoot],
    "vendor_boot": [.vendorBoot], "dtbo": [.dtbo], "super": [.superPartition], "system": fileSystems,
    "vendor": fileSystems, "product": fileSystems, "odm": fileSystems, "cache": fileSystems,
    "userdata": fileSystems,
  ]
}
