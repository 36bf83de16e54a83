import Glibc

/// Where copies go that a job makes of what only one device has, where the user does not say.
enum CopiesFolder {
  /// `$XDG_STATE_HOME/flashctl/copies/2026-03-01T12-00-00`, of the present time; `nil` where there is no home either.
  static func new() -> String? {
    guard let journal = JournalPlace.folder, let slash = journal.lastIndex(of: "/") else { return nil }
    var now = time(nil)
    var parts = unsafe tm()
    guard unsafe localtime_r(&now, &parts) != nil else { return nil }
    func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
    let day = unsafe "\(Int(parts.tm_year) + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
    let hour = unsafe "\(two(parts.tm_hour))-\(two(parts.tm_min))-\(two(parts.tm_sec))"
    return journal[..<slash] + "/copies/\(day)T\(hour)"
  }
}
