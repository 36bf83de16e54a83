/// udev's record of a device in `/run/udev/data`.
struct UdevDatabase {
  /// The kernel's major number of USB device nodes.
  private static let usbMajor = 189
  let paths: SystemPaths

  /// The `E:KEY=VALUE` lines of the record; nothing when there is none.
  ///
  /// USB device nodes are numbered by bus and address: minor = (bus − 1) · 128 + address − 1.
  func properties(bus: Int, address: Int) -> [String: String] {
    guard (1...1 << 16).contains(bus), (1...128).contains(address) else { return [:] }
    let minor = (bus - 1) * 128 + address - 1
    guard let text = SmallFile.text(at: "\(paths.run)/udev/data/c\(Self.usbMajor):\(minor)") else { return [:] }
    var properties: [String: String] = [:]
    for line in text.split(separator: "\n") where line.hasPrefix("E:") {
      let entry = line.dropFirst(2)
      guard let equals = entry.firstIndex(of: "=") else { continue }
      properties[String(entry[..<equals])] = String(entry[entry.index(after: equals)...])
    }
    return properties
  }
}
