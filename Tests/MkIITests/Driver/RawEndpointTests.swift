import FlashCore
import Testing
import USBWire

@testable import MkII

@Suite("Finding the raw endpoint (2.5, step 4)")
struct RawEndpointTests {
  private func device(_ settings: [InterfaceDescriptor], names: [UInt8: String] = [:]) -> USBDeviceInfo {
    var device = USBDeviceInfo.rx51
    device.configuration?.settings = settings
    device.interfaceNames = names
    return device
  }

  private func vendor(_ number: UInt8, _ endpoints: [EndpointAddress], name: UInt8 = 0) -> InterfaceDescriptor {
    InterfaceDescriptor(
      number: number, class: 0xFF, subclass: 0, protocol: 0, stringIndex: name,
      endpoints: endpoints.map { EndpointDescriptor(address: $0, type: .bulk, maximumPacketSize: 512) })
  }

  @Test func `in update mode it is OUT 02 of interface 2`() {
    #expect(MkIIRawEndpoint.find(in: .rx51) == MkIIRawEndpoint(interface: 2, alternate: 0, endpoint: .output(2)))
  }

  @Test func `among vendor interfaces the one with Nokia's name is taken`() {
    let device = device(
      [vendor(3, [.output(5)]), vendor(4, [.output(6)], name: 7)], names: [7: "Device Upgrade Interface"])
    #expect(MkIIRawEndpoint.find(in: device)?.endpoint == .output(6))
  }

  @Test func `a vendor interface with one bulk OUT endpoint is taken whatever its number`() {
    #expect(MkIIRawEndpoint.find(in: device([vendor(5, [.output(4)])]))?.endpoint == .output(4))
  }

  @Test func `vendor interfaces with other endpoints are not taken`() {
    #expect(MkIIRawEndpoint.find(in: device([vendor(5, [.output(4), .input(4)]), vendor(6, [.input(3)])])) == nil)
  }

  @Test func `OUT 02 of any interface is the fallback, when the descriptors list it`() {
    let found = MkIIRawEndpoint.find(in: device([vendor(5, [.input(2), .output(2)])]))
    #expect(found == MkIIRawEndpoint(interface: 5, alternate: 0, endpoint: .output(2)))
    #expect(MkIIRawEndpoint.find(in: device([])) == nil)
  }
}
