import DeviceSimulator
import Dispatch
import Glibc
import MkII
import SystemPackage
import Testing

@Suite struct `The TCP server` {
  /// Runs `body` on a thread of its own against a server that ends with it.
  func serve(
    storage: String? = nil, quirks: [String] = [], settings: [(key: String, value: String)] = [],
    faults: [String] = [], _ body: @escaping @Sendable (UInt16) throws -> Void
  ) async throws {
    let configuration = try SimulatorConfiguration(
      model: "rx51", storage: storage, quirks: quirks, settings: settings, faults: faults)
    let server = try SimulatorTCPServer(host: "127.0.0.1", port: 0, configuration: configuration)
    let port = server.port
    try await whileServing {
      await server.run()
    } _: {
      try body(port)
    }
  }

  @Test func `flashes an image that then lies in the folder, twice in a row`() async throws {
    let folder = try TemporaryFolder()
    let image = TestImage("mmc", byteCount: 3_000_000)
    try await serve(storage: folder.path) { port in
      for _ in 1...2 {
        let client = try TCPClient(port: port)
        #expect(try client.ask(.ping) == [])
        #expect(try client.flash(image).prefix(4) == [0, 0, 0, 5])
      }
    }
    #expect(try folder.read("mmc.bin") == image.data)
  }

  @Test func `a reboot closes the connection and the next one is served`() async throws {
    try await serve(settings: [("reboot-delay", "1")]) { port in
      for _ in 1...2 {
        let client = try TCPClient(port: port)
        #expect(try client.ask(.reboot(command: "reboot")) == [0])
        #expect(try client.receive(1) == [])
      }
    }
  }

  @Test func `a device that left for good closes every later connection`() async throws {
    try await serve(settings: [("next-mode", "gone")]) { port in
      let client = try TCPClient(port: port)
      #expect(try client.ask(.reboot(command: "reboot")) == [0])
      #expect(try client.receive(1) == [])
      let second = try TCPClient(port: port)
      #expect(try second.receive(1) == [])
    }
  }

  @Test func `a client that dies in the middle of the data leaves the device usable`() async throws {
    let folder = try TemporaryFolder()
    try await serve(storage: folder.path) { port in
      let image = TestImage(byteCount: 100_000)
      var client: TCPClient? = try TCPClient(port: port)
      _ = try client?.ask(.tell(item: "/update/host_protocol_version", value: "2"))
      _ = try client?.ask(.begin)
      _ = try client?.ask(.imageHeader(image.header))
      _ = try client?.ask(.setSource(handle: 0, transport: "tcp:raw"))
      _ = try client?.ask(.prepareBlock(handle: 0, byteCount: 100_000))
      try client?.send(Array(image.data[..<50_000]))
      client = nil
      #expect(try TCPClient(port: port).flash(image).prefix(4) == [0, 0, 0, 5])
    }
    #expect(folder.names == ["kernel.bin", "kernel.json"])
  }

  @Test func `a second client waits for the first`() async throws {
    try await serve { port in
      var first: TCPClient? = try TCPClient(port: port)
      #expect(try first?.ask(.ping) == [])
      let second = try TCPClient(port: port)
      try second.send(MkIIRequest.ping.message(transactionID: 0).bytes)
      #expect(try first?.ask(.ping) == [])
      first = nil
      #expect(try second.receive(10).count == 10)
    }
  }

  @Test func `a pulled cable closes the connection, and the device answers again`() async throws {
    try await serve(faults: ["disconnect@2"]) { port in
      let client = try TCPClient(port: port)
      try client.send(MkIIRequest.ping.message(transactionID: 0).bytes)
      #expect(try client.receive(1) == [])
      #expect(try TCPClient(port: port).ask(.ping) == [])
    }
  }

  @Test func `a client that reads nothing is not read from for ever`() async throws {
    try await serve { port in
      let client = try TCPClient(port: port)
      let request = MkIIRequest.get(item: "/update/supported_images").message(transactionID: 0).bytes
      // Far more replies than server and sockets hold; then all of them are read.
      let count = 20_000
      let requests = Array(repeatElement(request, count: count).joined())
      let sender = DispatchGroup()
      DispatchQueue.global().async(group: sender) { @Sendable in try? client.send(requests) }
      let reply = try client.receive(66)
      for _ in 1..<count { #expect(try client.receive(66) == reply) }
      sender.wait()
    }
  }

  @Test func `a stalled endpoint ends with its connection, whatever was still on the way`() async throws {
    try await serve(faults: ["stall@byte:1000"]) { port in
      do {
        let client = try TCPClient(port: port)
        _ = try client.ask(.tell(item: "/update/host_protocol_version", value: "2"))
        _ = try client.ask(.begin)
        let image = TestImage("mmc", byteCount: 3 << 20)
        _ = try client.ask(.imageHeader(image.header))
        _ = try client.ask(.setSource(handle: 0, transport: "tcp:raw"))
        _ = try client.ask(.prepareBlock(handle: 0, byteCount: UInt32(image.data.count)))
        try client.send(image.data)
      }
      let next = try TCPClient(port: port)
      #expect(try next.ask(.ping).isEmpty)
    }
  }

  @Test func `cancelling ends the server and its connection`() async throws {
    let server = try SimulatorTCPServer(
      host: "127.0.0.1", port: 0, configuration: try SimulatorConfiguration(model: "rx51"))
    let serving = Task { await server.run() }
    let client = try TCPClient(port: server.port)
    serving.cancel()
    await serving.value
    #expect(try client.receive(1) == [])
  }

  @Test func `an address in use, and one that means nothing, are typed errors`() throws {
    let configuration = try SimulatorConfiguration(model: "rx51")
    let server = try SimulatorTCPServer(host: "127.0.0.1", port: 0, configuration: configuration)
    let port = server.port
    #expect(server.address == "127.0.0.1:\(port)")
    #expect(throws: SimulatorError.socket(operation: "bind", address: "127.0.0.1:\(port)", errno: EADDRINUSE)) {
      try SimulatorTCPServer(host: "127.0.0.1", port: port, configuration: configuration)
    }
    #expect(throws: SimulatorError.badAddress(host: "999.1.2.3", code: EAI_NONAME)) {
      try SimulatorTCPServer(host: "999.1.2.3", port: 0, configuration: configuration)
    }
  }

  @Test func `virtual time does not go with a real client`() throws {
    #expect(throws: SimulatorError.badValue(knob: "clock", value: "virtual", allowed: ["real"])) {
      try SimulatorTCPServer(
        host: "127.0.0.1", port: 0,
        configuration: try SimulatorConfiguration(model: "rx51", settings: [("clock", "virtual")]))
    }
  }
}
