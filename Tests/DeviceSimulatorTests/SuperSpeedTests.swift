import DeviceSimulator
import Testing
import USBWire
import WireFormat

/// USB 3.2, chapter 9: what a device shows and answers at super speed.
@Suite struct `A device at super speed` {
  func host() throws -> TestHost { try TestHost.loopback([("speed", "super")]) }

  func read(_ host: inout TestHost, _ kind: DescriptorKind, length: UInt16 = 512) -> [UInt8]? {
    guard case .data(let bytes) = host.control(.getDescriptor(kind, index: 0, length: length)) else { return nil }
    return bytes
  }

  @Test func `the device descriptor is of USB 3 and gives the packet size as a power of two`() throws {
    var host = try host()
    let bytes = try #require(read(&host, .device))
    let device = try DeviceDescriptor(parsing: bytes.rawSpan)
    #expect(device.usbRelease == 0x0320)
    #expect(device.maximumPacketSize0 == 9)
    #expect(host.port.identity?.speed == 5000)
  }

  @Test func `every endpoint has a companion`() throws {
    var host = try host()
    let bytes = try #require(read(&host, .configuration))
    let configuration = try ConfigurationDescriptor(parsing: bytes.rawSpan)
    #expect(Int(bytes[2]) | Int(bytes[3]) << 8 == bytes.count)
    let endpoints = configuration.settings.flatMap(\.endpoints)
    #expect(endpoints.count == 10)
    for endpoint in endpoints {
      let companion = try #require(endpoint.superSpeedCompanion, "\(endpoint.address)")
      switch endpoint.transferType {
      case .bulk:
        #expect(endpoint.maximumPacketSize == 1024)
        #expect(companion == SuperSpeedEndpointCompanion(maximumBurst: 15))
      default:
        #expect(companion.bytesPerInterval == endpoint.maximumPacketSize)
      }
    }
  }

  @Test func `the BOS descriptor names the USB 2 extension and the speeds`() throws {
    var host = try host()
    let bytes = try #require(read(&host, .bos))
    #expect(Hex.string(bytes, separator: " ") == "05 0F 16 00 02 07 10 02 02 00 00 00 0A 10 03 00 0E 00 02 0A F4 01")
    let store = try BOSDescriptor(parsing: bytes.rawSpan)
    #expect(store.capabilities.count == 2)
    var again: [UInt8] = []
    store.serialize(into: &again)
    #expect(again == bytes)
    // Linux reads the first five bytes to learn the length.
    #expect(read(&host, .bos, length: 5) == Array(bytes.prefix(5)))
  }

  @Test func `there is neither a qualifier nor another speed`() throws {
    var host = try host()
    #expect(read(&host, .deviceQualifier) == nil)
    #expect(read(&host, .otherSpeedConfiguration) == nil)
  }

  @Test func `the requests of super speed are taken`() throws {
    var host = try host()
    let data: [UInt8] = [10, 0, 10, 0, 0, 0]
    for setup in `Descriptors and standard requests`.superSpeedRequests {
      #expect(host.control(setup, data: setup.length == 6 ? data : []) == .data([]), "\(setup)")
    }
    let deviceStatus = SetupPacket(requestType: 0x80, request: 0, value: 0, index: 0, length: 2)
    #expect(host.control(deviceStatus) == .data([0b101, 0]))
    let interfaceStatus = SetupPacket(requestType: 0x81, request: 0, value: 0, index: 0, length: 2)
    #expect(host.control(interfaceStatus) == .data([0b11, 0]))
    // Remote wakeup belongs to the functions at super speed.
    #expect(host.control(SetupPacket(requestType: 0, request: 3, value: 1, index: 0, length: 0)) == .stalled)
    host.port.reset(at: host.now)
    #expect(host.control(deviceStatus) == .data([0b001, 0]))
  }

  @Test func `packets are twice as long`() throws {
    var host = try host()
    let bytes = [UInt8](repeating: 7, count: 1024)
    host.send(bytes, to: .output(2), terminated: true)
    #expect(host.receive(atMost: 1024, from: .input(2)) == .data(bytes, isEnd: false))
    #expect(host.receive(atMost: 1024, from: .input(2)) == .data([], isEnd: true))
    #expect(host.receive(atMost: 512, from: .input(1)) == .overflow)
  }
}
