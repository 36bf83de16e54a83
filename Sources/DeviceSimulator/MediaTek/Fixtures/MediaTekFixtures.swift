import FlashImages
import MediaTek

/// The files that a person, or another tool, needs to use a simulated MediaTek phone: the real ones are proprietary.
struct MediaTekFixtures: Sendable {
  private let device: MediaTekDevice
  private var platform: String { device.platform }
  private var layout: MediaTekLayout { device.layout }

  init(_ device: MediaTekDevice) { self.device = device }

  private static let project = "flashctl_sim"

  /// Everything, by its place in the folder. For locked devices with what unlocks them.
  var files: [SimulatorFixture] {
    get throws(SimulatorError) {
      let preloader = FixturePreloader.bytes(platform: platform, layout: layout)
      var files = [
        SimulatorFixture(path: "DA.bin", content: agents), SimulatorFixture(path: "preloader.bin", content: preloader),
      ]
      files += try package(preloader: preloader)
      guard device.bootROM.targetConfig.contains(.agentAuthentication) else { return files }
      // A preloader asks for nothing but the signature; its agent may want more.
      if !device.bootROM.isPreloader {
        files.append(SimulatorFixture(path: "auth.bin", content: FixturePreloader.authenticationFile()))
      }
      files.append(
        SimulatorFixture(
          path: "sla-signer.sh",
          content: Array(
            "#!/bin/sh\n# Signs for simulated devices: the SHA-256 of the challenge.\nsha256sum | head -c 64\n".utf8),
          isExecutable: true))
      return files
    }
  }

  /// The agents of all simulated devices of one generation, under the codes that files of it use.
  var agents: [UInt8] {
    switch device.agents {
    case .xFlash:
      FixtureAgentFile.bytes(
        .xFlash, for: [.init(code: 0x6765, name: "MT6765"), .init(code: 0x6785, name: "MT6785")])
    case .xml:
      FixtureAgentFile.bytes(
        .xml,
        for: [
          .init(code: 0x0950, name: "MT6893"), .init(code: 0x6893, name: "MT6893"), .init(code: 0x1208, name: "MT6789"),
        ])
    }
  }

  // MARK: The package

  /// A scatter file that flashes the boot loader and a few small images.
  private func package(preloader: [UInt8]) throws(SimulatorError) -> [SimulatorFixture] {
    guard let user = layout.userSection else { return [] }
    let table = MediaTekTable(
      user.partitions, sectorByteCount: layout.sectorByteCount, byteCount: user.byteCount, name: platform)
    let phone = ScatterBackup.Device(
      storage: layout.kind == .ufs ? .ufs : .emmc, chip: String(platform.dropFirst(2)), project: Self.project,
      userByteCount: user.byteCount, bootByteCount: layout.bootSection?.byteCount ?? 0)
    let backup = ScatterBackup(
      phone, partitions: table.places.map { .init(name: $0.name, start: $0.start, byteCount: $0.byteCount) })
    var scatter = backup.scatter
    var files: [SimulatorFixture] = []
    for index in scatter.layouts[0].partitions.indices {
      let partition = scatter.layouts[0].partitions[index]
      guard let file = partition.fileName, let content = content(of: partition.name, preloader: preloader) else {
        scatter.layouts[0].partitions[index].fileName = nil
        scatter.layouts[0].partitions[index].isDownload = false
        continue
      }
      files.append(SimulatorFixture(path: "package/" + file, content: content))
    }
    guard let text = try? ScatterWriter(.text).bytes(of: scatter) else { return [] }
    return [SimulatorFixture(path: "package/\(platform)_Android_scatter.txt", content: text)] + files
  }

  /// What a package brings: the boot loader, and images that are told from each other by their pattern.
  private func content(of partition: String, preloader: [UInt8]) -> [UInt8]? {
    switch partition {
    case "preloader": return preloader
    case "boot", "boot_a": return Array("ANDROID!".utf8) + pattern(7, byteCount: (256 << 10) - 8)
    case "lk", "lk_a": return pattern(11, byteCount: 128 << 10)
    case "logo": return pattern(13, byteCount: 64 << 10)
    default: return nil
    }
  }

  private func pattern(_ step: Int, byteCount: Int) -> [UInt8] {
    (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* step &+ $0 >> 9) }
  }
}
