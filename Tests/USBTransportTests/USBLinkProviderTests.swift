import FlashCore
import Glibc
import Testing

@testable import USBTransport

@Suite("The provider of USB links")
struct USBLinkProviderTests {
  let bus = FakeBus()
  let clock = VirtualClock()

  func provider(_ selector: String? = nil, opener: FakeOpener = FakeOpener()) throws -> USBLinkProvider {
    USBLinkProvider(
      selector: try selector.map { try DeviceSelector(parsing: $0) }, discovery: bus.discovery,
      lockFolders: bus.lockFolders, clock: clock, opener: opener
    ) { device in
      switch device.identifier {
      case "0421:01c8": RecognisedMode(family: "mkii", mode: "update", isSupported: true)
      case "0421:0106": RecognisedMode(family: "mkii", mode: "ROM", isSupported: false)
      default: nil
      }
    }
  }

  @Test func `opens the only supported device without a selector`() async throws {
    bus.plug(.init(port: "1-1", address: 2, identifier: "1d6b:0104"))
    bus.plug(.init(port: "1-2", address: 3, identifier: "0421:0106"))
    bus.plug(.init(port: "1-3", address: 4))
    let link = try await provider().open(waitLimit: nil)
    #expect(link.name == "usb:1-3")
  }

  @Test func `refuses to choose among several`() async throws {
    bus.plug(.init(port: "1-3", address: 4, files: ["product": "N900"]))
    bus.plug(.init(port: "1-4", address: 5))
    let provider = try provider()
    await #expect(throws: OpenError.ambiguous(candidates: ["usb:1-3 0421:01c8 N900", "usb:1-4 0421:01c8"])) {
      _ = try await provider.open(waitLimit: nil)
    }
  }

  @Test func `opens what a selector names even if no family knows it`() async throws {
    bus.plug(.init(port: "1-1", address: 2, identifier: "1d6b:0104"))
    #expect(try await provider("usb:1-1").open(waitLimit: nil).name == "usb:1-1")
  }

  @Test func `says which supported devices there are when none matches`() async throws {
    bus.plug(.init(port: "1-3", address: 4))
    bus.plug(.init(port: "1-4", address: 4, identifier: "1d6b:0104"))
    let provider = try provider("usb:1-9")
    await #expect(throws: OpenError.notFound(selector: "usb:1-9", seen: ["usb:1-3 0421:01c8"])) {
      _ = try await provider.open(waitLimit: nil)
    }
  }

  @Test func `waits for the device until the limit`() async throws {
    clock.at(.seconds(4)) { bus.plug(.init(port: "1-3", address: 4)) }
    #expect(try await provider("usb:0421:01c8").open(waitLimit: .seconds(5)).name == "usb:1-3")
    let other = try provider("usb:9-9")
    await #expect(throws: OpenError.timedOut(waitingFor: "usb:9-9", after: .seconds(5))) {
      _ = try await other.open(waitLimit: .seconds(5))
    }
  }

  @Test func `goes on waiting when the device leaves while it is opened`() async throws {
    let opener = FakeOpener(failures: [.link(.disconnected, while: "open")])
    bus.plug(.init(port: "1-3", address: 4))
    clock.at(.milliseconds(50)) { bus.plug(.init(port: "1-3", address: 5)) }
    _ = try await provider(opener: opener).open(waitLimit: .seconds(5))
    #expect(opener.addresses == [4, 5])
  }

  @Test func `lets udev set the rights of a node that has just appeared`() async throws {
    let denied = OpenError.permissionDenied(path: "node")
    let opener = FakeOpener(failures: [denied, denied, denied])
    bus.plug(.init(port: "1-3", address: 4))
    _ = try await provider(opener: opener).open(waitLimit: .seconds(60))
    #expect(opener.addresses.count == 4)
  }

  @Test func `reports missing rights at once when it did not wait`() async throws {
    let opener = FakeOpener(failures: [.permissionDenied(path: "node")])
    bus.plug(.init(port: "1-3", address: 4))
    let provider = try provider(opener: opener)
    await #expect(throws: OpenError.permissionDenied(path: "node")) { _ = try await provider.open(waitLimit: nil) }
  }

  @Test func `reports rights that stay missing after two seconds`() async throws {
    let opener = FakeOpener(failures: Array(repeating: .permissionDenied(path: "node"), count: 100))
    bus.plug(.init(port: "1-3", address: 4))
    let provider = try provider(opener: opener)
    await #expect(throws: OpenError.permissionDenied(path: "node")) {
      _ = try await provider.open(waitLimit: .seconds(60))
    }
    #expect(clock.now == USBLinkProvider.settlingLimit)
  }

  @Test func `waits for a device that is not configured yet`() async throws {
    bus.plug(.init(port: "1-3", address: 4, isConfigured: false))
    clock.at(.milliseconds(200)) { bus.set("bConfigurationValue", of: "1-3", to: "1") }
    #expect(try await provider().open(waitLimit: nil).name == "usb:1-3")
    #expect(clock.now >= .milliseconds(200))
  }

  @Test func `keeps a second flashctl from the device until it is closed`() async throws {
    bus.plug(.init(port: "1-3", address: 4))
    let first = try provider()
    let second = try provider()
    var link: (any Link)? = try await first.open(waitLimit: nil)
    do {
      _ = try await second.open(waitLimit: nil)
      Issue.record("two providers opened one device")
    } catch {
      guard case .busy(let path, _) = error else { throw error }
      #expect(path == bus.lockFolders[0] + "/1-3.lock")
    }
    await link?.close()
    await #expect(throws: OpenError.self) { _ = try await second.open(waitLimit: nil) }
    link = nil
    await first.close()
    _ = try await second.open(waitLimit: nil)
  }

  @Test func `follows the port path whatever the device returns as`() async throws {
    bus.plug(.init(port: "1-3", address: 4))
    let provider = try provider("usb:0421:01c8")
    await (try provider.open(waitLimit: nil)).close()
    bus.plug(.init(port: "1-2", address: 9))
    clock.at(.seconds(2)) { bus.plug(.init(port: "1-3", address: 5, identifier: "1d6b:0104")) }
    let back = try await provider.awaitReturn(within: .seconds(10)) { $0.identifier == "1d6b:0104" }
    #expect(back.address == 5)
    let link = try await provider.open(waitLimit: nil)
    #expect(link.name == "usb:1-3")
  }

  @Test func `follows the device to its socket's other bus`() async throws {
    bus.plug(.init(port: "1-3", address: 4))
    bus.folder.link("sys/bus/usb/devices/1-3/port/peer", to: "../usb2-port7")
    let provider = try provider()
    await (try provider.open(waitLimit: nil)).close()
    clock.at(.seconds(1)) {
      bus.unplug("1-3")
      bus.plug(.init(port: "2-7", bus: 2, address: 2))
    }
    #expect(try await provider.awaitReturn(within: .seconds(10)) { _ in true }.portPath == "2-7")
    #expect(try await provider.open(waitLimit: nil).name == "usb:2-7")
  }

  @Test func `does not take the device for returned before it has left`() async throws {
    bus.plug(.init(port: "1-3", address: 4))
    let provider = try provider()
    await (try provider.open(waitLimit: nil)).close()
    await #expect(throws: OpenError.timedOut(waitingFor: "usb:1-3", after: .seconds(5))) {
      _ = try await provider.awaitReturn(within: .seconds(5)) { _ in true }
    }
  }

  @Test func `takes a device that was absent for returned even with its old address`() async throws {
    bus.plug(.init(port: "1-3", address: 4))
    let provider = try provider()
    await (try provider.open(waitLimit: nil)).close()
    clock.at(.seconds(1)) { bus.unplug("1-3") }
    clock.at(.seconds(2)) { bus.plug(.init(port: "1-3", address: 4)) }
    #expect(try await provider.awaitReturn(within: .seconds(5)) { _ in true }.address == 4)
  }

  @Test func `passes over a device at the port that is not expected`() async throws {
    bus.plug(.init(port: "1-3", address: 4))
    let provider = try provider()
    await (try provider.open(waitLimit: nil)).close()
    clock.at(.seconds(1)) { bus.plug(.init(port: "1-3", address: 5, identifier: "0e8d:0003")) }
    clock.at(.seconds(2)) { bus.plug(.init(port: "1-3", address: 6, identifier: "0e8d:2000")) }
    #expect(try await provider.awaitReturn(within: .seconds(5)) { $0.productID == 0x2000 }.address == 6)
  }

  @Test func `refuses selectors of other links`() async throws {
    let provider = try provider("tcp:localhost:1")
    await #expect(throws: OpenError.unsupported(selector: "tcp:localhost:1", reason: "usb")) {
      _ = try await provider.open(waitLimit: nil)
    }
  }

  @Test func `says exactly why a node cannot be opened`() async throws {
    bus.plug(.init(port: "1-3", address: 4))
    let node = bus.paths.dev + "/bus/usb/001/004"
    let provider = USBLinkProvider(
      selector: .usbPort("1-3"), discovery: bus.discovery, lockFolders: bus.lockFolders, clock: clock
    ) { _ in nil }
    await #expect(throws: OpenError.system(operation: "open " + node, code: ENOENT, name: "ENOENT")) {
      _ = try await provider.open(waitLimit: nil)
    }
  }
}
