import FlashCore
import Synchronization

/// Shows a flashing run as it goes: JSON lines, a bar on a terminal, or plain lines at a slow pace.
///
/// Throttling is here, on the given clock; the last event of a step always comes through.
final class RunReporter: Sendable {
  private struct State {
    var meter: ProgressMeter?
    var lastShown: Duration?
    var steps = 0
  }

  let console: Console
  private let clock: any LinkClock
  private let state = Mutex(State())

  init(console: Console, clock: any LinkClock = SystemLinkClock()) {
    self.console = console
    self.clock = clock
  }

  func handle(_ event: FlashEvent) {
    switch event {
    case .planned(let steps, let bytes):
      state.withLock { $0.steps = steps }
      console.event("run", ["steps": .integer(Int64(steps)), "bytes": .unsigned(bytes)])
    case .resuming, .nothingToResume, .deltaUnavailable, .journalUnavailable, .performed, .verified, .compared, .saved:
      note(event)
    case .comparing(let step, let name, let bytes, let purpose): comparing(step, name, bytes, purpose)
    case .started(let step, let name, let bytes): started(step, name, bytes)
    case .saving(let step, let name, let bytes): saving(step, name, bytes)
    case .progressed(let step, let bytes): progressed(step, bytes)
    case .settling(let step, let stateName, let percent): settling(step, stateName, percent)
    case .finished(let step, let elapsed, let verified): finished(step, elapsed, verified)
    case .rebooting(let step, let mode):
      console.event("rebooting", ["step": .integer(Int64(step)), "mode": .string(mode.rawValue)])
      console.info("rebooting the device" + (mode == .system ? "" : " to \(mode.rawValue) mode"))
    case .failed(let step, let name):
      console.status(nil)
      console.event("stepFailed", ["step": .integer(Int64(step)), "name": .string(name)])
    }
  }

  private func started(_ step: Int, _ name: String, _ bytes: UInt64) {
    let meter = ProgressMeter(name: name, total: bytes, start: clock.now)
    state.withLock {
      $0.meter = meter
      $0.lastShown = nil
    }
    console.event(
      "stepStarted", ["step": .integer(Int64(step)), "name": .string(name), "bytes": .unsigned(bytes)])
    show(meter, force: true)
  }

  private func saving(_ step: Int, _ name: String, _ bytes: UInt64) {
    var meter = ProgressMeter(name: name, total: bytes, start: clock.now)
    meter.isComparison = true
    state.withLock {
      $0.meter = meter
      $0.lastShown = nil
    }
    console.event("saving", ["step": .integer(Int64(step)), "name": .string(name), "bytes": .unsigned(bytes)])
    show(meter, force: true)
  }

  private func comparing(_ step: Int, _ name: String, _ bytes: UInt64, _ purpose: FlashEvent.Comparison) {
    var meter = ProgressMeter(name: name, total: bytes, start: clock.now)
    meter.isComparison = true
    state.withLock {
      $0.meter = meter
      $0.lastShown = nil
    }
    console.event(
      "comparing",
      [
        "step": .integer(Int64(step)), "name": .string(name), "bytes": .unsigned(bytes),
        "purpose": .string(purpose.rawValue),
      ])
    show(meter, force: true)
  }

  private func progressed(_ step: Int, _ bytes: UInt64) {
    let meter = state.withLock { state -> ProgressMeter? in
      state.meter?.done = bytes
      return state.meter
    }
    if let meter { show(meter, force: bytes == meter.total, step: step) }
  }

  private func settling(_ step: Int, _ stateName: String, _ percent: Int?) {
    let meter = state.withLock { state -> ProgressMeter? in
      let suffix = percent.map { stateName + " \($0) %" } ?? stateName
      guard state.meter?.note != suffix else { return nil }
      state.meter?.note = suffix
      return state.meter
    }
    guard let meter else { return }
    console.event(
      "settling",
      [
        "step": .integer(Int64(step)), "state": .string(stateName),
        "percent": percent.map { .integer(Int64($0)) } ?? .null,
      ])
    if console.terminal.width != nil { show(meter, force: true) }
  }

  private func finished(_ step: Int, _ elapsed: Duration, _ verified: Verification) {
    let meter = state.withLock { state in
      defer { state.meter = nil }
      return state.meter
    }
    console.status(nil)
    console.event(
      "stepFinished",
      [
        "step": .integer(Int64(step)), "name": .optional(meter?.name),
        "bytes": .unsigned(meter?.isComparison == true ? 0 : meter?.total ?? 0),
        "milliseconds": .integer(elapsed.milliseconds), "verified": .string(verified.rawValue),
      ])
    // Nothing was sent: the comparison before said why.
    guard let meter, !meter.isComparison else { return }
    console.info(
      "\(meter.name): \(Units.bytes(meter.total)) in \(Units.duration(elapsed)), "
        + "\(Units.rate(meter.total, over: elapsed)), \(verified.words)")
  }

  /// Draws at most ten times a second on a terminal; a plain line every five seconds elsewhere.
  private func show(_ meter: ProgressMeter, force: Bool, step: Int = 0) {
    let now = clock.now
    let isBar = console.terminal.width != nil && console.level >= .info
    let pace: Duration = isBar ? .milliseconds(100) : console.isJSON ? .milliseconds(250) : .seconds(5)
    let isDue = state.withLock { state -> Bool in
      if let last = state.lastShown, now - last < pace, !force { return false }
      let isFirst = state.lastShown == nil
      state.lastShown = now
      return isBar || console.isJSON || !isFirst
    }
    guard isDue else { return }
    if console.isJSON, step > 0 {
      console.event(
        "progress",
        ["step": .integer(Int64(step)), "bytes": .unsigned(meter.done), "total": .unsigned(meter.total)])
    }
    if isBar, let width = console.terminal.width {
      console.status(meter.bar(width: width, now: now))
    } else if meter.done < meter.total, now - meter.start >= pace {
      console.info(meter.line(now: now))
    }
  }
}

extension Verification {
  /// For a result line.
  var words: String {
    switch self {
    case .digest: "verified by the device's digest"
    case .readback: "verified by reading back"
    case .acknowledged: "acknowledged by the device"
    }
  }
}
