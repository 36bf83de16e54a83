/// The knobs of the loopback device.
struct LoopbackSettings: Sendable {
  var speed = LoopbackIdentity.Speed.high
  var interruptInterval = Interval(milliseconds: 100)
  var verifies = false

  static let knobs: [KnobBinding<LoopbackSettings>] = {
    let it = LoopbackSettings()
    return [
      .init("speed", \.speed, of: it, "the port it wants: high (USB 2) or super (USB 3)"),
      .init(
        "interrupt-interval-ms", \.interruptInterval, of: it, "time between two messages of the interrupt endpoint"),
      .init("verify", \.verifies, of: it, "whether the sink compares what it gets with the source's pattern"),
    ]
  }()
}

/// A time between two events: at least 1 ms.
struct Interval: KnobValue, Equatable {
  var milliseconds: UInt32

  init(milliseconds: UInt32) { self.milliseconds = milliseconds }

  init?(knobText text: String) {
    guard let milliseconds = UInt32(text), milliseconds > 0 else { return nil }
    self.milliseconds = milliseconds
  }

  var duration: Duration { .milliseconds(Int64(milliseconds)) }
  var knobText: String { "\(milliseconds)" }
  static var allowed: [String] { ["MILLISECONDS, at least 1"] }
}
