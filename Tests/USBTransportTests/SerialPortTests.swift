import FlashCore
import Testing

@testable import USBTransport

@Suite struct `Serial port` {
  @Test func `is known by the USB device that it belongs to, also through a link`() {
    let bus = FakeBus()
    bus.plug(FakeBus.Device(port: "1-4", address: 7, identifier: "0e8d:2000"))
    TemporaryFolder.makeFolder(bus.paths.sys + "/bus/usb/devices/1-4/1-4:1.1")
    TemporaryFolder.makeFolder(bus.paths.sys + "/class/tty/ttyACM0")
    bus.folder.link("sys/class/tty/ttyACM0/device", to: "../../../bus/usb/devices/1-4/1-4:1.1")
    bus.folder.write("", to: "dev/ttyACM0")
    bus.folder.link("dev/by-id", to: "ttyACM0")
    for node in ["/ttyACM0", "/by-id"] {
      let device = SerialPort.usbDevice(behind: bus.paths.dev + node, paths: bus.paths)
      #expect(device?.identifier == "0e8d:2000" && device?.portPath == "1-4")
    }
  }

  @Test func `that is none of USB belongs to nothing`() {
    let bus = FakeBus()
    bus.folder.write("", to: "dev/ttyS0")
    #expect(SerialPort.usbDevice(behind: bus.paths.dev + "/ttyS0", paths: bus.paths) == nil)
    TemporaryFolder.makeFolder(bus.paths.sys + "/class/tty/ttyS0/device")
    #expect(SerialPort.usbDevice(behind: bus.paths.dev + "/ttyS0", paths: bus.paths) == nil)
    #expect(SerialPort.usbDevice(behind: "/nowhere", paths: bus.paths) == nil)
  }
}
