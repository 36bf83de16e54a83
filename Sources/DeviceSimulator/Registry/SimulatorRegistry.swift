/// The devices that can be simulated.
public enum SimulatorRegistry {
  public static let models: [SimulatorModel] =
    [RX51Model.model]
    + [EDLProfile.msm8916, .sdm845, .sa8775p, .mdm9207, .ipq, .sm8250].map(\.model)
    + MediaTekDevice.all.map { $0.agents == .xFlash ? $0.xFlash.model : $0.withXMLAgent.model }
    + [CrashDumpModel.model, LoopbackModel.model]

  public static func model(named name: String) throws(SimulatorError) -> SimulatorModel {
    guard let model = models.first(where: { $0.name == name }) else {
      throw .unknownModel(name: name, known: models.map(\.name))
    }
    return model
  }

  /// Makes the device a configuration describes, and hosts it at a port of its own.
  ///
  /// Throws `SimulatorError.storage` when its folder cannot be used, `.notServed` when the model does not go with this
  /// way of serving.
  public static func makePort(
    for configuration: SimulatorConfiguration, serving: SimulatorServing
  ) throws(SimulatorError) -> SimulatedPort {
    let model = try model(named: configuration.model)
    guard model.servings.contains(serving) else { throw .notServed(model: model.name, way: serving) }
    var faults: [Fault] = []
    for text in configuration.faults { faults.append(try Fault(parsing: text)) }
    let stay = configuration.common.presence.map {
      SimulatedPort.Stay(duration: $0, absence: configuration.common.absence)
    }
    return SimulatedPort(hosting: try model.make(configuration, serving), faults: faults, stay: stay)
  }
}
