/// Numbers as people read them.
enum Units {
  /// `1.5 GB`, decimal multiples as storage is sold; whole bytes below 1000.
  static func bytes(_ count: UInt64) -> String {
    guard count >= 1000 else { return "\(count) bytes" }
    var value = Double(count) / 1000
    var unit = 0
    let names = ["kB", "MB", "GB", "TB", "PB", "EB"]
    while value >= 999.95, unit < names.count - 1 {
      value /= 1000
      unit += 1
    }
    return decimal(value, places: 1) + " " + names[unit]
  }

  /// `4.2 MB/s`.
  static func rate(_ count: UInt64, over duration: Duration) -> String {
    let seconds = duration.seconds
    guard seconds > 0 else { return "–" }
    return bytes(UInt64(Double(count) / seconds)) + "/s"
  }

  /// `0.4 s`, `12 s`, `3 min 05 s`, `1 h 02 min`.
  static func duration(_ duration: Duration) -> String {
    let seconds = max(0, duration.seconds)
    if seconds < 9.95 { return decimal(seconds, places: 1) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(padded(whole % 60)) s" }
    return "\(whole / 3600) h \(padded(whole % 3600 / 60)) min"
  }

  private static func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }

  /// `value` with a fixed number of decimal places (0…3).
  static func decimal(_ value: Double, places: Int) -> String {
    let scale = [1, 10, 100, 1000][min(max(places, 0), 3)]
    let scaled = Int64((value * Double(scale)).rounded())
    guard places > 0 else { return "\(scaled)" }
    let fraction = String(abs(scaled) % Int64(scale))
    return "\(scaled / Int64(scale))." + String(repeating: "0", count: places - fraction.count) + fraction
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
  var milliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
