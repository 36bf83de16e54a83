import FlashCore
import FlashImages

extension BootROMDriver {
  /// Sends a program and its signature, which are one, to the chip's memory, and has them checked.
  ///
  /// Where the chip asks for authentication of the link only now, that is done in the middle of the command, as the one
  /// host does that is known to (9.3).
  func send(_ program: [UInt8], to address: UInt32, signatureByteCount: UInt32) async throws(BootROMError) {
    let actor = try await synchronise()
    do throws(BootROMError) {
      do throws(BootROMError) {
        _ = try await perform(.sendDA(program, to: address, signatureByteCount: signatureByteCount, policy))
      } catch {
        guard case .refused(.linkAuthenticationRequired, _) = error else { throw error }
        try await authenticateLink()
        _ = try await perform(.sendDARest(program, policy))
      }
    } catch {
      guard case .refused(let status, let name) = error, status.isSignatureRefusal else { throw error }
      throw .signatureRefused(status, during: name, by: actor)
    }
  }

  /// Starts what was sent. From here on the device speaks another protocol.
  func jump(to address: UInt32, is64Bit: Bool = false) async throws(BootROMError) {
    let actor = try await synchronise()
    do throws(BootROMError) {
      _ = try await perform(is64Bit ? .jumpDA64(to: address, policy) : .jumpDA(to: address, policy))
    } catch {
      guard case .refused(let status, let name) = error, status.isSignatureRefusal else { throw error }
      throw .signatureRefused(status, during: name, by: actor)
    }
  }

  /// Authenticates, sends the agent's first stage and starts it.
  func startAgent(from archive: AgentArchive) async throws(BootROMError) -> AgentHandover {
    let found = try await identify()
    guard !found.isOld else { throw .oldChip }
    let entry = try choose(from: archive, for: found)
    let stages = entry.stages
    guard let first = stages.first, entry.regions.indices.contains(first) else {
      throw .noFirstStage(path: archive.path, entry: entry.index)
    }
    let region = entry.regions[first]
    let content: [UInt8]
    do throws(ImageError) { content = try archive.content(of: region) } catch { throw .file(error) }
    try await authenticate()
    notice(
      "brom.agent", ["entry": "\(entry.index)", "address": Self.hexadecimal(region.loadAddress), "file": archive.path])
    try await send(
      content, to: region.loadAddress, signatureByteCount: min(region.signatureByteCount, region.byteCount))
    try await jump(to: region.loadAddress)
    return AgentHandover(
      channel: channel, connection: connection, starter: found, archive: archive, entry: entry, firstStage: first,
      secondStage: stages.second)
  }

  /// The entry for the chip, or the one that the user insists on.
  private func choose(
    from archive: AgentArchive, for found: BootROMIdentity
  ) throws(BootROMError) -> AgentEntry {
    if let forced = connection.mediaTek.forcedEntry {
      guard let entry = archive.entries.first(where: { $0.index == forced }) else {
        throw .noSuchEntry(path: archive.path, entry: forced, count: archive.entries.count)
      }
      return entry
    }
    let selection = AgentSelection(archive.entries, for: found.agentDevice)
    for rejection in selection.rejections {
      notice("brom.agent-rejected", ["entry": "\(rejection.index)", "reason": rejection.reason.words])
    }
    guard let entry = selection.chosen else {
      throw .noAgent(
        hardwareCode: found.hardwareCode, path: archive.path,
        listed: Array(Set(archive.entries.map(\.hardwareCode))).sorted())
    }
    return entry
  }
}

extension AgentSelection.Rejection {
  /// In the terms of an agent file's entries.
  fileprivate var words: String {
    func hexadecimal(_ value: UInt16) -> String { "0x" + String(value, radix: 16) }
    return switch self {
    case .otherCode(let code): "hardware code \(hexadecimal(code))"
    case .otherSubCode(let code): "sub code \(hexadecimal(code))"
    case .laterHardware(let version): "from hardware version \(hexadecimal(version))"
    case .laterSoftware(let version): "from software version \(hexadecimal(version))"
    case .worse: "another entry fits better"
    }
  }
}
