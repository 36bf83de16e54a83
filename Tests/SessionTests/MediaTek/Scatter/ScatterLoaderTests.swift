import FlashCore
import FlashImages
import Foundation
import MediaTek
import Testing

@testable import DeviceSimulator

@Suite struct `Boot loaders and whole images of scatter packages` {
  private func phone(_ device: MediaTekDevice = .mt6765) async throws -> (ScatterRig, String) {
    let rig = try ScatterRig(device)
    let package = try rig.package()
    _ = try await rig.flash(rig.request(package, .firmwareUpgrade))
    return (rig, package)
  }

  @Test func `a boot loader goes to the agent by name, and is read back whatever is asked for`() async throws {
    let (rig, package) = try await phone()
    var request = rig.request(package)
    request.package.only = ["preloader"]
    let report = try await rig.flash(request)
    #expect(report.extents.count == 2 && report.extents.allSatisfy { $0.verified == .readback })
    // The second copy is there already, and is not sent again.
    #expect(report.extents.map(\.extent.section) == ["boot1", "boot2"])
    #expect(try rig.stored("boot1", at: 0, count: 9) == Array("EMMC_BOOT".utf8))
    #expect(try rig.wrong([]).isEmpty)
  }

  @Test func `a dump of a boot section is cut to its loader`() async throws {
    let (rig, package) = try await phone()
    let dump = try rig.stored("boot1", at: 0, count: 0x40000)
    try rig.store([UInt8](repeating: 0, count: 0x40000), in: "boot1", at: 0)
    try rig.store([UInt8](repeating: 0, count: 0x40000), in: "boot2", at: 0)
    var request = rig.request(package)
    request.package.only = ["preloader"]
    request.scatter.files = ["preloader": rig.files.write(dump, to: "boot1.bin")]
    _ = try await rig.flash(request)
    #expect(try rig.wrong([]).isEmpty)
    request.scatter.writesRawPreloader = true
    try rig.store([UInt8](repeating: 0, count: 0x40000), in: "boot1", at: 0)
    _ = try await rig.flash(request)
    #expect(try rig.stored("boot1", at: 0, count: dump.count) == dump)
  }

  @Test func `a raw boot loader gets the header that an agent would make`() async throws {
    let (rig, package) = try await phone()
    let made = try rig.stored("boot1", at: 0, count: 0x800 + rig.preloader.count)
    for section in rig.bootFiles { try rig.store([UInt8](repeating: 0, count: 0x40000), in: section, at: 0) }
    var request = rig.request(package)
    request.package.only = ["preloader"]
    request.scatter.writesRawPreloader = true
    let report = try await rig.flash(request)
    #expect(report.extents.allSatisfy { $0.verified == .readback })
    for section in rig.bootFiles {
      #expect(try rig.stored(section, at: 0, count: made.count) == made)
    }
    let (other, second) = try await phone(.mt6893)
    var refused = other.request(second)
    refused.package.only = ["preloader"]
    refused.scatter.writesRawPreloader = true
    #expect(await other.outcome(refused) == .refused(.noBootHeader(entry: "preloader", .ufs)))
  }

  @Test func `what is no boot loader is not written as one`() async throws {
    let (rig, package) = try await phone()
    var request = rig.request(package)
    request.package.only = ["preloader"]
    request.scatter.files = ["preloader": rig.files.write(XFlashRig.pattern(5000, seed: 2), to: "junk.bin")]
    guard case .refused(.refused(.noLoader("preloader"), _)) = await rig.outcome(request) else {
      Issue.record("junk was taken")
      return
    }
    #expect(try rig.wrong([]).isEmpty)
  }

  @Test("whole images are expanded by the agent", arguments: ["mt6765", "mt6893"])
  func wholeImages(name: String) async throws {
    let (rig, package) = try await phone(try #require(MediaTekDevice.all.first { $0.name == name }))
    let content =
      XFlashRig.pattern(8192, seed: 30) + [UInt8](repeating: 0, count: 65536) + XFlashRig.pattern(4096, seed: 31)
    let raw = rig.files.write(content, to: "logo.raw")
    let sparse = rig.files.path + "/package/logo.img"
    let output = try OutputFile.begin(at: sparse, replacing: true)
    try SparseSample.write(raw, to: output)
    try output.commit()
    var request = rig.request(package)
    request.scatter.sendsWholeImages = true
    let report = try await rig.flash(request, verifies: true)
    #expect(report.extents.allSatisfy { $0.verified == .readback })
    let place = try #require(try rig.table()["logo"])
    #expect(try rig.stored(rig.userFile, at: place.lowerBound, count: content.count) == content)
  }

  @Test("a phone is compared with a package, and a byte of a boot loader counts", arguments: ["mt6765", "mt6893"])
  func verifies(name: String) async throws {
    let (rig, package) = try await phone(try #require(MediaTekDevice.all.first { $0.name == name }))
    func verify() async throws -> PlanRunner.Report {
      var request = rig.request(package)
      request.scatter.followsDeviceTable = true
      return try await rig.withTarget { [request] target in
        try await target.prepareStorage()
        let plan = try #require(try await MediaTekFamily().plan(request, on: target))
        return try await PlanVerifier().verify(plan, on: target)
      }
    }
    #expect(try await verify().extents.count == 4)
    try rig.store([0x55], in: rig.bootFiles[1], at: (rig.isUFS ? 0 : 0x800) + 0x1001)
    do {
      _ = try await verify()
      Issue.record("a damaged boot loader passed")
    } catch let failure as PlanRunner.Failure {
      #expect(failure.underlying is ContentDiffers && failure.name == "preloader")
    }
  }

  @Test func `RPMB is never written, whatever is allowed`() async throws {
    let (rig, _) = try await phone()
    var request = PlanRequest(
      pairs: [.init(region: "rpmb/0x0+0x200", path: rig.files.write(XFlashRig.pattern(512), to: "x.bin"))],
      reboots: false)
    request.package.allowsProtected = true
    guard case .failed("check plan", let type) = await rig.outcome(request) else {
      Issue.record("written")
      return
    }
    #expect(type == "MediaTekPlanError")
  }
}

/// Sparse images for tests.
enum SparseSample {
  /// What a raw file becomes.
  static func write(_ path: String, to output: OutputFile) throws {
    let encoder = try SparseOutput(output, SparseEncoder())
    let bytes = try RegularFile(path: path)
    let content = try bytes.bytes(at: 0, count: Int(bytes.length()))
    try content.withUnsafeBytes { try encoder.append($0) }
    try encoder.finish()
  }
}
