import FlashCore

/// The device a plan is made for, as far as it is known: connected, named by the user, or not at all.
struct MkIIPlanSubject: Equatable {
  /// The product code.
  var model: String?
  var revision: String?
  /// `nil` when nobody knows; then nothing is left out for not being listed.
  var supportedImages: [String]?
  /// Whether the list comes from the model and not from the device.
  var isSupportAssumed = false
  var protocolVersion: String?
  /// Whether a device has answered.
  var isConnected = false

  init(_ device: DeviceIdentity?) {
    guard let device else { return }
    model = device.model.flatMap { $0.isEmpty ? nil : $0 }
    revision = device.hardwareRevision
    if case .text(let version) = device[MkIIFact.protocolVersion] {
      protocolVersion = version
      isConnected = true
    }
    if case .list(let images) = device[MkIIFact.supportedImages] {
      supportedImages = images
    } else if let known = model.flatMap(MkIIModel.withCode)?.supportedImages {
      supportedImages = known
      isSupportAssumed = true
    }
  }

  /// What only the user can decide leaves a warning in the plan, which the target looks for.
  func requireConsent(isForced: Bool, warnings: inout [PlanWarning]) throws(MkIIPlanError) {
    if let protocolVersion, protocolVersion != MkIIAnswers.knownVersion {
      guard isForced else { throw .experimentalVersion(protocolVersion) }
      warnings.append(
        PlanWarning(code: MkIIWarning.experimentalVersion, subject: "device", facts: ["version": protocolVersion]))
    }
    guard model != nil || isConnected else { return }
    if model.flatMap(MkIIModel.withCode) == nil {
      guard isForced else { throw .unknownProduct(model ?? "") }
      warnings.append(
        PlanWarning(code: MkIIWarning.unknownProduct, subject: "device", facts: ["productCode": model ?? ""]))
    }
  }
}
