import FlashCore
import FlashImages
import MediaTek
import Testing
import WireFormat

@testable import DeviceSimulator

/// The worked examples of `docs/protocols/mtk-xflash.md`, byte for byte.
enum XFlashVectors {
  /// Section 15: start, information, list, read, write, reboot.
  static let session = """
    # start of DA1 (after JUMP_DA)
    D> c0
    H> efeeeefe 01000000 04000000 | 53594e43
    H> efeeeefe 01000000 04000000 | 00010100
    H> efeeeefe 01000000 14000000 | 02000000 01000000 01000000 00000000 00000000 ; D> ok
    H> efeeeefe 01000000 04000000 | 01010100
    H> efeeeefe 01000000 04000000 | 00000000 ; D> ok
    D> efeeeefe 01000000 04000000 | 53594e43
    # connection agent
    H> efeeeefe 01000000 04000000 | 09000100 ; D> ok
    H> efeeeefe 01000000 04000000 | 0a000400 ; D> ok
    D> efeeeefe 01000000 09000000 | 7072656c 6f616465 72
    D> ok
    # DA2 (toy image of 16 bytes)
    H> efeeeefe 01000000 04000000 | 08000100 ; D> ok
    H> efeeeefe 01000000 10000000 | 00000040 00000000 10000000 00000000
    H> efeeeefe 01000000 10000000 | 00010203 04050607 08090a0b 0c0d0e0f ; D> ok
    D> efeeeefe 01000000 04000000 | 53594e43
    # SLA status: off (the data frame is u32 0, then the status: both look alike)
    H> efeeeefe 01000000 04000000 | 09000100 ; D> ok
    H> efeeeefe 01000000 04000000 | 16000400 ; D> ok
    D> ok
    D> ok
    # info: eMMC
    H> efeeeefe 01000000 04000000 | 09000100 ; D> ok
    H> efeeeefe 01000000 04000000 | 01000400 ; D> ok
    D> efeeeefe 01000000 60000000 | 01000000 00020000 00004000 00000000 00004000 00000000 00004000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 0000e0a3 03000000 15010041 4a544434 5206e12f c0338949 00000000 00000000
    D> ok
    # info: UFS absent (same block, all zero, type 0)
    H> efeeeefe 01000000 04000000 | 09000100 ; D> ok
    H> efeeeefe 01000000 04000000 | 04000400 ; D> ok
    D> efeeeefe 01000000 34000000 | zero*52
    D> ok
    # info: DA version "1.0", USB speed "high-speed"
    H> efeeeefe 01000000 04000000 | 09000100 ; D> ok
    H> efeeeefe 01000000 04000000 | 05000400 ; D> ok
    D> efeeeefe 01000000 03000000 | 312e30
    D> ok
    H> efeeeefe 01000000 04000000 | 09000100 ; D> ok
    H> efeeeefe 01000000 04000000 | 0b000400 ; D> ok
    D> efeeeefe 01000000 0a000000 | 68696768 2d737065 6564
    D> ok
    # packet lengths
    H> efeeeefe 01000000 04000000 | 09000100 ; D> ok
    H> efeeeefe 01000000 04000000 | 07000400 ; D> ok
    D> efeeeefe 01000000 08000000 | 00800000 00800000
    D> ok
    # list partitions: UPLOAD "PGPT"; the host parses the GPT found in the 0x8000 bytes
    H> efeeeefe 01000000 04000000 | 02000100 ; D> ok
    H> efeeeefe 01000000 04000000 | 50475054 ; D> ok
    D> efeeeefe 01000000 08000000 | 00800000 00000000
    D> ok
    D> efeeeefe 01000000 00800000 | any*32768
    H> efeeeefe 01000000 04000000 | 00000000 ; D> ok
    # read partition at 0x8000, length 0x8200: two chunks
    H> efeeeefe 01000000 04000000 | 05000100 ; D> ok
    H> efeeeefe 01000000 38000000 | 01000000 08000000 00800000 00000000 00820000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 ; D> ok
    D> ok
    D> efeeeefe 01000000 00800000 | pattern*32768
    H> efeeeefe 01000000 04000000 | 00000000 ; D> ok
    D> efeeeefe 01000000 00020000 | pattern*512
    H> efeeeefe 01000000 04000000 | 00000000 ; D> ok
    # write partition "para" with 0x200 bytes of pattern, checksum 0xFF00
    H> efeeeefe 01000000 04000000 | 09000100 ; D> ok
    H> efeeeefe 01000000 04000000 | 01000800 ; D> ok
    D> ok
    H> efeeeefe 01000000 04000000 | 01000100 ; D> ok
    H> efeeeefe 01000000 04000000 | 70617261
    H> efeeeefe 01000000 08000000 | 00020000 00000000 ; D> ok
    H> efeeeefe 01000000 04000000 | 00000000
    H> efeeeefe 01000000 04000000 | 00ff0000
    H> efeeeefe 01000000 00020000 | pattern*512 ; D> ok
    D> ok
    H> efeeeefe 01000000 04000000 | 09000100 ; D> ok
    H> efeeeefe 01000000 04000000 | 02000800 ; D> ok
    D> ok
    # the same as a raw range: WRITE_DATA; checksum and chunks alike, END/START not needed
    H> efeeeefe 01000000 04000000 | 04000100 ; D> ok
    H> efeeeefe 01000000 38000000 | 01000000 08000000 00803800 00000000 00020000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 ; D> ok
    H> efeeeefe 01000000 04000000 | 00000000
    H> efeeeefe 01000000 04000000 | 00ff0000
    H> efeeeefe 01000000 00020000 | pattern*512 ; D> ok
    D> ok
    # reboot
    H> efeeeefe 01000000 04000000 | 07000100 ; D> ok
    H> efeeeefe 01000000 20000000 | 01000000 00000000 01000000 00000000 00000000 00000000 00000000 00000000 ; D> ok
    # device leaves the bus
    """

  /// An agent as section 15 has it: started by a preloader, both packet lengths 0x8000, an eMMC with `para`.
  static func device(
    _ change: (inout XFlashSettings, inout XFlashQuirks) -> Void = { _, _ in }, isFromBootROM: Bool = false
  ) throws -> SimulatedXFlash {
    var settings = XFlashSettings()
    settings.writeByteCount = ByteCount(0x8000)
    settings.readByteCount = ByteCount(0x8000)
    settings.speed = .high
    settings.lifeTime = HexBytes([])
    settings.synchroniseDelay = .zero
    var quirks = XFlashQuirks()
    change(&settings, &quirks)
    let storage = try MediaTekStorage(layout, name: "vector", folder: nil)
    let pattern = XFlashTranscript.pattern(0x8200)
    try storage["user"]?.file.write(pattern.rawSpan, at: 0x8000)
    var device = SimulatedXFlash(settings: settings, quirks: quirks, layout: layout, storage: storage)
    device.start(
      AgentStart(
        isFromBootROM: isFromBootROM, loadAddress: 0x20_0000, image: [], signatureByteCount: 0, hardwareCode: 0x0707,
        hardwareSubCode: 0x8A00, hardwareVersion: 0xCA00, softwareVersion: 0, meID: [], socID: [], isHighSpeed: true),
      at: .zero)
    return device
  }

  static let layout = MediaTekLayout(
    kind: .emmc, sectorByteCount: 512, identity: Hex.bytes("150100414A5444345206E12FC0338949") ?? [],
    sections: [
      .init(name: "boot1", byteCount: 0x40_0000), .init(name: "boot2", byteCount: 0x40_0000),
      .init(name: "rpmb", byteCount: 0x40_0000),
      .init(
        name: "user", byteCount: 0x3_A3E0_0000, partitions: [.init("para", 1 << 20), .init("userdata", nil)]),
    ])

  /// The same with its second stage running.
  static func readyDevice(
    _ change: (inout XFlashSettings, inout XFlashQuirks) -> Void = { _, _ in }
  ) throws -> SimulatedXFlash {
    var device = try device(change)
    let policy = XFlashPolicy()
    for session in [
      XFlashExchange.setUp(XFlashEnvironment(), policy), .boot(Array(0..<16), at: 0x4000_0000, policy),
    ] {
      var session = session
      var action = session.start()
      while action != .finish {
        if case .send(let payload) = action {
          device.hear(XFlashFrame(payload))
          action = session.sent()
        } else {
          action = try session.receive(try device.nextPayload())
        }
      }
    }
    return device
  }
}

extension SimulatedXFlash {
  /// The next frame of the flow, whatever comes before and between.
  mutating func nextPayload() throws -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      let transfer = try #require(nextTransfer())
      // What agents begin with.
      if bytes.isEmpty, transfer == [0xC0] { continue }
      bytes += transfer
      guard bytes.count >= XFlashHeader.byteCount else { continue }
      let header = try XFlashHeader(parsing: bytes.rawSpan)
      guard bytes.count == XFlashHeader.byteCount + Int(header.payloadByteCount) else { continue }
      if header.kind == .flow { return Array(bytes.dropFirst(XFlashHeader.byteCount)) }
      bytes = []
    }
  }
}
