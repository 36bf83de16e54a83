import DeviceSimulator
import FlashImages
import Glibc
import MkII
import Testing
import USBWire
import WireFormat

@Suite struct `Storage of the RX-51` {
  @Test func `an image that is right is kept as it was received, with a description`() throws {
    let folder = try TemporaryFolder()
    var host = try TestHost(storage: folder.path)
    let image = TestImage(
      "mmc", byteCount: 3000,
      more: [
        .device(.init(device: "RX-51", revisions: ["2101"])), .version("PR \"1\"\n"),
        .layout(Array("mmc {\n\tname = \"internal\";\n}\n".utf8)),
        .part(FIASCOPart(offset: 0, size: 3000, name: "home")),
      ])
    try host.flash(image)
    #expect(try host.status().state == 5)
    #expect(folder.names == ["mmc.bin", "mmc.json"])
    #expect(try folder.read("mmc.bin") == image.data)
    guard case .fileData(let file) = image.blocks[0] else { return }
    let expected = """
      {
        "type": "mmc",
        "size": 3000,
        "hash": "\(Hex.string([UInt8(file.hash >> 8), UInt8(file.hash & 0xFF)]))",
        "version": "PR \\"1\\"\\n",
        "layout": "mmc {\\n\\tname = \\"internal\\";\\n}\\n",
        "devices": [
          {
            "device": "RX-51",
            "revisions": [
              "2101"
            ]
          }
        ],
        "parts": [
          {
            "name": "home",
            "offset": 0,
            "size": 3000
          }
        ],
        "header": "\(Hex.string(image.header))"
      }

      """
    #expect(String(decoding: try folder.read("mmc.json"), as: UTF8.self) == expected)
  }

  @Test func `a folder is created with those above it, and kept between runs`() throws {
    let folder = try TemporaryFolder()
    let inner = folder.path + "/a/b"
    defer {
      for name in ["kernel.bin", "kernel.json"] { unlink(inner + "/" + name) }
      rmdir(inner)
      rmdir(folder.path + "/a")
    }
    var host = try TestHost(storage: inner)
    try host.flash(TestImage())
    host = try TestHost(storage: inner)
    #expect(access(inner + "/kernel.bin", R_OK) == 0)
  }

  @Test func `a wrong checksum leaves the earlier image in place`() throws {
    let folder = try TemporaryFolder()
    var host = try TestHost(settings: [("recoverable", "yes")], storage: folder.path)
    let good = TestImage(byteCount: 1000)
    try host.flash(good)
    try host.announce(TestImage(byteCount: 2000, hash: 0x1234))
    try host.sendAll(TestImage(byteCount: 2000))
    #expect(try host.ask(.status(handle: 0)) == [0x0A])
    #expect(folder.names == ["kernel.bin", "kernel.json"])
    #expect(try folder.read("kernel.bin") == good.data)
  }

  @Test func `an image in progress has a temporary name, and an aborted one leaves nothing`() throws {
    let folder = try TemporaryFolder()
    var host = try TestHost(storage: folder.path)
    let image = TestImage()
    try host.begin(image)
    #expect(try host.ask(.prepareBlock(handle: 0, byteCount: 3000)) == [0])
    host.send(Array(image.data[..<1000]), to: TestHost.raw, terminated: false)
    #expect(folder.names == [".kernel.bin.part"])
    _ = host.port.request(.setInterface(1, alternate: 0), at: host.now)
    #expect(folder.names == [])
  }

  @Test func `blocks of zeros become holes, whatever pieces they come in`() throws {
    let folder = try TemporaryFolder()
    var host = try TestHost(storage: folder.path)
    var data = [UInt8](repeating: 0, count: 4 << 20)
    data[0] = 1
    data[1_234_567] = 2
    let image = TestImage("mmc", data: data)
    try host.begin(image)
    for start in stride(from: 0, to: data.count, by: 1_000_003) {
      try host.sendBlock(Array(data[start..<min(data.count, start + 1_000_003)]))
    }
    #expect(try host.status().state == 5)
    #expect(try folder.read("mmc.bin") == data)
    // Two blocks with data, and what lies around the ends of the five pieces.
    #expect(folder.allocated("mmc.bin") < 256 << 10)
  }

  @Test func `a folder that cannot be used is an error before the device exists`() throws {
    let folder = try TemporaryFolder()
    var host = try TestHost(storage: folder.path)
    try host.flash(TestImage())
    let path = folder.path + "/kernel.bin/x"
    #expect(throws: SimulatorError.storage(operation: "mkdir", path: path, errno: ENOTDIR)) {
      try TestHost(storage: path)
    }
  }

  @Test func `an image type whose file another run is writing fails the device`() throws {
    let folder = try TemporaryFolder()
    var first = try TestHost(storage: folder.path)
    try first.begin(TestImage())
    var second = try TestHost(storage: folder.path)
    try second.negotiate()
    #expect(try second.ask(.begin) == [0])
    #expect(try second.ask(.imageHeader(TestImage().header)).count == 9)
    #expect(try second.ask(.setSource(handle: 0, transport: "usb:raw")) == [1])
    #expect(
      second.port.takeEvents() == [
        .storageFailed(operation: "lock", path: folder.path + "/.kernel.bin.part", errno: EWOULDBLOCK)
      ])
    try first.sendAll(TestImage())
    #expect(try first.status().state == 5)
  }
}
