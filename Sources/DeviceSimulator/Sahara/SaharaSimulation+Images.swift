import Qualcomm
import WireFormat

/// Image transfer: the device asks for ranges, and ends each image. Source: `docs/protocols/sahara.md` 3.
extension SaharaSimulation {
  mutating func beginImage() {
    guard imageIndex < settings.images.count else { return fail(.invalidCommand) }
    let id = quirks.wantsUnknownImage ? 99 : settings.images[imageIndex]
    let plan = SaharaReadPlan(
      pieceByteCount: settings.pieceByteCount, is64Bit: settings.imageWidth == .bits64,
      isProgrammer: settings.images.count == 1 || id == SaharaImageID.programmer, quirks: quirks)
    self.plan = plan
    position.id = id
    go(on: plan.first)
  }

  mutating func go(on next: SaharaReadPlan.Next) {
    switch next {
    case .read(let offset, let length):
      position.offset = offset
      state = .receivingImage(left: length)
      say(
        .readData(
          SaharaReadData(width: settings.imageWidth, imageID: position.id, offset: offset, length: length)))
    case .done:
      guard let status = quirks.endStatus else {
        say(.endOfImage(SaharaEndOfImage(imageID: UInt32(truncatingIfNeeded: position.id), status: .success)))
        state = .awaitingDone
        return
      }
      fail(status)
    case .refuse: fail(.invalidImageType)
    }
  }

  mutating func take(_ bytes: RawSpan, left: UInt64) {
    keep(bytes)
    plan?.take(bytes)
    position.offset += UInt64(bytes.byteCount)
    let rest = left - UInt64(bytes.byteCount)
    state = .receivingImage(left: rest)
    guard rest == 0, var plan else { return }
    let next = plan.rangeArrived()
    self.plan = plan
    go(on: next)
  }

  mutating func keep(_ bytes: RawSpan) {
    guard keptByteCount + bytes.byteCount <= settings.keptByteCount else { return }
    keptByteCount += bytes.byteCount
    let copy = unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
    keptPieces.append(KeptPiece(imageID: position.id, offset: position.offset, bytes: copy))
  }

  mutating func finishImage() {
    imageIndex += 1
    let isLast = imageIndex == settings.images.count
    say(.doneResponse(isComplete: isLast && !quirks.saysPending))
    guard isLast else {
      if settings.saysHelloBetweenImages { sayHello() } else { beginImage() }
      return
    }
    state = .left
    outcome = .imagesComplete
  }
}
