import Testing
import USBWire
import WireFormat

@testable import DeviceSimulator

@Suite struct `Devices in emergency download mode` {
  static let models = ["msm8916-emmc", "sdm845-ufs", "sa8775p", "mdm9207-nand", "ipq-spinor", "sm8250-vip"]

  @Test func `the registry has them under their names`() {
    let names = SimulatorRegistry.models.map(\.name)
    for name in Self.models { #expect(names.contains(name)) }
  }

  @Test(arguments: models)
  func `each shows the descriptors of a real one`(model: String) throws {
    let host = try EDLHost(model)
    let identity = try #require(host.port.identity)
    #expect(identity.device.vendorID == 0x05C6)
    #expect(identity.device.productID == 0x9008)
    #expect(identity.device.serialNumberIndex == 0)
    #expect(identity.strings[1] == "Qualcomm CDMA Technologies MSM")
    #expect(identity.strings[2]?.contains("_SN:") == true)
    let setting = try #require(identity.configurations[0].settings.first)
    #expect([setting.interfaceClass, setting.interfaceSubclass, setting.interfaceProtocol] == [0xFF, 0xFF, 0xFF])
    #expect(setting.endpoints.map(\.address) == [.input(1), .output(1)])
    #expect(setting.endpoints.allSatisfy { $0.maximumPacketSize == 512 })
  }

  @Test(arguments: models)
  func `HELLO waits for the host`(model: String) throws {
    var host = try EDLHost(model)
    let version: UInt32 = model == "sa8775p" ? 3 : 2
    #expect(
      host.receive(atMost: 4096)
        == .data(EDLHost.bytes([1, 48, version, 1, 0x400, 0, 0, 0, 0, 0, 0, 0]), isEnd: true))
  }

  @Test(arguments: [("sdm845-ufs", true), ("msm8916-emmc", false)])
  func `a loader is read as boot ROMs do`(model: String, is64Bit: Bool) throws {
    var host = try EDLHost(model)
    try host.load(is64Bit ? ELFSample.elf64 : ELFSample.elf32)
    let header = is64Bit ? 0x40 : 0x34
    let all = is64Bit ? ELFSample.headerByteCount64 : ELFSample.headerByteCount32
    var expected = [(0, header), (header, all - header), (0, all), (0x1000, 0x128)]
    expected += [(0x2000, 0x1000), (0x3000, 0x1000), (0x4000, 9000 - 0x2000)]
    #expect(host.ranges.map { [$0.offset, $0.length] } == expected.map { [$0.0, $0.1] })
    #expect(host.imageIDs == [13])
  }

  @Test(arguments: [("sdm845-ufs", false), ("msm8916-emmc", true)])
  func `either kind of ELF starts either device`(model: String, is64Bit: Bool) throws {
    var host = try EDLHost(model)
    try host.load(is64Bit ? ELFSample.elf64 : ELFSample.elf32)
    #expect(host.transfers().count > 0)
  }

  @Test func `a device that wants several images asks for each, and starts after the last`() throws {
    var host = try EDLHost("sa8775p")
    try host.load(isSingleImage: false)
    #expect(host.imageIDs == [59, 36, 37, 61, 60, 21, 13, 38])
    #expect(host.ask("<nop/>").last == Wire.ack)
    var two = try EDLHost("sdm845-ufs", settings: [("images", "13+36"), ("hello-between", "no")])
    try two.load(isSingleImage: false)
    #expect(two.imageIDs == [13, 36])
  }

  @Test func `MSM8916 says that it wants another image, and starts the programmer`() throws {
    var host = try EDLHost("msm8916-emmc")
    try host.load(ELFSample.elf32)
    let logs = EDLHost.logs(host.transfers().map { String(decoding: $0, as: UTF8.self) })
    #expect(logs.last?.hasPrefix("Supported Functions: program configure nop ") == true)
    #expect(logs.last?.hasSuffix("peek poke ") == true)
    #expect(!logs.contains { $0.contains("INFO:") })
  }

  @Test func `the banner of newer programmers has one function a line`() throws {
    var host = try EDLHost()
    try host.load()
    let logs = EDLHost.logs(host.transfers().map { String(decoding: $0, as: UTF8.self) })
    #expect(logs[0] == "INFO: Binary build date: Feb 12 2019 @ 12:20:29")
    #expect(logs[1] == "INFO: Chip serial num: 3595145395 (0xd64990b3)")
    #expect(logs[2] == "INFO: Supported Functions (18):")
    #expect(logs[3] == "INFO: program")
    #expect(logs.last == "INFO: End of supported functions 18")
  }

  @Test func `a programmer that runs already says nothing by itself`() throws {
    var host = try EDLHost("sdm845-ufs", quirks: ["programmer-running"])
    #expect(host.transfers() == [])
    #expect(host.ask("<nop/>").last == Wire.ack)
  }

  @Test(arguments: [("gone", nil), ("edl", 0x05C6), ("booted", 0x18D1)] as [(String, UInt16?)])
  func `reset leads where the knob says`(mode: String, vendor: UInt16?) throws {
    var host = try EDLHost.ready(settings: [("next-mode", mode)])
    host.ask("<power value=\"reset\"/>")
    #expect((host.port.returnsAt == nil) == (vendor == nil))
    guard let moment = host.port.returnsAt else { return }
    host.port.advance(to: moment)
    #expect(host.port.identity?.device.vendorID == vendor)
  }

  @Test func `off is for good`() throws {
    var host = try EDLHost.ready(settings: [("next-mode", "edl")])
    host.ask("<power value=\"off\"/>")
    #expect(!host.port.isAttached)
    #expect(host.port.returnsAt == nil)
  }

  @Test func `it can leave the bus between Sahara and the programmer`() throws {
    var host = try EDLHost("sdm845-ufs", settings: [("reenumerates", "yes")])
    try host.load()
    let moment = try #require(host.port.returnsAt)
    host.now = moment
    host.port.advance(to: moment)
    host.configure()
    #expect(host.transfers().count > 10)
  }

  @Test func `command mode tells what chip it is`() throws {
    for (model, command, count) in [("sdm845-ufs", 2 as UInt32, 24), ("sa8775p", 0x0A, 46)] {
      var host = try EDLHost(model)
      _ = host.transfers()
      host.send(EDLHost.bytes([2, 48, 2, 1, 0, 3, 0, 0, 0, 0, 0, 0]))
      #expect(host.transfers() == [EDLHost.bytes([0x0B, 8])])
      host.send(EDLHost.bytes([0x0D, 12, command]))
      #expect(host.transfers() == [EDLHost.bytes([0x0E, 16, command, UInt32(count)])])
      host.send(EDLHost.bytes([0x0F, 12, command]))
      #expect(host.transfers().first?.count == count)
    }
  }
}
