import DeviceSimulator
import Foundation
import Testing

@testable import flashctl

@Suite struct `Simulated devices as devices of this machine` {
  @Test(
    "64 for ways of serving that exclude each other, or serve one device only",
    arguments: [
      ["loopback", "--attach", "--pty"], ["rx51", "--attach", "--usbip", "0"], ["rx51", "--attach", "--tcp", "0"],
      ["loopback", "loopback", "--pty"], ["loopback", "--pty", "--wire", "hs"], ["rx51", "--pty"],
    ])
  func exclusions(arguments: [String]) throws {
    let program = Pipe()
    let process = try BuiltProgram.start(["simulate"] + arguments, output: program, errors: Pipe())
    process.waitUntilExit()
    #expect(process.terminationStatus == 64)
  }

  @Test(.enabled(if: !FileManager.default.fileExists(atPath: "/sys/devices/platform/vhci_hcd.0"), "vhci-hcd is loaded"))
  func `69 without the kernel's module, saying how to load it, and no folder is made`() throws {
    let folder = try TemporaryFolder()
    let outcome = try BuiltProgram.run(
      "simulate", "rx51", "--attach", "--storage", folder.file("storage"), "--json")
    #expect(outcome.status == 69)
    let error = try #require(outcome.event("error"))
    #expect(error["code"] as? String == "vhci.not-loaded")
    #expect((error["remedy"] as? String)?.contains("modprobe vhci-hcd") == true)
    #expect(!FileManager.default.fileExists(atPath: folder.file("storage")))
  }

  @Test(
    "every way to fail names the reason, a remedy and a status",
    arguments: [
      (.notLoaded(path: "/sys/x"), "/sys/x", 69), (.notPermitted(path: "/sys/x/attach"), "only root", 77),
      (.failed(operation: "read", path: "/sys/x/status", errno: EIO), "cannot read /sys/x/status", 74),
      (.noFreePort(isSuperSpeed: true, count: 8), "none of the 8 virtual ports for super speed", 75),
      (.refused(port: 3, errno: EINVAL), "port 3", 74), (.noConnection(errno: EMFILE), "too many open files", 75),
      (.stillOccupied(port: 3, after: .seconds(30)), "port 3 free within 30 s", 75),
      (.notEnumerated(port: 3, missing: .node, after: .seconds(30)), "/dev/bus/usb", 75),
      (.notEnumerated(port: 3, missing: .configuration, after: .seconds(30)), "a configuration", 75),
      (.protocolViolation(port: 3), "port 3", 70),
    ] as [(VHCIError, String, Int32)])
  func diagnostics(error: VHCIError, words: String, status: Int32) {
    let diagnostic = Diagnostic(error, model: "rx51")
    #expect(diagnostic.message.lowercased().contains(words.lowercased()))
    #expect(diagnostic.remedy != nil)
    #expect(diagnostic.exitStatus.rawValue == status)
    #expect(diagnostic.device == "sim:rx51")
    #expect(diagnostic.step == "attach")
  }

  @Test func `ready lines say where the device is`() {
    let attached = ReadyDevice.attach(portPath: "3-1", id: "0421:01c8", model: "rx51")
    #expect(attached.line == "ready attach 3-1 0421:01c8")
    #expect(attached.members.map(\.key) == ["via", "portPath", "vendorID", "productID", "model"])
    #expect(ReadyDevice.pty(path: "/dev/pts/7", model: "loopback").line == "ready pty /dev/pts/7 loopback")
  }

  @Test func `a serial port is served on a pseudo-terminal, once`() throws {
    let output = Pipe()
    let process = try BuiltProgram.start(["simulate", "loopback", "--pty", "--once"], output: output, errors: Pipe())
    var text = ""
    while !text.contains("\n") {
      let piece = output.fileHandleForReading.availableData
      guard !piece.isEmpty else { break }
      text += String(decoding: piece, as: UTF8.self)
    }
    let words = text.split(whereSeparator: \.isWhitespace)
    #expect(words.first == "ready" && words.dropFirst().first == "pty" && words.last == "loopback")
    do {
      let terminal = try FileHandle(forUpdating: URL(fileURLWithPath: String(words.dropFirst(2).first ?? "")))
      defer { try? terminal.close() }
      try terminal.write(contentsOf: Data("hello".utf8))
      var answer = Data()
      while answer.count < 5, let piece = try terminal.read(upToCount: 5 - answer.count), !piece.isEmpty {
        answer += piece
      }
      #expect(String(decoding: answer, as: UTF8.self) == "hello")
    }
    // Its only client has gone.
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }
}
