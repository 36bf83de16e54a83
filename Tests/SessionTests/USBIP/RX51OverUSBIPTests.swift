import DeviceSimulator
import FlashCore
import MkII
import Testing
import USBTransport
import USBWire

/// What the virtual machine proves through the kernel, without one: flashctl's own USB/IP client against its server.
@Suite("An RX-51 behind a USB/IP server")
struct RX51OverUSBIPTests {
  private static let images = Result { try FlashImagesFolder(kernel: 5 << 10, mmc: 300 << 10 | 100) }

  static func phone(
    _ settings: [(key: String, value: String)] = [], quirks: [String] = [], faults: [String] = []
  ) -> ServedDevices.Device {
    ServedDevices.Device(
      model: "rx51", settings: [("next-mode", "update"), ("reboot-delay", "100")] + settings, quirks: quirks,
      faults: faults, serialNumber: "RX1")
  }

  @Test func `identifies itself, twice in a row`() async throws {
    try await ServedDevices.with(Self.phone()) { served in
      for _ in 1...2 {
        let identity = try await served.withTarget(served.provider()) { $0.identity }
        #expect(identity.model == "RX-51" && identity.mode == "update")
        #expect(identity["raw endpoint"] == .text("EP 02"))
      }
    }
  }

  @Test func `takes whole images, twice in a row`() async throws {
    let images = try Self.images.get()
    try await ServedDevices.with(Self.phone()) { served in
      for _ in 1...2 {
        let report = try await served.flash(images, served.provider())
        #expect(report.extents.map(\.name) == ["cmt-algo", "kernel", "mmc"])
        #expect(served.wrongImages(images) == [])
      }
    }
  }

  @Test func `is flashed beside another, each by its bus id`() async throws {
    let images = try Self.images.get()
    try await ServedDevices.with(Self.phone(), Self.phone([("hw-build", "2204")])) { served in
      async let first = served.flash(images, served.provider("1-1"))
      async let second = served.flash(images, served.provider("1-2"))
      _ = try await (first, second)
      #expect(served.wrongImages(images, of: 0) == [] && served.wrongImages(images, of: 1) == [])
      #expect(try await served.withTarget(served.provider("1-1")) { $0.identity.hardwareRevision } == "2101")
      #expect(try await served.withTarget(served.provider("1-2")) { $0.identity.hardwareRevision } == "2204")
    }
  }

  @Test func `understands a reply of exactly 512 bytes`() async throws {
    try await ServedDevices.with(Self.phone(quirks: ["reply-512"])) { served in
      let identity = try await served.withTarget(served.provider()) { $0.identity }
      #expect(identity.model == "RX-51")
    }
  }

  @Test func `is found after it was pulled in mid-transfer, and takes the image then`() async throws {
    let images = try Self.images.get()
    try await ServedDevices.with(Self.phone(faults: ["disconnect@byte:100K"])) { served in
      do {
        _ = try await served.flash(images, served.provider())
        Issue.record("flashed through a pulled cable")
      } catch {
        #expect(FlashRig.outcome(of: error) == .failed(.transfer), "\(error)")
      }
      _ = try await served.flash(images, served.provider())
      #expect(served.wrongImages(images) == [])
    }
  }

  @Test func `is followed through a reboot by its bus id`() async throws {
    try await ServedDevices.with(Self.phone()) { served in
      let provider = served.provider()
      let before = try await served.withTarget(provider) { target in
        // Asked before it reboots: it may be back at once.
        let number = served.server.exports.first?.record.deviceNumber
        try await target.reboot(to: .update)
        return number
      }
      let back = try await provider.awaitReturn(within: .seconds(20)) { $0.productID == 0x01C8 }
      #expect(back.address != before.map(Int.init))
      #expect(try await served.withTarget(provider) { $0.identity.model } == "RX-51")
      await provider.close()
    }
  }

  @Test func `is caught by a wait although it stays for two seconds only`() async throws {
    let settings = [(key: "presence-ms", value: "2000"), (key: "absence-ms", value: "100")]
    try await ServedDevices.with(Self.phone(settings)) { served in
      for _ in 1...3 {
        let link = try await served.provider().open(waitLimit: .seconds(600))
        guard case .usb(let device) = link.kind else { throw LinkError.disconnected }
        #expect(device.serialNumber == "RX1")
        // It is gone after two seconds, wherever that finds us on a busy machine.
        await #expect(throws: LinkError.disconnected) {
          try await link.claim(interface: 1)
          try await link.setAlternate(1, of: 1)
          _ = try await link.receive(atMost: 512, from: .input(1), timeout: .seconds(600))
        }
        await link.close()
      }
    }
  }
}
