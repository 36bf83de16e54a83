/// One running write as text: a bar for a terminal, a sentence for a log.
struct ProgressMeter: Equatable, Sendable {
  var name: String
  var total: UInt64
  var start: Duration
  var done: UInt64 = 0
  /// The device's state once all is sent, such as `finishing 75 %`.
  var note: String?
  /// Whether bytes are compared, not sent.
  var isComparison = false

  init(name: String, total: UInt64, start: Duration) {
    self.name = name
    self.total = total
    self.start = start
  }

  var percent: Int { total == 0 ? 100 : Int((Double(done) / Double(total) * 100).rounded(.down)) }

  /// `mmc       [#########-----------]  45 %  120.0 MB of 262.1 MB  31.2 MB/s  5 s left`, cut to `width` columns.
  func bar(width: Int, now: Duration) -> String {
    let name = isComparison ? name + ": comparing" : name
    let label = name.count < 10 ? name + String(repeating: " ", count: 10 - name.count) : name + " "
    let figures = " " + padded(percent) + " %  " + tail(now: now)
    let room = min(40, width - 1 - label.count - figures.count - 2)
    guard room >= 5 else { return String((label + figures).prefix(width - 1)) }
    let filled = room * percent / 100
    return label + "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: room - filled) + "]"
      + figures
  }

  /// `mmc: 45 %, 120.0 MB of 262.1 MB, 31.2 MB/s, 5 s left`.
  func line(now: Duration) -> String {
    "\(name): \(isComparison ? "compared " : "")\(percent) %, "
      + tail(now: now).split(separator: "  ").joined(separator: ", ")
  }

  private func tail(now: Duration) -> String {
    if let note { return "\(Units.bytes(total))  \(note)" }
    let elapsed = now - start
    var parts = ["\(Units.bytes(done)) of \(Units.bytes(total))"]
    if done > 0, elapsed > .milliseconds(200) {
      parts.append(Units.rate(done, over: elapsed))
      let left = elapsed.seconds * Double(total - min(done, total)) / Double(done)
      if done < total { parts.append(Units.duration(.seconds(left)) + " left") }
    }
    return parts.joined(separator: "  ")
  }

  private func padded(_ percent: Int) -> String {
    String(repeating: " ", count: 3 - min(3, "\(percent)".count)) + "\(percent)"
  }
}
