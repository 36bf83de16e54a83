import FlashCore
import FlashImages
import Qualcomm
import Testing

@testable import DeviceSimulator

@Suite struct `Sahara: images for a simulated device` {
  private static let folder = Result { try LoaderFolder() }
  private let folder: LoaderFolder

  init() throws { folder = try Self.folder.get() }

  private func load(_ rig: SaharaRig, _ loaders: String...) async -> SaharaRig.Outcome {
    let arguments = loaders.isEmpty ? [folder.file("prog.elf")] : loaders
    return await rig.outcome { try await rig.withTarget { try await $0.load(LoaderSet(arguments)) } }
  }

  private func quirks(_ change: (inout SaharaQuirks) -> Void) -> SaharaQuirks {
    var quirks = SaharaQuirks()
    change(&quirks)
    return quirks
  }

  @Test(arguments: [SaharaWidth.bits32, .bits64], [0x1000, 0x100, 100_000] as [UInt64])
  func `a programmer arrives byte for byte and starts`(width: SaharaWidth, piece: UInt64) async throws {
    var settings = SaharaRig.settings
    settings.imageWidth = width
    settings.pieceByteCount = piece
    let rig = try SaharaRig(settings: settings)
    #expect(await load(rig) == .done)
    let received = rig.received.image(13, byteCount: folder.elf.count)
    #expect(received == folder.elf)
    // It runs now: the next session finds it, and does not take it for a boot ROM.
    #expect(await load(rig) == .failed(.programmerRunning))
    let identity = try await rig.withTarget { try await $0.identify() }
    #expect(identity.mode == "Firehose")
  }

  @Test(arguments: [true, false])
  func `several images go by their ids`(saysHello: Bool) async throws {
    var settings = SaharaRig.settings
    settings.images = [59, 13]
    settings.saysHelloBetweenImages = saysHello
    let rig = try SaharaRig(settings: settings)
    #expect(await load(rig, "59:\(folder.file("second.elf")),13:\(folder.file("prog.elf"))") == .done)
    #expect(rig.received.image(13, byteCount: folder.elf.count) == folder.elf)
    #expect(rig.received.image(59, byteCount: 9096) == folder.bytes("second.elf"))
  }

  @Test func `a device that wants more images than there are says which`() async throws {
    var settings = SaharaRig.settings
    settings.images = [13, 36]
    let rig = try SaharaRig(settings: settings)
    #expect(await load(rig) == .failed(.missingImage(id: 36, given: [])))
    // It was reset, so that it does not wait for data, and starts over.
    #expect(await load(rig, "13:\(folder.file("prog.elf"))", "36:\(folder.file("second.elf"))") == .done)
    #expect(rig.log.notices.contains("sahara.reset-after-failure"))
  }

  @Test func `an unknown image id is served from a single file once, and refused from a list`() async throws {
    let unknown = quirks { $0.wantsUnknownImage = true }
    let single = try SaharaRig(quirks: unknown)
    #expect(await load(single) == .done)
    #expect(single.log.notices.contains("sahara.other-image-id"))
    let list = try SaharaRig(quirks: unknown)
    #expect(await load(list, "13:\(folder.file("prog.elf"))") == .failed(.missingImage(id: 99, given: [13])))
  }

  @Test func `"pending" of an old ROM is the end`() async throws {
    let rig = try SaharaRig(quirks: quirks { $0.saysPending = true })
    #expect(await load(rig) == .done)
    #expect(rig.received.image(13, byteCount: folder.elf.count) == folder.elf)
  }

  @Test func `reads beyond the end are an error, or FF with --pad-loader`() async throws {
    let beyond = quirks { $0.readsBeyondEnd = true }
    let rig = try SaharaRig(quirks: beyond)
    #expect(
      await load(rig)
        == .failed(
          .requestBeyondImage(
            id: 13, offset: 16 << 20, length: 0x1000, imageLength: UInt64(folder.elf.count))))
    var policy = SaharaPolicy()
    policy.padsImages = true
    let padding = try SaharaRig(quirks: beyond, policy: policy)
    #expect(await load(padding) == .done)
    #expect(padding.received.tail(13, from: 16 << 20) == [UInt8](repeating: 0xFF, count: 0x1000))
  }

  @Test func `any order of requests, odd HELLOs and strictness about ZLPs are fine`() async throws {
    for change in [
      { $0.readsInOtherOrder = true }, { $0.saysOddHello = true }, { $0.isStrictAboutZLP = true },
      { $0.swallowsHello = true },
    ] as [(inout SaharaQuirks) -> Void] {
      var settings = SaharaRig.settings
      settings.pieceByteCount = 512
      let rig = try SaharaRig(settings: settings, quirks: quirks(change))
      #expect(await load(rig) == .done)
      #expect(rig.received.image(13, byteCount: folder.elf.count) == folder.elf)
    }
  }

  @Test(arguments: Array(1...0x2A) as [UInt32])
  func `each status at the end of an image is reported, and the next session works`(code: UInt32) async throws {
    let status = SaharaStatus(rawValue: code)
    let rig = try SaharaRig(quirks: quirks { $0.endStatus = status })
    for _ in 1...2 { #expect(await load(rig) == .failed(.imageRefused(id: 13, status: status))) }
  }

  @Test func `a file that is no image is refused by the device, and a device deaf after that is told`() async throws {
    let junk = folder.write([UInt8](repeating: 0x41, count: 5000), to: "junk")
    var settings = SaharaRig.settings
    let rig = try SaharaRig(settings: settings)
    #expect(await load(rig, "13:\(junk)") == .failed(.imageRefused(id: 13, status: .invalidImageType)))
    #expect(await load(rig) == .done)
    settings.knowsStateMachineReset = false
    let deaf = try SaharaRig(settings: settings)
    #expect(await load(deaf, "13:\(junk)") == .failed(.imageRefused(id: 13, status: .invalidImageType)))
    #expect(await load(deaf) == .failed(.notResponding))
  }

  @Test func `an MBN image is asked for as its header says`() async throws {
    let header: [UInt32] = [13, 3, 0, 0x2A00_0000, 0x2000, 0x2000, 0, 0, 0, 0]
    var bytes = header.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) } }
    bytes += (0..<0x2000).map { UInt8(truncatingIfNeeded: $0 >> 4) }
    let rig = try SaharaRig()
    #expect(await load(rig, folder.write(bytes, to: "loader.mbn")) == .done)
    #expect(rig.received.image(13, byteCount: bytes.count) == bytes)
  }

  @Test func `a device that leaves after HELLO_RSP is a transfer that failed`() async throws {
    let rig = try SaharaRig(quirks: quirks { $0.leavesAfterHello = true })
    #expect(await load(rig) == .failed(.transfer(.disconnected, during: "HELLO_RSP")))
    #expect(await load(rig) == .done)
  }

  @Test(arguments: ["disconnect", "stall", "drop", "corrupt"])
  func `a fault at every transfer ends with an error or with the right image`(kind: String) async throws {
    let clean = try SaharaRig()
    #expect(await load(clean) == .done)
    let count = clean.log.traces.count
    var failures = 0
    for number in 1...count {
      let rig = try SaharaRig(faults: ["\(kind)@\(number)"])
      let outcome = await load(rig)
      if outcome == .done {
        let isWhole = rig.received.image(13, byteCount: folder.elf.count) == folder.elf
        // The ROM of this simulator checks no signature: damage of the image itself is for the ROM to find.
        #expect(isWhole || kind == "corrupt", "\(kind)@\(number)")
      } else {
        failures += 1
        guard case .failed = outcome else { Issue.record("\(kind)@\(number): \(outcome)"); continue }
      }
    }
    #expect(failures > 0)
  }

  @Test func `cancelling resets the device, and the next session works`() async throws {
    let rig = try SaharaRig()
    let task = Task { () -> SaharaRig.Outcome in
      await rig.outcome { try await rig.withTarget { try await $0.load(LoaderSet([folder.file("prog.elf")])) } }
    }
    rig.log.onEachTrace { if $0 == 6 { task.cancel() } }
    let outcome = await task.value
    guard outcome != .done else { return }
    #expect(outcome == .failed(.cancelled))
    #expect(await load(rig) == .done)
  }
}
