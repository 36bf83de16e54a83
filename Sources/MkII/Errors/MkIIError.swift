public import FlashCore
public import FlashImages

/// Why something over Mk II did not succeed. Facts only; the program writes the sentence.
///
/// Requests are named as in traces (`MkIIMessageType.name`). Source: `docs/protocols/mkii.md` 11.
public enum MkIIError: Error, Equatable, Sendable {
  // The link.
  /// A transfer failed: disconnect, stall, or a failure of the system. `during` is a request's name or
  /// `open`, `raw data`.
  case transfer(LinkError, during: String)
  /// The device did not take the request, or did not answer it, for so long.
  case noReply(request: String, after: Duration)
  /// A raw block could not be written; `deviceCode` is what a status poll told afterwards, if it told anything.
  case rawWriteFailed(LinkError, deviceCode: MkIIStatusCode?)

  // The device's answers.
  /// The device answered with an error code.
  case refused(request: String, code: MkIIStatusCode)
  /// The device's Phonet layer answered that nobody listens on the resource: the update service is not running.
  case serviceNotRunning(request: String)
  case violation(MkIIViolation, request: String)
  /// Mk II needs interface 1 with alternate setting 1 and a pair of bulk endpoints (2.5), and the device has none.
  case noMessageInterface
  /// USB names one model and the product code another.
  case modelMismatch(usbProduct: String, productCode: String)

  // Sending an image.
  /// The device had less room than the next block needs for so long, and nothing else changed.
  case creditTimedOut(available: UInt64, needed: UInt64, after: Duration)
  /// Everything was sent, and the device showed no change for so long without being done.
  case finishingTimedOut(after: Duration)
  case file(ImageError)
  case cancelled
  /// The failure of an image, with how far it had got.
  indirect case sending(MkIIImageProgress, failure: MkIIError)

  // What is refused before anything is sent.
  /// The device has no raw endpoint, so images cannot be sent (2.5).
  case noRawEndpoint
  /// The device speaks a protocol version whose image sending nobody has tried (18); `--force` goes on.
  case experimentalVersion(String)
  /// The device's product code is none of the known devices'; empty when it gave none. `--force` goes on.
  case unknownProduct(String)
  /// The device does not list these image types.
  case notListed(types: [String])
  /// Image sizes are 32 bits wide.
  case tooLarge(image: String, byteCount: UInt64)
  /// The image's bytes have another hash than its header says.
  /// `offset` is where its data begin in the file.
  case hashMismatch(image: String, path: String, offset: UInt64)
  /// The image file is no longer as long as when the plan was made.
  case lengthChanged(image: String, planned: UInt64, found: UInt64)
  /// The plan was made for another device or revision.
  case otherDevice(planned: String, found: String)
  /// A step is none that Mk II can do; `reason` names the attribute or extent that does not fit.
  case invalidStep(name: String, reason: String)
  /// An item name or value that cannot be sent: empty, too long, or not printable ASCII.
  case invalidItem(String)
}

extension MkIIError {
  /// What kind of failure it is, which decides how a process ends.
  public enum Category: String, Sendable {
    /// Silence, or no progress: trying again may help.
    case timeout
    /// A transfer failed, or the device left.
    case transfer
    /// The device refused or broke the protocol.
    case protocolFailure
    /// A file is not what it should be.
    case file
    /// The plan does not suit the device, or the user's word is needed.
    case plan
    case cancelled
  }

  public var category: Category {
    switch self {
    case .transfer(let error, _), .rawWriteFailed(let error, _):
      switch error {
      case .timedOut, .busy: .timeout
      case .cancelled: .cancelled
      case .overflow, .unsupported, .violation: .protocolFailure
      case .stalled, .disconnected, .system: .transfer
      }
    case .noReply, .creditTimedOut, .finishingTimedOut: .timeout
    case .refused, .serviceNotRunning, .violation, .noMessageInterface, .modelMismatch, .noRawEndpoint: .protocolFailure
    case .experimentalVersion, .unknownProduct, .notListed, .tooLarge, .otherDevice, .invalidStep, .invalidItem: .plan
    case .file, .hashMismatch, .lengthChanged: .file
    case .cancelled: .cancelled
    case .sending(_, let failure): failure.category
    }
  }

  /// How far the image had got that was being sent.
  public var progress: MkIIImageProgress? {
    if case .sending(let progress, _) = self { progress } else { nil }
  }
}
