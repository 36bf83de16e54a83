import Dispatch
import Glibc
import MkII
import Synchronization
import SystemPackage
import Testing
import USBWire
import WireFormat

@testable import DeviceSimulator

@Suite struct `The USB/IP server` {
  private let events = EventLog()

  final class EventLog: Sendable {
    let all = Mutex<[SimulatorUSBIPEvent]>([])
  }

  /// Runs `body` on a thread of its own against a server of RX-51s that ends with it.
  private func serve(
    _ settings: [[(key: String, value: String)]] = [[]], storage: String? = nil,
    _ body: @escaping @Sendable (UInt16) throws -> Void
  ) async throws {
    let configurations = try settings.enumerated().map { index, settings in
      try SimulatorConfiguration(
        model: "rx51", storage: storage, serialNumber: "serial\(index + 1)", settings: settings)
    }
    let events = events
    let server = try SimulatorUSBIPServer(
      host: "127.0.0.1", port: 0, devices: configurations,
      observer: { event in events.all.withLock { $0.append(event) } })
    let port = server.port
    try await whileServing {
      await server.run()
    } _: {
      try body(port)
    }
  }

  /// A message to the device and its answer's data.
  private static func ask(_ request: MkIIRequest, of client: USBIPTestClient) throws -> [UInt8] {
    let output = try client.output(request.message(transactionID: 0).bytes, to: .output(1), flags: .zeroPacket)
    #expect(try client.reply(to: output).status == .done)
    let reply = try client.reply(to: try client.submit(.input(1), 66048))
    return try MkIIMessage(parsing: reply.data.rawSpan, as: .reply).data
  }

  @Test func `lists its devices with their interfaces`() async throws {
    try await serve([[], []]) { port in
      let devices = try USBIPTestClient.list(port: port)
      #expect(devices.map(\.record.busID) == ["1-1", "1-2"])
      #expect(devices.map(\.record.deviceNumber) == [1, 2])
      #expect(devices[0].record.vendorID == 0x0421)
      #expect(devices[0].record.productID == 0x01C8)
      #expect(devices[0].record.speed == .high)
      #expect(devices[0].interfaces.map(\.interfaceClass) == [0x02, 0x0A, 0xFF])
    }
  }

  @Test func `a device is imported and flashed, and the image lies in the folder`() async throws {
    let folder = try TemporaryFolder()
    let image = TestImage("mmc", byteCount: 3_000_000)
    try await serve(storage: folder.path) { port in
      let client = try USBIPTestClient(port: port)
      try client.control(.setConfiguration(1))
      try client.control(.setInterface(1, alternate: 1))
      #expect(try Self.ask(.tell(item: "/update/host_protocol_version", value: "2"), of: client) == [0])
      #expect(try Self.ask(.begin, of: client) == [0])
      _ = try Self.ask(.imageHeader(image.header), of: client)
      _ = try Self.ask(.setSource(handle: 0, transport: "usb:raw"), of: client)
      _ = try Self.ask(.prepareBlock(handle: 0, byteCount: UInt32(image.data.count)), of: client)
      let pieces = stride(from: 0, to: image.data.count, by: 1 << 18).map {
        Array(image.data[$0..<min(image.data.count, $0 + 1 << 18)])
      }
      let numbers = try pieces.map { try client.output($0, to: .output(2)) }
      for (number, piece) in zip(numbers, pieces) { #expect(try client.reply(to: number).byteCount == piece.count) }
      #expect(try Self.ask(.status(handle: 0), of: client).prefix(4) == [0, 0, 0, 5])
    }
    #expect(try folder.read("mmc.bin") == image.data)
  }

  @Test func `two clients have two devices at once`() async throws {
    try await serve([[], []]) { port in
      let clients = try ["1-1", "1-2"].map { try USBIPTestClient(port: port, busID: $0) }
      for (client, serial) in zip(clients, ["serial1", "serial2"]) {
        let text = try client.control(.getDescriptor(.string, index: 3, language: 0x0409, length: 255)).data
        #expect(StringDescriptor.text(text) == serial)
      }
    }
  }

  @Test func `a second importer is told that the device is busy, and a wrong bus id that there is none`() async throws {
    try await serve { port in
      let client = try USBIPTestClient(port: port)
      #expect(try USBIPTestClient.requestImport("1-1", on: try TCPClient(port: port)).status == .busy)
      #expect(try USBIPTestClient.requestImport("1-9", on: try TCPClient(port: port)).status == .noDevice)
      #expect(try client.control(.getDescriptor(.device, index: 0, length: 18)).status == .done)
    }
    let refusals = events.all.withLock { $0.filter { if case .refused = $0 { true } else { false } } }
    #expect(
      refusals == [
        .refused(.importing(busID: "1-1", status: .busy)), .refused(.importing(busID: "1-9", status: .noDevice)),
      ])
  }

  @Test func `a device that restarts closes its connection and is exported again`() async throws {
    try await serve([[("next-mode", "pc-suite"), ("reboot-delay", "1")]]) { port in
      let client = try USBIPTestClient(port: port)
      try client.control(.setConfiguration(1))
      try client.control(.setInterface(1, alternate: 1))
      #expect(try Self.ask(.reboot(command: "reboot"), of: client) == [0])
      #expect(try client.next() == nil)
      var devices = try USBIPTestClient.list(port: port)
      while devices.isEmpty { devices = try USBIPTestClient.list(port: port) }
      #expect(devices.map(\.record.busID) == ["1-1"])
      #expect(devices.map(\.record.deviceNumber) == [2])
      let next = try USBIPTestClient(port: port)
      let text = try next.control(.getDescriptor(.string, index: 4, language: 0x0409, length: 255)).data
      #expect(StringDescriptor.text(text) == "PC-Suite Configuration")
    }
  }

  @Test func `a device that is gone is neither listed nor imported`() async throws {
    try await serve { port in
      let client = try USBIPTestClient(port: port)
      try client.control(.setConfiguration(1))
      try client.control(.setInterface(1, alternate: 1))
      #expect(try Self.ask(.reboot(command: "reboot"), of: client) == [0])
      #expect(try client.next() == nil)
      #expect(try USBIPTestClient.list(port: port).isEmpty)
      #expect(try USBIPTestClient.requestImport("1-1", on: try TCPClient(port: port)).status == .noDevice)
    }
  }

  @Test func `garbage ends its connection and nothing else`() async throws {
    try await serve { port in
      let client = try USBIPTestClient(port: port)
      for bytes in [[0, 0, 0, 0, 0, 0, 0, 0], [0x01, 0x11, 0x00, 0x05, 0, 0, 0, 0]] as [[UInt8]] {
        let stream = try TCPClient(port: port)
        try stream.send(bytes)
        #expect(try stream.receive(1) == [])
      }
      let odd = try USBIPTestClient.requestImport(String(repeating: "%n", count: 40), on: try TCPClient(port: port))
      #expect(odd.status == .noDevice)
      #expect(try client.control(.getDescriptor(.device, index: 0, length: 18)).status == .done)
    }
  }

  @Test func `hundreds of half-open connections keep nobody out`() async throws {
    try await serve { port in
      var open: [TCPClient] = []
      for index in 0..<300 {
        let stream = try TCPClient(port: port)
        try stream.send(Array([0x01, 0x11, 0x80, 0x03, 0, 0, 0, 0, 0x31].prefix(index % 10)))
        open.append(stream)
      }
      #expect(try USBIPTestClient.list(port: port).count == 1)
      let client = try USBIPTestClient(port: port)
      #expect(try client.control(.getDescriptor(.device, index: 0, length: 18)).status == .done)
      // The oldest have been dropped for it.
      #expect(try open[0].receive(1) == [])
    }
  }

  @Test func `an address in use, and a model without USB, are typed errors`() throws {
    let configuration = try SimulatorConfiguration(model: "rx51")
    let server = try SimulatorUSBIPServer(host: "127.0.0.1", port: 0, devices: [configuration])
    let port = server.port
    #expect(server.address == "127.0.0.1:\(port)")
    #expect(server.exports.map(\.record.busID) == ["1-1"])
    #expect(throws: SimulatorError.socket(operation: "bind", address: "127.0.0.1:\(port)", errno: EADDRINUSE)) {
      try SimulatorUSBIPServer(host: "127.0.0.1", port: port, devices: [configuration])
    }
    #expect(throws: SimulatorError.badValue(knob: "clock", value: "virtual", allowed: ["real"])) {
      try SimulatorUSBIPServer(
        host: "127.0.0.1", port: 0,
        devices: [try SimulatorConfiguration(model: "rx51", settings: [("clock", "virtual")])])
    }
  }
}
