import DeviceSimulator
import FlashCore
import FlashImages
import MkII
import SystemPackage
import Testing
import USBWire
import WireFormat

@Suite struct `The link to a device in the same process` {
  func provider(
    clock: String = "virtual", quirks: [String] = [], settings: [(key: String, value: String)] = [],
    faults: [String] = [], storage: String? = nil
  ) throws -> SimulatedLinkProvider {
    let configuration = try SimulatorConfiguration(
      model: "rx51", storage: storage, quirks: quirks, settings: settings + [("clock", clock)], faults: faults)
    return try SimulatedLinkProvider(selector: "sim:rx51", configuration: configuration)
  }

  func open(_ provider: SimulatedLinkProvider) async throws -> any Link {
    let link = try await provider.open(waitLimit: nil)
    try await link.claim(interface: 1)
    try await link.setAlternate(1, of: 1)
    try await link.claim(interface: 2)
    return link
  }

  func ask(_ link: any Link, _ request: MkIIRequest, limit: Duration = .seconds(5)) async throws -> [UInt8] {
    try await link.send(
      request.message(transactionID: 0).bytes, to: .output(1), terminated: true, timeout: limit)
    let reply = try await link.receive(atMost: 66048, from: .input(1), timeout: limit)
    #expect(reply.end == .shortPacket)
    return Array(reply.bytes.dropFirst(10))
  }

  func begin(_ link: any Link, _ image: TestImage) async throws {
    _ = try await ask(link, .tell(item: "/update/host_protocol_version", value: "2"))
    _ = try await ask(link, .begin)
    _ = try await ask(link, .imageHeader(image.header))
    _ = try await ask(link, .setSource(handle: 0, transport: "usb:raw"))
    _ = try await ask(link, .prepareBlock(handle: 0, byteCount: UInt32(image.data.count)))
  }

  /// The image's data as a file that a stream reads.
  func stream(of image: TestImage, in folder: TemporaryFolder) throws -> ImageStream {
    let path = folder.path + "/source"
    let file = try FileDescriptor.open(
      FilePath(path), .writeOnly, options: [.create, .truncate], permissions: .ownerReadWrite)
    try file.closeAfter { _ = try file.writeAll(image.data) }
    return try ImageStream(try FileImageSource(path: path))
  }

  @Test func `is a USB link that says what discovery would say`() async throws {
    let provider = try provider()
    let link = try await provider.open(waitLimit: nil)
    guard case .usb(let info) = link.kind else {
      Issue.record("\(link.kind)")
      return
    }
    #expect(info.identifier == "0421:01c8")
    #expect(info.product == "N900 (PC-Suite Mode)")
    #expect(info.configurationName == "Firmware Upgrade Configuration")
    #expect(info.serialNumber == nil)
    #expect(
      info.interfaceNames
        == [5: "Device Upgrade Interface", 4: "Firmware Upgrade Configuration"].filter { $0.key == 5 })
    #expect(link.name == "sim:rx51")
    await link.close()
  }

  @Test(arguments: ["real", "virtual"])
  func `flashes an image from a file`(clock: String) async throws {
    let folder = try TemporaryFolder()
    let link = try await open(try provider(clock: clock, storage: folder.path))
    let image = TestImage("mmc", byteCount: 2_500_000)
    try await begin(link, image)
    try await link.sendStream(
      try stream(of: image, in: folder), byteCount: 2_500_000, to: .output(2), transferSize: 1 << 20,
      idleLimit: .seconds(10))
    #expect(try await ask(link, .status(handle: 0)).prefix(4) == [0, 0, 0, 5])
    #expect(try folder.read("mmc.bin") == image.data)
    await link.close()
  }

  @Test func `a stream that stops says how much had been accepted`() async throws {
    let folder = try TemporaryFolder()
    let link = try await open(try provider(quirks: ["nak-at-byte:1500000"]))
    let image = TestImage("mmc", byteCount: 2_500_000)
    try await begin(link, image)
    let stream = try stream(of: image, in: folder)
    await #expect(throws: StreamError.link(.timedOut(after: .seconds(10)), accepted: 1 << 20)) {
      try await link.sendStream(
        stream, byteCount: 2_500_000, to: .output(2), transferSize: 1 << 20, idleLimit: .seconds(10))
    }
  }

  @Test func `an image that ends too early is an error, not a success`() async throws {
    let folder = try TemporaryFolder()
    let link = try await open(try provider())
    let image = TestImage("mmc", byteCount: 1000)
    try await begin(link, image)
    let stream = try stream(of: image, in: folder)
    await #expect(throws: StreamError.image(.shortRead(path: "", offset: 1000, expected: 2000))) {
      try await link.sendStream(
        stream, byteCount: 2000, to: .output(2), transferSize: 1 << 20, idleLimit: .seconds(10))
    }
  }

  @Test func `limits end waits, in virtual time at once`() async throws {
    let provider = try provider(faults: ["drop@2"])
    let link = try await open(provider)
    let start = provider.clock.now
    await #expect(throws: LinkError.timedOut(after: .seconds(3600))) {
      _ = try await ask(link, .ping, limit: .seconds(3600))
    }
    #expect(provider.clock.now - start >= .seconds(3600))
    #expect(try await ask(link, .ping) == [])
  }

  @Test func `a late reply arrives at its time in virtual time`() async throws {
    let provider = try provider(quirks: ["slow-first-ping:30000"])
    let link = try await open(provider)
    let start = provider.clock.now
    #expect(try await ask(link, .ping, limit: .seconds(60)) == [])
    #expect((.seconds(30) ... .milliseconds(30_010)).contains(provider.clock.now - start))
  }

  @Test func `runs in virtual time repeat exactly`() async throws {
    func run() async throws -> Duration {
      let provider = try provider(settings: [("finish-ms", "500"), ("consume-rate", "1M")])
      let link = try await open(provider)
      let image = TestImage("mmc", byteCount: 1 << 20)
      try await begin(link, image)
      try await link.send(image.data, to: .output(2), terminated: false, timeout: .seconds(5))
      while try await ask(link, .status(handle: 0)).prefix(4) != [0, 0, 0, 5] {
        _ = try await ask(link, .waitCredit(time: 100))
      }
      return provider.clock.now
    }
    let first = try await run()
    #expect(try await run() == first)
    #expect(first > .milliseconds(1500))
  }

  @Test func `stalls are seen, and end with clearHalt`() async throws {
    let link = try await open(try provider(faults: ["stall@1", "stall@3"]))
    await #expect(throws: LinkError.stalled(endpoint: .output(1))) { _ = try await ask(link, .ping) }
    try await link.clearHalt(.output(1))
    await #expect(throws: LinkError.stalled(endpoint: .input(1))) { _ = try await ask(link, .ping) }
    try await link.clearHalt(.input(1))
    let reply = try await link.receive(atMost: 2048, from: .input(1), timeout: .seconds(1))
    #expect(reply.bytes.count == 10)
  }

  @Test func `short buffers, whole packets and overflow are told apart`() async throws {
    let link = try await open(try provider(quirks: ["reply-512"]))
    func get() async throws {
      let request = MkIIRequest.get(item: "/update/supported_images").message(transactionID: 0).bytes
      try await link.send(request, to: .output(1), terminated: true, timeout: .seconds(1))
    }
    try await get()
    #expect(try await link.receive(atMost: 512, from: .input(1), timeout: .seconds(1)).end == .bufferFull)
    #expect(
      try await link.receive(atMost: 512, from: .input(1), timeout: .seconds(1))
        == ReceivedTransfer(bytes: [], end: .zeroLengthPacket))
    try await get()
    #expect(try await link.receive(atMost: 1024, from: .input(1), timeout: .seconds(1)).end == .shortPacket)
    try await get()
    await #expect(throws: LinkError.overflow(endpoint: .input(1))) {
      _ = try await link.receive(atMost: 100, from: .input(1), timeout: .seconds(1))
    }
  }

  @Test func `interfaces and endpoints that do not exist are refused`() async throws {
    let link = try await provider().open(waitLimit: nil)
    await #expect(throws: LinkError.unsupported(feature: "interface 9")) { try await link.claim(interface: 9) }
    await #expect(throws: LinkError.unsupported(feature: "interface 1 alternate 1")) {
      try await link.setAlternate(1, of: 1)
    }
    await #expect(throws: LinkError.unsupported(feature: "EP 01")) { _ = try await ask(link, .ping) }
    try await link.claim(interface: 1)
    await #expect(throws: LinkError.unsupported(feature: "interface 1 alternate 2")) {
      try await link.setAlternate(2, of: 1)
    }
  }

  @Test func `a closed link is gone, and the device can be opened again`() async throws {
    let provider = try provider()
    let link = try await open(provider)
    await #expect(throws: OpenError.busy(path: "0-1", holders: ["flashctl"])) {
      _ = try await provider.open(waitLimit: nil)
    }
    await link.close()
    await link.close()
    await #expect(throws: LinkError.disconnected) { _ = try await ask(link, .ping) }
    let second = try await open(provider)
    #expect(try await ask(second, .begin) == [3])
  }

  @Test func `a link that is dropped gives the device back`() async throws {
    let provider = try provider()
    do { _ = try await open(provider) }
    let second = try await open(provider)
    #expect(try await ask(second, .ping) == [])
  }

  @Test(arguments: ["real", "virtual"])
  func `a device that restarts is followed to its new identity`(clock: String) async throws {
    let provider = try provider(clock: clock, settings: [("next-mode", "pc-suite"), ("reboot-delay", "20")])
    let link = try await open(provider)
    #expect(try await ask(link, .reboot(command: "reboot")) == [0])
    await #expect(throws: LinkError.disconnected) { _ = try await ask(link, .ping) }
    await link.close()
    let info = try await provider.awaitReturn(within: .seconds(60)) { $0.productID == 0x01C8 }
    #expect(info.configurationName == "PC-Suite Configuration")
    let second = try await open(provider)
    #expect(try await ask(second, .ping) == [])
    await #expect(throws: LinkError.disconnected) { _ = try await ask(link, .ping) }
  }

  @Test func `a device that stays away, or stays as it is, is waited for no longer than asked`() async throws {
    let provider = try provider()
    let link = try await open(provider)
    await #expect(throws: OpenError.timedOut(waitingFor: "sim:rx51", after: .seconds(60))) {
      _ = try await provider.awaitReturn(within: .seconds(60)) { _ in true }
    }
    #expect(try await ask(link, .reboot(command: "reboot")) == [0])
    await link.close()
    await #expect(throws: OpenError.timedOut(waitingFor: "sim:rx51", after: .seconds(60))) {
      _ = try await provider.awaitReturn(within: .seconds(60)) { _ in true }
    }
    #expect(provider.info == nil)
    await #expect(throws: OpenError.notFound(selector: "sim:rx51", seen: [])) {
      _ = try await provider.open(waitLimit: nil)
    }
  }

  @Test(arguments: ["real", "virtual"])
  func `cancelling ends every wait and leaves the link usable`(clock: String) async throws {
    let provider = try provider(clock: clock)
    let link = try await open(provider)
    let waiting = Task { try await link.receive(atMost: 512, from: .input(1), timeout: .seconds(3600)) }
    waiting.cancel()
    let result = await waiting.result
    // In virtual time the wait may have reached its limit before it was cancelled.
    #expect(throws: LinkError.self) { _ = try result.get() }
    #expect(try await ask(link, .ping) == [])
    await link.close()
    let opening = Task { try await provider.awaitReturn(within: .seconds(3600)) { _ in true } }
    opening.cancel()
    let ending = await opening.result
    #expect(throws: OpenError.self) { _ = try ending.get() }
  }

  @Test func `a receiver is woken by what another task sends`() async throws {
    let link = try await open(try provider(clock: "real"))
    async let reply = link.receive(atMost: 512, from: .input(1), timeout: .seconds(3600))
    await Task.yield()
    try await link.send(
      MkIIRequest.ping.message(transactionID: 0).bytes, to: .output(1), terminated: true, timeout: .seconds(5))
    #expect(try await reply.bytes.count == 10)
  }
}
