import WireFormat

/// configure and its negotiation. Source: `docs/protocols/firehose.md` 3.
extension FirehoseSimulation {
  mutating func configure(_ element: XMLElement) {
    if let name = element["MemoryName"], name.lowercased() != settings.memory.rawValue {
      return refuse("Not support configure MemoryName \(name.prefix(32))")
    }
    let skipsStorage = Self.isOn(element["SkipStorageInit"])
    let isProvisioned = settings.isProvisioned || provisioning.isCommitted || storage.state.provisioned != nil
    if !skipsStorage, settings.memory == .ufs, !isProvisioned {
      return refuse("Failed to initialize (open whole lun) UFS Device slot \((element["slot"] ?? "0").prefix(8))")
    }
    configureCount += 1
    logHandler("configure")
    if let interval = quirks.logsEndlessly { return babble = .logs(every: interval, next: now) }
    log("Storage type set to value \(settings.memory.wireName)")
    let supported = settings.maximumPayload.value
    let proposed = Self.number(element["MaxPayloadSizeToTargetInBytes"]) ?? supported
    switch settings.configureAnswer {
    case .nak: return refuse("Host's payload to target size is too large")
    case .bare:
      accept(element, payload: min(proposed, supported), skipsStorage)
      respond(true, hasRawMode: false)
    case .otherMemory:
      accept(element, payload: min(proposed, supported), skipsStorage)
      respond(true, attributes: sizes(min(proposed, supported), supported, memory: "nvme"), hasRawMode: false)
    case .normal: negotiate(element, proposed, supported, skipsStorage)
    default:
      guard configureCount == 1 else { return negotiate(element, proposed, supported, skipsStorage) }
      answerFirst(element, proposed, supported, skipsStorage)
    }
    if settings.repeatsBanner { sayBanner() }
  }

  private mutating func negotiate(
    _ element: XMLElement, _ proposed: UInt64, _ supported: UInt64, _ skipsStorage: Bool
  ) {
    guard proposed <= supported, proposed >= smallestPayload else {
      log(
        "NAK: MaxPayloadSizeToTargetInBytes sent by host \(proposed) "
          + (proposed > supported ? "larger than supported \(supported)" : "smaller than a sector"), .warning)
      // One host takes the size for settled now, and does not ask again.
      accept(element, payload: supported, skipsStorage)
      respond(false, attributes: sizes(supported, supported), hasRawMode: false)
      return
    }
    accept(element, payload: proposed, skipsStorage)
    respond(true, attributes: sizes(proposed, supported), hasRawMode: false)
  }

  /// The first answers that the knob makes.
  private mutating func answerFirst(
    _ element: XMLElement, _ proposed: UInt64, _ supported: UInt64, _ skipsStorage: Bool
  ) {
    let smaller = max(smallestPayload, min(proposed, supported) / 2)
    switch settings.configureAnswer {
    case .nakSize:
      log("NAK: MaxPayloadSizeToTargetInBytes sent by host \(proposed) larger than supported \(smaller)", .warning)
      accept(element, payload: smaller, skipsStorage)
      respond(false, attributes: sizes(smaller, smaller), hasRawMode: false)
    case .nakSupported:
      log("Host's payload to target size is too large", .warning)
      accept(element, payload: smaller, skipsStorage)
      respond(
        false,
        attributes: [
          ("MemoryName", settings.memory.wireName), ("MaxPayloadSizeToTargetInBytesSupported", "\(smaller)"),
          ("TargetName", settings.targetName),
        ], hasRawMode: false)
    case .ackLarger:
      accept(element, payload: smaller, skipsStorage)
      respond(true, attributes: sizes(smaller, max(supported, proposed)), hasRawMode: false)
    default:
      accept(element, payload: smaller, skipsStorage)
      respond(true, attributes: sizes(smaller, smaller), hasRawMode: false)
    }
  }

  private var smallestPayload: UInt64 { UInt64(storage.sections.first?.sectorByteCount ?? 512) }

  private mutating func accept(_ element: XMLElement, payload: UInt64, _ skipsStorage: Bool) {
    let wasOpen = configuration?.hasStorage ?? false
    configuration = FirehoseConfiguration(
      payload: max(payload, smallestPayload),
      knowsZLP: Self.isOn(element["ZLPAwareHost"]), skipsWriting: Self.isOn(element["SkipWrite"]),
      validatesAlways: Self.isOn(element["AlwaysValidate"]),
      answersEvery: Self.number(element["AckRawDataEveryNumPackets"]) ?? 0,
      isVerbose: Self.isOn(element["Verbose"]), hasStorage: wasOpen || !skipsStorage)
    if configuration?.isVerbose == true {
      let isAware = configuration?.knowsZLP == true
      log(
        "Calling usb_al_bulk_set_zlp_mode(\(isAware ? "TRUE" : "FALSE")), zlp is \(isAware ? "not " : "")set to 0",
        .debug)
    }
  }

  private func sizes(_ payload: UInt64, _ supported: UInt64, memory: String? = nil) -> [(name: String, value: String)] {
    [
      ("MinVersionSupported", "1"), ("MemoryName", memory ?? settings.memory.wireName),
      ("MaxPayloadSizeFromTargetInBytes", "4096"), ("MaxPayloadSizeToTargetInBytes", "\(payload)"),
      ("MaxPayloadSizeToTargetInBytesSupported", "\(supported)"),
      ("MaxXMLSizeInBytes", "\(Self.maximumDocumentByteCount)"), ("Version", "1"), ("TargetName", settings.targetName),
    ]
  }
}
