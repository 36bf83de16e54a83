import FlashCore
import Testing
import USBWire
import WireFormat

@testable import USBTransport

@Suite("The provider of USB/IP links")
struct USBIPLinkProviderTests {
  /// Limits that tests can wait for.
  static let shortLimits = USBIPLimits(question: .milliseconds(50), control: .milliseconds(50))

  func provider(
    _ peer: USBIPPeer, busID: String = "1-1", limits: USBIPLimits = USBIPLimits(), clock: any LinkClock = PatientClock()
  ) -> USBIPLinkProvider {
    USBIPLinkProvider(server: peer.address, busID: busID, streamDepth: 4, limits: limits, clock: clock)
  }

  func device(_ link: any Link) throws -> USBDeviceInfo {
    guard case .usb(let device) = link.kind else { throw LinkError.unsupported(feature: "USB") }
    return device
  }

  @Test func `opens a link that is named as users write it`() async throws {
    let peer = try #require(USBIPPeer())
    let link = try await provider(peer).open(waitLimit: nil)
    #expect(link.name == "usbip:127.0.0.1:\(peer.address.port)/1-1")
    await link.close()
  }

  @Test func `knows the device as discovery would`() async throws {
    let strings: [UInt8: String] = [1: "Nokia", 2: "N900", 3: "1234", 4: "Update", 5: "Data"]
    let peer = try #require(USBIPPeer(.init(strings: strings)))
    let link = try await provider(peer).open(waitLimit: nil)
    let device = try device(link)
    #expect(device.identifier == "0421:01c8")
    #expect(device.portPath == "1-1" && device.bus == 1 && device.address == 2 && device.speed == 480)
    #expect(device.manufacturer == "Nokia" && device.product == "N900" && device.serialNumber == "1234")
    #expect(device.configurationName == "Update" && device.interfaceNames == [5: "Data"])
    #expect(
      device.configuration == (try ConfigurationDescriptor(parsing: Array(FakeBus.updateMode.dropFirst(18)).rawSpan)))
    await link.close()
  }

  @Test func `takes a device without strings`() async throws {
    let peer = try #require(USBIPPeer())
    let link = try await provider(peer).open(waitLimit: nil)
    #expect(try device(link).product == nil)
    await link.close()
  }

  @Test("configures a device that is not", arguments: [0, 1] as [UInt8])
  func configures(_ active: UInt8) async throws {
    let peer = try #require(USBIPPeer(.init(record: USBIPPeer.record(configuration: active))))
    let link = try await provider(peer).open(waitLimit: nil)
    #expect(peer.controls.contains(.setConfiguration(1)) == (active == 0))
    await link.close()
  }

  @Test func `tells what is exported when the bus id is not`() async throws {
    let peer = try #require(USBIPPeer(.init(importStatuses: [.failed])))
    let provider = provider(peer, busID: "1-9")
    await #expect(
      throws: OpenError.notFound(selector: provider.name, seen: ["usbip:\(peer.address)/1-1 0421:01c8"])
    ) {
      _ = try await provider.open(waitLimit: nil)
    }
    #expect(peer.questions == [.requestImport, .requestDeviceList])
  }

  @Test("calls a device that is exported and refused busy", arguments: [USBIPOperation.Status.failed, .busy])
  func busy(_ status: USBIPOperation.Status) async throws {
    let peer = try #require(USBIPPeer(.init(importStatuses: [status])))
    let provider = provider(peer)
    await #expect(throws: OpenError.busy(path: provider.name, holders: [])) {
      _ = try await provider.open(waitLimit: nil)
    }
  }

  @Test func `passes on why a server cannot serve a device`() async throws {
    let peer = try #require(USBIPPeer(.init(importStatuses: [.deviceError])))
    let provider = provider(peer)
    await #expect(throws: OpenError.system(operation: "import", code: 3, name: "device error")) {
      _ = try await provider.open(waitLimit: nil)
    }
  }

  @Test func `says that a connection was refused`() async throws {
    let peer = try #require(USBIPPeer(isListening: false))
    let provider = provider(peer)
    await #expect(throws: OpenError.unreachable(selector: provider.name, reason: "ECONNREFUSED")) {
      _ = try await provider.open(waitLimit: nil)
    }
  }

  @Test func `waits for the server, and for whoever has the device`() async throws {
    let peer = try #require(USBIPPeer(.init(importStatuses: [.busy, .failed]), isListening: false))
    let attempts = Locked(0)
    let clock = PatientClock {
      let count = attempts.withLock { count in
        count += 1
        return count
      }
      if count == 3 { peer.listen() }
    }
    let link = try await provider(peer, clock: clock).open(waitLimit: .seconds(60))
    #expect(attempts.withLock { $0 } == 5)
    await link.close()
  }

  @Test func `ends waiting at the limit`() async throws {
    let peer = try #require(USBIPPeer(isListening: false))
    let clock = PatientClock()
    let provider = provider(peer, clock: clock)
    await #expect(throws: OpenError.timedOut(waitingFor: provider.name, after: .seconds(2))) {
      _ = try await provider.open(waitLimit: .seconds(2))
    }
    #expect(clock.now <= .seconds(2))
  }

  @Test(
    "refuses answers that the protocol does not have",
    arguments: [
      ([0x01, 0x06, 0, 3, 0, 0, 0, 0], "version", 0x0106), ([0x01, 0x11, 0, 9, 0, 0, 0, 0], "code", 9),
      ([0x01, 0x11, 0, 5, 0, 0, 0, 0], "code", 5),
    ] as [([UInt8], String, UInt64)])
  func violations(_ answer: [UInt8], _ field: String, _ value: UInt64) async throws {
    let peer = try #require(USBIPPeer(.init(opening: [.requestImport: answer])))
    let provider = provider(peer)
    await #expect(throws: OpenError.link(.violation(field: field, value: value), while: "import")) {
      _ = try await provider.open(waitLimit: nil)
    }
  }

  @Test func `refuses another device than it asked for`() async throws {
    var answer: [UInt8] = []
    USBIPOperation(.replyImport).serialize(into: &answer)
    USBIPPeer.record(busID: "2-2").serialize(into: &answer)
    let peer = try #require(USBIPPeer(.init(opening: [.requestImport: answer])))
    let provider = provider(peer)
    await #expect(throws: OpenError.link(.violation(field: "busid", value: 0), while: "import")) {
      _ = try await provider.open(waitLimit: nil)
    }
  }

  @Test func `notices that the server hangs up in mid-answer`() async throws {
    let peer = try #require(USBIPPeer(.init(opening: [.requestImport: [0x01, 0x11, 0, 3, 0, 0, 0, 0, 1, 2, 3]])))
    let provider = provider(peer)
    await #expect(throws: OpenError.link(.disconnected, while: "import")) {
      _ = try await provider.open(waitLimit: nil)
    }
  }

  @Test func `gives up a server that says nothing`() async throws {
    let peer = try #require(USBIPPeer(.init(isSilent: true)))
    let provider = provider(peer, limits: Self.shortLimits, clock: SystemLinkClock())
    await #expect(throws: OpenError.link(.timedOut(after: .milliseconds(50)), while: "import")) {
      _ = try await provider.open(waitLimit: nil)
    }
  }

  @Test func `can be cancelled while a server says nothing`() async throws {
    let peer = try #require(USBIPPeer(.init(isSilent: true)))
    let provider = provider(peer)
    let task = Task { _ = try await provider.open(waitLimit: nil) }
    task.cancel()
    await #expect(throws: OpenError.cancelled) { try await task.value }
  }

  @Test func `gives up a device that does not answer for its descriptors`() async throws {
    let peer = try #require(USBIPPeer(.init(submit: { _, _ in .hang })))
    let provider = provider(peer, limits: Self.shortLimits)
    await #expect(throws: OpenError.link(.timedOut(after: .milliseconds(50)), while: "device")) {
      _ = try await provider.open(waitLimit: nil)
    }
  }

  @Test(
    "refuses descriptors that are none",
    arguments: [
      ([UInt8](repeating: 0, count: 18), "bDescriptorType", 0, "device"),
      (Array(FakeBus.updateMode.prefix(10)), "descriptor", 0, "device"),
      (Array(FakeBus.updateMode.prefix(18)) + [9, 2, 255, 255, 1, 1, 0, 0, 0, 0], "bLength", 0, "configuration"),
      (Array(FakeBus.updateMode.prefix(18)) + [9, 2, 9], "descriptor", 2, "configuration"),
    ] as [([UInt8], String, UInt64, String)])
  func descriptors(_ bytes: [UInt8], _ field: String, _ value: UInt64, _ step: String) async throws {
    let peer = try #require(USBIPPeer(.init(descriptors: bytes)))
    let provider = provider(peer)
    await #expect(throws: OpenError.link(.violation(field: field, value: value), while: step)) {
      _ = try await provider.open(waitLimit: nil)
    }
  }
}

@Suite("A device that returns to its USB/IP server")
struct USBIPReturnTests {
  func provider(_ peer: USBIPPeer, clock: any LinkClock) -> USBIPLinkProvider {
    USBIPLinkProvider(server: peer.address, busID: "1-1", streamDepth: 4, limits: USBIPLimits(), clock: clock)
  }

  /// A clock whose pauses run these, one each.
  func clock(_ steps: [@Sendable () -> Void]) -> PatientClock {
    let left = Locked(steps)
    return PatientClock { left.withLock { $0.isEmpty ? nil : $0.removeFirst() }?() }
  }

  @Test func `is followed by its bus id, and is open when it is found`() async throws {
    let peer = try #require(USBIPPeer())
    let clock = clock([
      {}, { peer.change { $0.opening[.requestDeviceList] = USBIPPeer.list([]) } },
      {
        peer.change {
          $0.opening = [:]
          $0.record = USBIPPeer.record(address: 3, productID: 0x0105)
        }
      },
    ])
    let provider = provider(peer, clock: clock)
    await (try provider.open(waitLimit: nil)).close()
    let back = try await provider.awaitReturn(within: .seconds(10)) { $0.address == 3 }
    #expect(back.address == 3)
    let imports = peer.questions.count { $0 == .requestImport }
    let link = try await provider.open(waitLimit: nil)
    #expect(peer.questions.count { $0 == .requestImport } == imports)
    await link.close()
    await provider.close()
  }

  @Test func `has not returned before it has left`() async throws {
    let peer = try #require(USBIPPeer())
    let provider = provider(peer, clock: PatientClock())
    await (try provider.open(waitLimit: nil)).close()
    await #expect(throws: OpenError.timedOut(waitingFor: provider.name, after: .seconds(1))) {
      _ = try await provider.awaitReturn(within: .seconds(1)) { _ in true }
    }
    #expect(peer.questions.count { $0 == .requestImport } == 1)
  }

  @Test func `is looked at once when it is not the one that is expected`() async throws {
    let peer = try #require(USBIPPeer())
    let clock = clock([
      { peer.change { $0.record = USBIPPeer.record(address: 3) } }, {}, {}, {},
      { peer.change { $0.record = USBIPPeer.record(address: 4) } },
    ])
    let provider = provider(peer, clock: clock)
    await (try provider.open(waitLimit: nil)).close()
    #expect(try await provider.awaitReturn(within: .seconds(10)) { $0.address == 4 }.address == 4)
    #expect(peer.questions.count { $0 == .requestImport } == 3)
    await provider.close()
  }

  @Test func `is opened anew when it has left again meanwhile`() async throws {
    let peer = try #require(USBIPPeer())
    let clock = clock([{ peer.change { $0.record = USBIPPeer.record(address: 3) } }])
    let provider = provider(peer, clock: clock)
    await (try provider.open(waitLimit: nil)).close()
    _ = try await provider.awaitReturn(within: .seconds(10)) { _ in true }
    peer.change { $0.record = USBIPPeer.record(address: 5) }
    peer.hangUp()
    var link = try await provider.open(waitLimit: .seconds(60))
    // The connection's end may arrive after this; then the first use shows it.
    if case .usb(let device) = link.kind, device.address == 3 {
      await link.close()
      link = try await provider.open(waitLimit: .seconds(60))
    }
    guard case .usb(let device) = link.kind else { return }
    #expect(device.address == 5)
    await link.close()
  }
}
