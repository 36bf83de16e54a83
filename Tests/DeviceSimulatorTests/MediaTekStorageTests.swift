import FlashImages
import Testing

@testable import DeviceSimulator

@Suite struct `MediaTek storage` {
  private func disk(
    _ device: MediaTekDevice, _ change: (inout MediaTekTableQuirks) -> Void = { _ in }
  ) throws -> GPTDisk {
    var quirks = MediaTekTableQuirks()
    change(&quirks)
    let storage = try MediaTekStorage(device.layout, name: "test", folder: nil, quirks: quirks)
    let user = storage.sections[try #require(storage.userIndex)]
    return try GPTDisk(reading: user.file, sectorByteCount: user.sectorByteCount)
  }

  private func places(_ disk: GPTDisk) -> [String: ClosedRange<UInt64>] {
    var places: [String: ClosedRange<UInt64>] = [:]
    for partition in disk.table.partitions {
      places[partition.entry.name] = partition.entry.firstLBA...partition.entry.lastLBA
    }
    return places
  }

  private func differences(_ one: GPTDisk, _ other: GPTDisk) -> Set<String> {
    let (one, other) = (places(one), places(other))
    return Set(one.keys.filter { one[$0] != other[$0] })
  }

  @Test(arguments: [MediaTekDevice.mt6765, .mt6893].map(\.name))
  func `is made with both copies of a table of 128 entries`(name: String) throws {
    let usual = try disk(try #require(MediaTekDevice.all.first { $0.name == name }))
    #expect(usual.primary.table != nil && usual.backup.table != nil && usual.table.entries.count == 128)
  }

  @Test func `table-moved moves logo behind userdata`() throws {
    for device in [MediaTekDevice.mt6765, .mt6893] {
      let (usual, moved) = (try disk(device), try disk(device) { $0.hasMovedEntry = true })
      #expect(differences(usual, moved) == ["logo", "userdata"])
      let (before, after) = (try #require(places(usual)["logo"]), try #require(places(moved)["logo"]))
      #expect(before.count == after.count && after.lowerBound > before.lowerBound)
      #expect(try #require(places(moved)["userdata"]).upperBound + 1 == after.lowerBound)
      #expect(moved.backup.table != nil)
    }
  }

  @Test func `table-smaller halves a boot partition`() throws {
    for (device, name) in [(MediaTekDevice.mt6765, "boot"), (.mt6893, "boot_a")] {
      let (usual, smaller) = (try disk(device), try disk(device) { $0.hasSmallerEntry = true })
      #expect(differences(usual, smaller) == [name])
      let (before, after) = (try #require(places(usual)[name]), try #require(places(smaller)[name]))
      #expect(after.lowerBound == before.lowerBound && after.count == before.count - before.count / 2)
    }
  }

  @Test func `no-backup-table leaves the primary one alone`() throws {
    let device = MediaTekDevice.mt6765
    let (usual, single) = (try disk(device), try disk(device) { $0.hasNoBackup = true })
    #expect(single.primary.table != nil && single.backup.table == nil)
    #expect(single.table == usual.table)
  }

  @Test func `table-32 has 32 entries, and partitions where they were`() throws {
    let device = MediaTekDevice.mt6765
    let (usual, few) = (try disk(device), try disk(device) { $0.hasFewEntries = true })
    #expect(few.table.entries.count == 32 && few.primary.table != nil && few.backup.table != nil)
    // There is more room behind a smaller backup table.
    #expect(differences(usual, few).subtracting(["userdata"]).isEmpty)
    let slots = try disk(.mt6893) { $0.hasFewEntries = true }
    #expect(slots.table.partitions.count == 32 && places(slots)["userdata"] != nil && places(slots)["vbmeta_a"] != nil)
  }
}
