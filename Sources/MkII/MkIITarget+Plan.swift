public import FlashCore

extension MkIITarget {
  /// Checks everything that can be known before the first byte is sent: the device once more, every step against it,
  /// and the hash of every image in a pass over its file.
  public func validate(_ plan: FlashPlan) async throws {
    var writes: [FlashPlan.Write] = []
    for step in plan.steps {
      switch step {
      case .write(let write): writes.append(write)
      case .configure: throw unsupported(.configure)
      case .erase: throw unsupported(.erase)
      case .zero: throw unsupported(.zero)
      case .save: throw unsupported(.read)
      case .patch: throw unsupported(.patch)
      case .makeBootable: throw unsupported(.makeBootable)
      case .reboot(let mode):
        guard rebootModes.contains(mode) else { throw unsupported(.reboot, detail: mode.rawValue) }
      }
    }
    try checkDevice(plan)
    guard !writes.isEmpty else { return }
    try checkConsent(plan)
    try check(writes)
    try await driver.confirm(answers)
    for write in writes { try MkIIImageCheck.verify(write) }
  }

  /// A plan for one device or revision must not reach another.
  private func checkDevice(_ plan: FlashPlan) throws(MkIIError) {
    guard plan.family == MkIIFamily.name else { throw .otherDevice(planned: plan.family, found: MkIIFamily.name) }
    if let model = plan.model, model != answers.productCode {
      throw .otherDevice(planned: model, found: answers.productCode)
    }
    if let revision = plan.hardwareRevision, UInt(revision) != UInt(answers.hardwareBuild) {
      throw .otherDevice(
        planned: "\(plan.model ?? "") \(revision)", found: "\(answers.productCode) \(answers.hardwareBuild)")
    }
  }

  /// What only the user can decide; `--force` is seen by the warning that the planner leaves in the plan for it.
  private func checkConsent(_ plan: FlashPlan) throws(MkIIError) {
    func isAgreed(_ code: String) -> Bool { plan.warnings.contains { $0.code == code } }
    if answers.protocolVersion != MkIIAnswers.knownVersion, !isAgreed(MkIIWarning.experimentalVersion) {
      throw .experimentalVersion(answers.protocolVersion)
    }
    if MkIIModel.withCode(answers.productCode) == nil, !isAgreed(MkIIWarning.unknownProduct) {
      throw .unknownProduct(answers.productCode)
    }
  }

  private func check(_ writes: [FlashPlan.Write]) throws(MkIIError) {
    guard driver.channel.rawOutput != nil else { throw .noRawEndpoint }
    let unlisted = writes.map(\.name).filter { !answers.supportedImages.contains($0) }
    guard unlisted.isEmpty else { throw .notListed(types: unlisted) }
    var seen: Set<String> = []
    for write in writes {
      guard seen.insert(write.name).inserted else { throw .invalidStep(name: write.name, reason: "written twice") }
      _ = try write.mkIIOrder()
    }
  }

  /// Sends one image, always all of it. The device has taken and finished it when this returns; Mk II has no way to
  /// verify more.
  public func write(
    _ write: FlashPlan.Write, ranges: [Range<UInt64>]?, progress: @escaping @Sendable (WriteProgress) -> Void
  ) async throws -> Verification {
    guard ranges == nil else { throw unsupported(.writeRanges) }
    let order = try write.mkIIOrder().order
    guard answers.supportedImages.contains(write.name) else { throw MkIIError.notListed(types: [write.name]) }
    try await driver.send(order, from: write.image, progress: progress)
    return .acknowledged
  }
}

extension MkIIDriver {
  /// Asks again for what decides which images go to the device: one damaged answer must not choose a boot loader.
  func confirm(_ answers: MkIIAnswers) async throws(MkIIError) {
    let known: [(MkIIItem, String)] = [
      (.productCode, answers.productCode), (.hardwareBuild, answers.hardwareBuild),
      (.supportedImages, answers.supportedImages.joined(separator: ",")),
    ]
    for (item, first) in known {
      let text = try await exchange(.get(item: item.rawValue)).text(of: item.rawValue)
      let second = item == .supportedImages ? MkIIAnswers.list(text).joined(separator: ",") : text
      guard first == second else {
        throw .violation(
          .changedAnswer(item: item.rawValue, first: first, second: second), request: MkIIMessageType.get.name)
      }
    }
  }
}
