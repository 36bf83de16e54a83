/// The knobs that every model has.
struct CommonSettings: Equatable, Sendable {
  var clock = SimulatorConfiguration.Clock.real
  /// How long the device stays on the bus once a host has configured it; `nil` for as long as it likes.
  var presence: Duration?
  /// How long it is away after that.
  var absence = Duration.seconds(1)

  static let knobs: [KnobBinding<CommonSettings>] = {
    let it = CommonSettings()
    return [
      .init(
        "clock", \.clock, of: it,
        "clock of an in-process device; with 'virtual' no wait takes time, and runs repeat exactly"),
      .init(
        "presence-ms", optional: \.presence, default: "for ever",
        "time it stays on the bus once a host has configured it; then the cable is pulled"),
      .init("absence-ms", \.absence, of: it, "time after which a cable pulled by 'presence-ms' is put back"),
    ]
  }()
}
