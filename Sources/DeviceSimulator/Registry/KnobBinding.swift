/// A knob of a model: its description for people, and how its text gets into the model's settings.
struct KnobBinding<Settings>: Sendable {
  let knob: SimulatorKnob
  let apply: @Sendable (inout Settings, String) -> Bool

  /// Binds a knob to a property; the default shown is the property's value in `defaults`.
  init<Value: KnobValue>(
    _ name: String, _ path: any WritableKeyPath<Settings, Value> & Sendable, of defaults: Settings, _ help: String
  ) {
    knob = SimulatorKnob(
      name: name, defaultValue: defaults[keyPath: path].knobText, allowed: Value.allowed, help: help)
    apply = { settings, text in
      guard let value = Value(knobText: text) else { return false }
      settings[keyPath: path] = value
      return true
    }
  }

  /// Binds a knob to a property that is `nil` unless set; `defaultValue` says what that means.
  init<Value: KnobValue>(
    _ name: String, optional path: any WritableKeyPath<Settings, Value?> & Sendable, default defaultValue: String,
    _ help: String
  ) {
    knob = SimulatorKnob(name: name, defaultValue: defaultValue, allowed: Value.allowed, help: help)
    apply = { settings, text in
      guard let value = Value(knobText: text) else { return false }
      settings[keyPath: path] = value
      return true
    }
  }

  fileprivate init(knob: SimulatorKnob, apply: @escaping @Sendable (inout Settings, String) -> Bool) {
    self.knob = knob
    self.apply = apply
  }

  /// The same knob as a part of a larger structure.
  func inside<Outer>(_ path: any WritableKeyPath<Outer, Settings> & Sendable) -> KnobBinding<Outer> {
    KnobBinding<Outer>(knob: knob) { outer, text in apply(&outer[keyPath: path], text) }
  }
}

/// A quirk of a model: its description, and how it is switched on.
struct QuirkBinding<Quirks>: Sendable {
  let quirk: SimulatorQuirk
  let apply: @Sendable (inout Quirks, String?) -> Bool

  fileprivate init(quirk: SimulatorQuirk, apply: @escaping @Sendable (inout Quirks, String?) -> Bool) {
    self.quirk = quirk
    self.apply = apply
  }

  /// A quirk that is on or off.
  init(_ name: String, _ path: any WritableKeyPath<Quirks, Bool> & Sendable, _ help: String) {
    quirk = SimulatorQuirk(name: name, argument: nil, help: help)
    apply = { quirks, argument in
      guard argument == nil else { return false }
      quirks[keyPath: path] = true
      return true
    }
  }

  /// A quirk with an argument: `NAME:ARGUMENT`.
  init<Value: KnobValue>(
    _ name: String, _ path: any WritableKeyPath<Quirks, Value?> & Sendable, argument: String, _ help: String
  ) {
    quirk = SimulatorQuirk(name: name, argument: argument, help: help)
    apply = { quirks, argument in
      guard let argument, let value = Value(knobText: argument) else { return false }
      quirks[keyPath: path] = value
      return true
    }
  }
}

extension QuirkBinding {
  /// The same quirk as a part of a larger structure.
  func inside<Outer>(_ path: any WritableKeyPath<Outer, Quirks> & Sendable) -> QuirkBinding<Outer> {
    QuirkBinding<Outer>(quirk: quirk) { outer, argument in apply(&outer[keyPath: path], argument) }
  }
}

/// A positive number: which reply, how many polls.
struct Ordinal: KnobValue, Equatable {
  var value: UInt64

  init?(knobText text: String) {
    guard let value = UInt64(text), value > 0 else { return nil }
    self.value = value
  }
  var knobText: String { "\(value)" }
  static var allowed: [String] { ["NUMBER"] }
}
