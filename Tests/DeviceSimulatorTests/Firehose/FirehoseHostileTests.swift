import Testing
import WireFormat

@testable import DeviceSimulator

/// What no host sends on purpose: whatever arrives, the device goes on, and after a bus reset it answers.
@Suite struct `Firehose simulator: hostile input` {
  private struct Random: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 29
    }
  }

  private static let names = [
    "nop", "configure", "program", "read", "erase", "patch", "getsha256digest", "getcrc16digest", "getstorageinfo",
    "setbootablestoragedrive", "peek", "poke", "ufs", "emmc", "fixgpt", "benchmark", "sig", "firmwarewrite", "zzz",
  ]
  private static let attributes = [
    "SECTOR_SIZE_IN_BYTES", "num_partition_sectors", "physical_partition_number", "start_sector", "slot", "filename",
    "value", "size_in_bytes", "byte_offset", "address64", "MaxPayloadSizeToTargetInBytes", "ZLPAwareHost", "LUNum",
    "bNumberLU", "bBootEnable", "bDescrAccessEn", "bInitPowerMode", "bHighPriorityLUN", "bConfigDescrLock", "commit",
    "LUNtoGrow", "bLUEnable", "bBootLunID", "size_in_kb", "lun", "grow_last_partition", "SkipWrite",
    "AckRawDataEveryNumPackets", "trials", "AlwaysValidate",
  ]
  private static let values = [
    "0", "1", "2", "8", "64", "4096", "4294967295", "18446744073709551615", "0xffffffffffffffff", "-1", "", "x",
    "NUM_DISK_SECTORS", "NUM_DISK_SECTORS-1.", "NUM_DISK_SECTORS*NUM_DISK_SECTORS", "CRC32(0,4096)",
    "CRC32(0,18446744073709551615)", "CRC32(18446744073709551615,1)", "1/0", "DISK", "&quot;&lt;&#1;", "((((((1))))))",
  ]

  private func element(_ random: inout Random) -> String {
    var text = "<" + (Self.names.randomElement(using: &random) ?? "nop")
    for attribute in Self.attributes.shuffled(using: &random).prefix(Int.random(in: 0...12, using: &random)) {
      text += " \(attribute)=\"\(Self.values.randomElement(using: &random) ?? "")\""
    }
    return text + "/>"
  }

  @Test(arguments: ["sdm845-ufs", "msm8916-emmc", "mdm9207-nand", "sm8250-vip"], [1, 2, 3] as [UInt64])
  func `nothing stops the device`(model: String, seed: UInt64) throws {
    var random = Random(state: seed)
    var host = try EDLHost(model, settings: [("lun0-size", "2M")])
    try host.load()
    _ = host.transfers()
    for round in 0..<300 {
      switch Int.random(in: 0...9, using: &random) {
      case 0:
        let count = Int.random(in: 0...9000, using: &random)
        host.send((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
      case 1:
        var document = EDLHost.document(element(&random))
        for _ in 0..<3 {
          document[Int.random(in: 0..<document.count, using: &random)] = .random(in: 0...255, using: &random)
        }
        host.send(document)
      case 2: host.send(EDLHost.document(element(&random) + element(&random)))
      case 3: host.send([UInt8](repeating: 0x20, count: 4096))
      default: host.send(EDLHost.document(element(&random)))
      }
      if Bool.random(using: &random) { _ = host.transfers() }
      if round % 40 == 39 {
        host.port.reset(at: host.now)
        host.configure()
      }
    }
    host.port.reset(at: host.now)
    host.configure()
    // Not power itself: only that there is an answer.
    let answers = host.ask("<power value=\"never\"/>")
    #expect(answers.contains { $0.contains("<response value=\"NAK\"") }, "\(answers)")
  }

  @Test func `power is taken from anywhere in a sequence`() throws {
    var host = try EDLHost(quirks: ["programmer-running"])
    host.ask("<configure/>")
    host.ask("<read start_sector=\"0\" num_partition_sectors=\"1\"/>")
    host.ask("<power value=\"off\"/>")
    #expect(!host.port.isAttached)
  }
}
