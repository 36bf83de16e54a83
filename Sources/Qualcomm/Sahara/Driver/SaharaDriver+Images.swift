import FlashCore
import FlashImages

extension SaharaDriver {
  /// Hands the device the images it asks for, and returns when it has said that it has all of them.
  ///
  /// A device that is left waiting for data is reset, so that it does not take the next session's packets for them.
  func load(_ images: SaharaImageSender) async throws(SaharaError) -> SaharaLoadReport {
    let found = try await begin(wanting: .imageTransferPending)
    var session = SaharaImageSession(images.sessionImages, policy: policy)
    do throws(SaharaError) {
      switch found {
      case .hello(let hello): try await run(&session, from: try session.start(hello), images: images)
      case .packet(let packet): try await run(&session, from: try session.start(with: packet), images: images)
      case .programmer: throw .programmerRunning
      case .hdlc: throw .hdlc
      }
    } catch {
      if session.isDeviceWaitingForData, error.leavesLinkUsable { await abort() }
      guard case .transfer(.disconnected, _) = error, session.mayHaveStarted else { throw error }
      notice("sahara.left-to-start")
    }
    if let id = session.adoptedID, id != SaharaImageID.programmer {
      notice("sahara.other-image-id", ["id": "\(id)", "name": SaharaImageID.name(id) ?? "unknown"])
    }
    return SaharaLoadReport(imageIDs: session.servedIDs, beginning: session.beginning)
  }

  /// Sends one range, to its end even when the task is cancelled.
  func send(_ range: SaharaImageRange, of images: SaharaImageSender) async throws(SaharaError) {
    let stream: ImageStream
    do throws(ImageError) { stream = try images.stream(range) } catch { throw .file(error) }
    observer(.waiting(for: .rawData(image: images.images[range.image].name)))
    let byteCount = range.length + range.padding
    guard byteCount > 0 else { return }
    traceImage(range)
    let failure = await Task { [channel, policy] () -> StreamError? in
      do throws(StreamError) {
        try await channel.send(
          stream, byteCount: byteCount, transferByteCount: policy.transferByteCount, idleLimit: policy.imageIdleLimit)
        return nil
      } catch { return error }
    }.value
    switch failure {
    case nil: break
    case .image(let error): throw .file(error)
    case .link(let error, _): throw Self.failure(error, during: "image data")
    }
    var progress = SaharaImageProgress()
    progress.imageID = range.imageID
    progress.position = range.offset + range.length
    progress.imageByteCount = images.images[range.image].byteCount
    images.report(progress)
  }

  private func traceImage(_ range: SaharaImageRange) {
    observer(
      .trace(
        SessionEvent.Trace(
          isFromDevice: false, label: "image \(range.imageID) at 0x" + String(range.offset, radix: 16), bytes: [],
          omitted: range.length + range.padding)))
  }

  /// Ends an image transfer that cannot go on: RESET, which a device also understands in place of data.
  private func abort() async {
    let bytes = SaharaPacket.reset.bytes
    notice("sahara.reset-after-failure")
    await Task { [channel, policy] in
      do throws(LinkError) {
        try await channel.send(bytes, limit: policy.probeLimit)
        _ = try await channel.receiveMessage(limit: policy.probeLimit)
      } catch {
        // The failure that led here is the one to be told.
      }
    }.value
  }
}

/// What became of the images.
public struct SaharaLoadReport: Equatable, Sendable {
  /// Images that the device took, in order.
  public var imageIDs: [UInt64]
  /// What the started program has already said: handed on to the session that comes next.
  public var beginning: [UInt8]

  public init(imageIDs: [UInt64], beginning: [UInt8] = []) {
    self.imageIDs = imageIDs
    self.beginning = beginning
  }
}

extension SaharaError {
  /// Whether the link can carry one more packet after this.
  var leavesLinkUsable: Bool {
    switch self {
    case .missingImage, .requestBeyondImage, .endlessRequests, .file, .cancelled: true
    default: false
    }
  }
}
