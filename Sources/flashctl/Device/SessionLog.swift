import FlashCore
import WireFormat

/// Shows what a session tells: traces with `--trace`, notices as lines, waits through the silence watch.
enum SessionLog {
  static func show(_ event: SessionEvent, on console: Console, watch: SilenceWatch) {
    switch event {
    case .waiting(let waiting): watch.waits(for: waiting)
    case .trace(let trace): show(trace, on: console)
    case .notice(let code, let facts): show(code, facts, on: console)
    }
  }

  private static func show(_ trace: SessionEvent.Trace, on console: Console) {
    guard console.level >= .trace else { return }
    let arrow = trace.isFromDevice ? "<" : ">"
    console.trace("\(arrow) \(trace.label), \(UInt64(trace.bytes.count) + trace.omitted) bytes")
    var offset = 0
    while offset < trace.bytes.count {
      let row = trace.bytes[offset..<min(offset + 32, trace.bytes.count)]
      console.trace("\(arrow) " + Hex.string(row, separator: " "))
      offset += 32
    }
    if trace.omitted > 0 { console.trace("\(arrow) … and \(trace.omitted) bytes more") }
  }

  private static func show(_ code: String, _ facts: [String: String], on console: Console) {
    let sorted = facts.sorted { $0.key < $1.key }
    console.emit(
      "notice",
      [(key: "code", value: .string(code))]
        + [(key: "facts", value: .object(sorted.map { (key: $0.key, value: .string($0.value)) }))])
    console.log(Notices.level(code), Notices.sentence(code, facts))
  }
}
