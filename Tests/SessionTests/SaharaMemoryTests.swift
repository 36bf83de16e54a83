import FlashCore
import Qualcomm
import Testing

@testable import DeviceSimulator

@Suite struct `Sahara: the memory of a crashed device` {
  private static let sizes = [
    "OCIMEM.BIN": 0x1000, "PMIC_PON.BIN": 4, "RST_STAT.BIN": 16, "DDRCS0_0.BIN": 8192, "DDRCS1_0.BIN": 8208,
    "md_KELF.BIN": 232, "md_KVMCORE.BIN": 0x200, "md_KLOGBUF.BIN": 0x2000, "md_KSTACK0.BIN": 0x800,
  ]

  private func expected(_ name: String, at address: UInt64) -> [UInt8] {
    SaharaMemory.pattern(at: address, count: Self.sizes[name] ?? 0)
  }

  private func isRight(_ dump: [String: [UInt8]]) -> Bool {
    dump.mapValues(\.count) == Self.sizes && dump["DDRCS0_0.BIN"] == expected("DDRCS0_0.BIN", at: 0x8000_0000)
      && dump["DDRCS1_0.BIN"] == expected("DDRCS1_0.BIN", at: 0xC000_0000)
      && dump["RST_STAT.BIN"] == expected("RST_STAT.BIN", at: 0x146A_0100)
  }

  private var policy: SaharaPolicy {
    var policy = SaharaPolicy()
    policy.chunkByteCount = 4096
    return policy
  }

  @Test(arguments: ["32", "64"], [4096, 1000, 512 << 10])
  func `a dump is the memory, twice in a row`(width: String, chunk: Int) async throws {
    var policy = SaharaPolicy()
    policy.chunkByteCount = chunk
    let rig = try SaharaRig(crash: [("table-width", width)], policy: policy)
    for _ in 1...2 { #expect(isRight(try await rig.dump())) }
  }

  @Test func `a packet size of 1024, no ZLPs, and pieces in many transfers make no difference`() async throws {
    for (knobs, quirks) in [
      ([("packet-size", "1024")], []), ([("zlp", "no")], []), ([], ["split-chunks"]), ([], ["odd-hello"]),
      ([], ["hello-swallowed"]), ([("version", "3")], []), ([("version", "1")], []),
    ] as [([(key: String, value: String)], [String])] {
      let rig = try SaharaRig(crash: knobs, quirks: quirks, policy: policy)
      #expect(isRight(try await rig.dump()), "\(knobs) \(quirks)")
    }
  }

  @Test func `a device that leaves after HELLO_RSP and comes back is followed`() async throws {
    let rig = try SaharaRig(crash: [], quirks: ["disconnect-after-hello"], policy: policy)
    #expect(isRight(try await rig.dump()))
    #expect(rig.log.notices.contains("sahara.left-and-back"))
  }

  @Test func `a filter takes regions by their names`() async throws {
    let rig = try SaharaRig(crash: [], policy: policy)
    #expect(
      Set(try await rig.dump(SaharaRegionFilter("ddr*,ocimem")).keys) == ["OCIMEM.BIN", "DDRCS0_0.BIN", "DDRCS1_0.BIN"])
    #expect(try await rig.dump(SaharaRegionFilter(nil, isPreferredOnly: true))["DDRCS1_0.BIN"] == nil)
  }

  @Test func `harmful names are not used`() async throws {
    let rig = try SaharaRig(crash: [], quirks: ["hostile-names"], policy: policy)
    let names = try await rig.dump().keys
    #expect(names.count == 9)
    #expect(names.allSatisfy { !$0.contains("/") && !$0.contains("\u{1B}") && !$0.hasPrefix(".") && !$0.isEmpty })
  }

  @Test func `a refused piece is told with its address, and a second dump gets as far`() async throws {
    let rig = try SaharaRig(crash: [], quirks: ["end-in-chunk:4"], policy: policy)
    let error = SaharaError.memoryRefused(address: 0x146A_0108, length: 8, status: .memoryReadRefused)
    #expect(await rig.outcome { try await rig.dump() } == .failed(error))
    #expect(isRight(try await rig.dump()))
  }

  @Test func `a piece that ends early is told`() async throws {
    let rig = try SaharaRig(crash: [], quirks: ["short-chunk:1"], policy: policy)
    #expect(
      await rig.outcome { try await rig.dump() }
        == .failed(.shortMemory(address: 0x1468_0000, received: 2048, expected: 4096)))
    #expect(isRight(try await rig.dump()))
  }

  @Test func `a crashed device is identified without questions, and takes no loader`() async throws {
    let rig = try SaharaRig(crash: [("chip-serial", "12ab")], policy: policy)
    for _ in 1...2 {
      let identity = try await rig.withTarget { try await $0.identify() }
      #expect(identity.mode == "crash dump" && identity.serialNumber == "000012AB")
    }
    #expect(isRight(try await rig.dump()))
  }

  @Test func `a device that waits for an image is no crashed one, and is left as it was`() async throws {
    let rig = try SaharaRig()
    #expect(
      await rig.outcome { try await rig.dump() }
        == .failed(.wrongMode(device: .imageTransferPending, needed: .memoryDebug)))
    #expect(try await rig.withTarget { try await $0.identify() }.serialNumber == "d64990b3")
  }

  @Test(arguments: ["disconnect", "stall", "drop", "corrupt"])
  func `a fault at every transfer ends with an error or with the right memory`(kind: String) async throws {
    let clean = try SaharaRig(crash: [("minidump", "no"), ("memory", "4K")], policy: policy)
    let right = try await clean.dump()
    var failures = 0
    for number in 1...clean.log.traces.count {
      let rig = try SaharaRig(
        crash: [("minidump", "no"), ("memory", "4K")], faults: ["\(kind)@\(number)"], policy: policy)
      do {
        let dump = try await rig.dump()
        #expect(dump == right || kind == "corrupt", "\(kind)@\(number)")
      } catch is SaharaError {
        failures += 1
      }
      let again = try? await rig.dump()
      #expect(again == right, "after \(kind)@\(number)")
    }
    #expect(failures > 0)
  }

  @Test func `reset is acknowledged and the device comes back`() async throws {
    let rig = try SaharaRig(crash: [], policy: policy)
    #expect(await rig.outcome { try await rig.withTarget { try await $0.reboot(to: .system) } } == .done)
    #expect(isRight(try await rig.dump()))
  }
}
