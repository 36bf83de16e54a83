import Testing
import USBWire
import WireFormat

@testable import DeviceSimulator

@Suite struct `A device served over USB/IP` {
  @Test func `is enumerated as Linux does it`() async throws {
    try await DeviceHostRig().run { rig in
      let client = try rig.connect()
      #expect(try client.control(.getDescriptor(.device, index: 0, length: 8)).data.count == 8)
      let device = try client.control(.getDescriptor(.device, index: 0, length: 18)).data
      #expect(try DeviceDescriptor(parsing: device.rawSpan).vendorID == 0x1209)
      let head = try client.control(.getDescriptor(.configuration, index: 0, length: 9)).data
      let length = try head.rawSpan.load(littleEndian: UInt16.self, at: 2)
      let configuration = try client.control(.getDescriptor(.configuration, index: 0, length: length)).data
      #expect(try ConfigurationDescriptor(parsing: configuration.rawSpan).settings[0].endpoints.count == 3)
      #expect(try client.control(.getDescriptor(.string, index: 0, length: 255)).data == StringDescriptor.languages)
      let product = try client.control(.getDescriptor(.string, index: 1, language: 0x0409, length: 255)).data
      #expect(StringDescriptor.text(product) == "bench")
      #expect(try client.control(.getDescriptor(.string, index: 7, length: 255)).status == .stalled)
      #expect(try client.control(.getDescriptor(.deviceQualifier, index: 0, length: 10)).data.count == 10)
      let configure = SetupPacket(requestType: 0, request: 9, value: 1, index: 0, length: 0)
      #expect(try client.control(configure).status == .done)
    }
  }

  @Test func `has no endpoints before it is configured, and none for the next client`() async throws {
    try await DeviceHostRig().run { rig in
      var client: USBIPTestClient? = try rig.connect(configured: false)
      let early = try #require(try client?.output([1, 2, 3], to: BenchDevice.output))
      #expect(try client?.reply(to: early).status == .invalid)
      #expect(try client?.control(.setConfiguration(1)).status == .done)
      let number = try #require(try client?.output([1, 2, 3], to: BenchDevice.output))
      #expect(try client?.reply(to: number) == .init(status: .done, byteCount: 3, data: []))
      client = nil
      try rig.wait(for: .disconnected(.clientClosed))
      let next = try rig.connect(configured: false)
      let late = try next.output([1], to: BenchDevice.output)
      #expect(try next.reply(to: late).status == .invalid)
    }
  }

  @Test func `moves many transfers at once, of every size`() async throws {
    try await DeviceHostRig().run { rig in
      let client = try rig.connect()
      let sizes = [1, 47, 48, 49, 2047, 2048, 2049, 16383, 16384, 16385, 65536, 1 << 20, 3, 0, 5]
      let numbers = try sizes.map { try client.output(BenchDevice.pattern($0), to: BenchDevice.output) }
      for (number, size) in zip(numbers, sizes) { #expect(try client.reply(to: number).byteCount == size) }
      for size in sizes { try client.order(.send, value: size & 0xFFFF, index: 1) }
      let reads = try sizes.map { _ in try client.submit(BenchDevice.input, 1 << 20) }
      for (number, size) in zip(reads, sizes) {
        #expect(try client.reply(to: number).data == BenchDevice.pattern(size & 0xFFFF))
      }
    }
  }

  @Test func `answers others while a transfer waits, and takes it back`() async throws {
    try await DeviceHostRig().run { rig in
      let client = try rig.connect()
      let waiting = try client.submit(BenchDevice.input, 512)
      try client.submit(BenchDevice.interrupt, 8)
      #expect(try client.control(.getDescriptor(.device, index: 0, length: 18)).data.count == 18)
      #expect(try client.reply(to: try client.unlink(waiting)).status == .unlinked)
      #expect(try client.reply(to: try client.unlink(waiting)).status == .done)
      #expect(try client.reply(to: try client.unlink(9999)).status == .done)
      try client.submit(.output(0), 0, setup: BenchDevice.order(.notify, value: 6))
      let replies = [try client.next(), try client.next()].map { $0?.reply.data }
      #expect(replies.contains([6]))
    }
  }

  @Test func `a client that closes is a pulled cable, and the next one is served`() async throws {
    try await DeviceHostRig(room: 100).run { rig in
      var client: USBIPTestClient? = try rig.connect()
      try client?.submit(BenchDevice.input, 512)
      // The device has taken a part of this one, and the rest never arrives.
      try client?.output(BenchDevice.pattern(200), to: BenchDevice.output)
      try client?.stream.send([1, 2, 3])
      client = nil
      try rig.wait(for: .disconnected(.clientClosed))
      let next = try rig.connect()
      #expect(try next.control(.getDescriptor(.device, index: 0, length: 18)).status == .done)
    }
  }

  @Test func `has one client at a time`() async throws {
    try await DeviceHostRig().run { rig in
      let client = try rig.connect()
      #expect(throws: DeviceHostRig.Refused(status: .busy)) { try rig.connect() }
      #expect(try client.control(.getDescriptor(.device, index: 0, length: 18)).status == .done)
    }
  }

  @Test func `leaves with every transfer answered, and is back with another number and identity`() async throws {
    try await DeviceHostRig().run { rig in
      let first = try #require(rig.host.export)
      let client = try rig.connect()
      let waiting = try client.submit(BenchDevice.input, 512)
      let leaving = try client.submit(.output(0), 0, setup: BenchDevice.order(.leave, value: 20))
      var statuses: [UInt32: USBIPStatus] = [:]
      while let answer = try client.next() { statuses[answer.sequence] = answer.reply.status }
      #expect(statuses == [waiting: .gone, leaving: .done])
      try rig.wait(for: .device(.returned))
      let export = try #require(rig.host.export)
      #expect(export.record.productID == first.record.productID + 1)
      #expect(export.record.deviceNumber != first.record.deviceNumber)
      #expect(export.record.busID == first.record.busID)
      // The old connection is still open at this end: it must not stand in the way.
      let next = try rig.connect()
      #expect(try next.control(.getDescriptor(.device, index: 0, length: 18)).data[10] == 2)
    }
  }

  @Test func `that has left for good cannot be had`() async throws {
    try await DeviceHostRig().run { rig in
      let client = try rig.connect()
      try client.submit(.output(0), 0, setup: BenchDevice.order(.leave))
      while try client.next() != nil {}
      #expect(rig.host.export == nil)
      #expect(throws: DeviceHostRig.Refused(status: .noDevice)) { try rig.connect() }
    }
  }

  @Test func `a pulled cable in the middle of a transfer ends it as gone`() async throws {
    try await DeviceHostRig(faults: [try Fault(parsing: "disconnect@2")]).run { rig in
      let client = try rig.connect()
      #expect(try client.reply(to: try client.output([1], to: BenchDevice.output)).status == .done)
      let number = try client.output(BenchDevice.pattern(100_000), to: BenchDevice.output)
      #expect(try client.reply(to: number).status == .gone)
      #expect(try client.next() == nil)
    }
  }

  @Test func `on a paced wire answers when the bus would`() async throws {
    try await DeviceHostRig(wire: .highSpeed).run { rig in
      let client = try rig.connect()
      let numbers = try (1...8).map { _ in try client.output(BenchDevice.pattern(5000), to: BenchDevice.output) }
      for number in numbers { #expect(try client.reply(to: number).byteCount == 5000) }
    }
  }

  @Test func `ends with its host, and says so`() async throws {
    let rig = try DeviceHostRig()
    try await rig.run { rig in
      let client = try rig.connect()
      #expect(try client.control(.getDescriptor(.device, index: 0, length: 18)).status == .done)
      // Kept open until the host has stopped.
      withExtendedLifetime(client) {}
    }
    #expect(rig.host.export == nil)
  }
}
