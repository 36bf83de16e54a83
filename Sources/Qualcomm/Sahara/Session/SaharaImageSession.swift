import WireFormat

/// Hands a device the images it asks for, without any I/O.
///
/// The device drives: it asks for ranges of images in any order and width, ends each image, and says after DONE whether
/// it wants another. Source: `docs/protocols/sahara.md` 3.
public struct SaharaImageSession: Sendable {
  /// One image, as far as its bytes are not needed.
  public struct Image: Equatable, Sendable {
    /// `nil` for a single file given without one: it is served whatever the device calls it.
    public var id: UInt64?
    public var byteCount: UInt64

    public init(id: UInt64?, byteCount: UInt64) {
      self.id = id
      self.byteCount = byteCount
    }
  }

  private enum State: Equatable {
    /// HELLO has been answered, or an image has just ended and another one is due.
    case awaitingRequest
    /// Ranges of this image go out.
    case transferring(imageID: UInt64)
    /// DONE has been sent.
    case awaitingDoneResponse
    /// DONE_RSP said "pending" after a single image: old ROMs do that when they are done (3.3).
    case awaitingProof
    case finished
  }

  private let images: [Image]
  private let policy: SaharaPolicy
  private var state: State = .awaitingRequest
  private var hellos = 0
  private var served: [UInt64] = []
  private var isFirstImageDone = false
  /// The id under which a single file without one is asked for.
  public private(set) var adoptedID: UInt64?

  public private(set) var progress = SaharaImageProgress()
  /// What came last that is no longer Sahara: the beginning of a programmer's logs. Empty for the most part.
  public private(set) var beginning: [UInt8] = []

  public init(_ images: [Image], policy: SaharaPolicy = SaharaPolicy()) {
    self.images = images
    self.policy = policy
  }

  public mutating func start(_ hello: SaharaHello) throws(SaharaError) -> SaharaAction {
    guard hello.mode.isImageTransfer || hello.mode == .command else {
      throw .wrongMode(device: hello.mode, needed: .imageTransferPending)
    }
    let mode = hello.mode == .imageTransferComplete ? hello.mode : .imageTransferPending
    state = .awaitingRequest
    let version = max(2, hello.minimumVersion)
    return .send(.helloResponse(SaharaHelloResponse(version: version, mode: mode)), limit: policy.packetLimit)
  }

  /// The device is past HELLO, which somebody else had read.
  public mutating func start(with packet: SaharaPacket) throws(SaharaError) -> SaharaAction { try receive(packet) }

  public mutating func receive(_ transfer: [UInt8]) throws(SaharaError) -> SaharaAction {
    guard !transfer.isEmpty else { return wait() }
    let isOver = state == .awaitingProof || state == .awaitingRequest && isFirstImageDone
    // A programmer that has started says something that is no packet, and need not say it in whole documents.
    let isPacket = (try? SaharaPacket(parsing: transfer.rawSpan)) != nil
    if isOver, SaharaTransfer.isXML(transfer) || mayHaveStarted && !isPacket {
      beginning = transfer
      return finish()
    }
    return try receive(try SaharaTransfer.packet(transfer, during: stepName))
  }

  private mutating func receive(_ packet: SaharaPacket) throws(SaharaError) -> SaharaAction {
    switch (state, packet) {
    case (.awaitingRequest, .hello(let hello)), (.awaitingProof, .hello(let hello)): return try again(hello)
    case (.awaitingRequest, .readData(let request)), (.awaitingProof, .readData(let request)),
      (.transferring, .readData(let request)):
      return try serve(request)
    case (.awaitingRequest, .endOfImage(let end)), (.transferring, .endOfImage(let end)): return try endImage(end)
    case (.awaitingDoneResponse, .doneResponse(let isComplete)): return doneAnswered(isComplete: isComplete)
    case (.awaitingDoneResponse, .endOfImage(let end)), (.awaitingProof, .endOfImage(let end)):
      throw .refused(end.status, during: stepName)
    case (.finished, _): return .finish(nil)
    case (.awaitingRequest, _), (.transferring, _), (.awaitingDoneResponse, _), (.awaitingProof, _):
      throw .violation(.unexpected(packet.command), during: stepName)
    }
  }

  /// The range that was asked for has been sent.
  public mutating func imageSent() -> SaharaAction { wait() }

  /// Nothing came within the limit.
  public mutating func silence() throws(SaharaError) -> SaharaAction {
    switch state {
    // An old ROM that has started its programmer says nothing more.
    case .awaitingProof: return finish()
    case .awaitingRequest where isFirstImageDone: throw .wantsAnotherImage
    case .awaitingRequest, .transferring, .awaitingDoneResponse:
      throw .silence(during: stepName, after: policy.packetLimit)
    case .finished: return .finish(nil)
    }
  }

  private func wait() -> SaharaAction {
    let isPending = state == .awaitingProof || state == .awaitingRequest && isFirstImageDone
    return .exchange(nil, name: stepName, limit: isPending ? policy.pendingLimit : policy.packetLimit)
  }

  private mutating func again(_ hello: SaharaHello) throws(SaharaError) -> SaharaAction {
    hellos += 1
    guard hellos <= policy.helloLimit else {
      throw .violation(.repeatedHello(count: hellos), during: SaharaCommand.hello.name)
    }
    return try start(hello)
  }

  private mutating func serve(_ request: SaharaReadData) throws(SaharaError) -> SaharaAction {
    hellos = 0
    let place = try place(of: request.imageID)
    let image = images[place]
    state = .transferring(imageID: request.imageID)
    let available = request.offset < image.byteCount ? min(request.length, image.byteCount - request.offset) : 0
    let padding = request.length - available
    guard padding == 0 || policy.padsImages && padding <= policy.paddingByteCount else {
      throw .requestBeyondImage(
        id: request.imageID, offset: request.offset, length: request.length, imageLength: image.byteCount)
    }
    try progress.count(request, of: image.byteCount, policy: policy)
    return .sendImage(
      SaharaImageRange(
        image: place, imageID: request.imageID, offset: request.offset, length: available, padding: padding))
  }

  /// The image of this id; a single file without an id stands for the first that is asked for, and for no second one.
  private mutating func place(of id: UInt64) throws(SaharaError) -> Int {
    if let place = images.firstIndex(where: { $0.id == id }) { return place }
    if images.count == 1, images[0].id == nil, !isFirstImageDone, adoptedID == nil || adoptedID == id {
      adoptedID = id
      return 0
    }
    throw .missingImage(id: id, given: images.compactMap(\.id))
  }

  private mutating func endImage(_ end: SaharaEndOfImage) throws(SaharaError) -> SaharaAction {
    let id: UInt64 = if case .transferring(let current) = state { current } else { UInt64(end.imageID) }
    guard end.status == .success else { throw .imageRefused(id: id, status: end.status) }
    guard case .transferring = state else {
      throw .violation(.unexpected(.endOfImage), during: stepName)
    }
    served.append(id)
    state = .awaitingDoneResponse
    return .send(.done, limit: policy.packetLimit)
  }

  private mutating func doneAnswered(isComplete: Bool) -> SaharaAction {
    isFirstImageDone = true
    if isComplete { return finish() }
    let isSingle = images.count == 1 && (images[0].id == nil || images[0].id == SaharaImageID.programmer)
    state = isSingle ? .awaitingProof : .awaitingRequest
    return wait()
  }

  private mutating func finish() -> SaharaAction {
    state = .finished
    return .finish(nil)
  }

  /// The ids that the device took, in order.
  public var servedIDs: [UInt64] { served }

  /// Whether the device waits for data that will not come, which only RESET ends.
  public var isDeviceWaitingForData: Bool {
    switch state {
    case .awaitingRequest, .transferring: true
    case .awaitingDoneResponse, .awaitingProof, .finished: false
    }
  }

  /// Whether a device that leaves the bus now has just begun what it was given: it has acknowledged the end of every
  /// image. The program that it starts may appear as a new device (1.4).
  public var mayHaveStarted: Bool {
    switch state {
    case .awaitingProof, .finished: true
    case .awaitingRequest: isFirstImageDone && images.allSatisfy { $0.id.map(served.contains) ?? true }
    case .transferring, .awaitingDoneResponse: false
    }
  }

  private var stepName: String {
    switch state {
    case .awaitingRequest, .transferring: SaharaCommand.readData.name
    case .awaitingDoneResponse, .awaitingProof, .finished: SaharaCommand.doneResponse.name
    }
  }
}
