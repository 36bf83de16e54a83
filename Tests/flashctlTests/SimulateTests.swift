import Foundation
import Testing

@testable import flashctl

/// `flashctl simulate`, started as a script starts it.
final class RunningSimulator {
  private let process: Process
  private let output = Pipe()
  private let errors = Pipe()
  private var text = ""

  init(_ arguments: String...) throws {
    process = try BuiltProgram.start(["simulate"] + arguments, output: output, errors: errors)
  }

  /// The lines of standard output so far, at least `count` of them unless the program has ended.
  func lines(_ count: Int) -> [Substring] {
    while text.split(separator: "\n").count < count {
      let piece = output.fileHandleForReading.availableData
      guard !piece.isEmpty else { break }
      text += String(decoding: piece, as: UTF8.self)
    }
    return text.split(separator: "\n")
  }

  /// `ADDRESS:PORT` of the first ready line.
  func address() throws -> String {
    let words = try #require(lines(1).first).split(separator: " ")
    return String(try #require(words.dropFirst(2).first))
  }

  func signal(_ number: Int32) { kill(process.processIdentifier, number) }

  /// Waits for the end.
  func finish() -> BuiltProgram.Outcome {
    text += String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let words = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return BuiltProgram.Outcome(status: process.terminationStatus, output: text, errors: words)
  }

  deinit { if process.isRunning { process.terminate() } }
}

@Suite struct `flashctl simulate` {
  @Test func `says when each device can be opened, and ends in order on SIGTERM`() throws {
    let simulator = try RunningSimulator("rx51", "loopback", "--usbip", "0")
    let lines = simulator.lines(2)
    let address = try simulator.address()
    #expect(address.hasPrefix("127.0.0.1:"))
    #expect(lines == ["ready usbip \(address) 1-1 0421:01c8", "ready usbip \(address) 1-2 1209:0001"])
    simulator.signal(SIGTERM)
    let outcome = simulator.finish()
    #expect(outcome.status == 0)
    #expect(outcome.errors == "")
  }

  @Test func `is flashed over USB/IP, and ends with its only client`() throws {
    let folder = try TemporaryFolder()
    let image = noise(300_000, seed: 4)
    let path = try folder.write(image, to: "emmc.img")
    let simulator = try RunningSimulator(
      "rx51", "--usbip", "127.0.0.1:0", "--once", "--storage", folder.file("storage"), "--log", folder.file("log"))
    let flash = try BuiltProgram.run(
      "flash", "mmc=" + path, "--no-reboot", "--device", "usbip:\(try simulator.address())/1-1")
    #expect(flash.status == 0, "\(flash.errors)")
    #expect(simulator.finish().status == 0)
    #expect(try folder.bytes(of: "storage/mmc.bin").prefix(image.count) == image[...])
    let log = String(decoding: try folder.bytes(of: "log"), as: UTF8.self)
    let records = try log.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(records.allSatisfy { $0["busID"] as? String == "1-1" })
    let data = records.filter { $0["endpoint"] as? String == "02" }.compactMap { $0["bytes"] as? Int }
    #expect(data.reduce(0, +) >= image.count)
    #expect(records.contains { $0["setup"] as? String == "0009010000000000" })
  }

  @Test func `a client whose device restarts has not gone`() throws {
    let simulator = try RunningSimulator(
      "rx51", "--usbip", "0", "--once", "--set", "next-mode=update", "--set", "reboot-delay=50", "--json")
    _ = simulator.lines(2)
    let ready = try #require(
      try JSONSerialization.jsonObject(with: Data(simulator.lines(2)[1].utf8)) as? [String: Any])
    #expect(ready["event"] as? String == "ready")
    #expect(ready["via"] as? String == "usbip")
    #expect(ready["busID"] as? String == "1-1")
    #expect(ready["vendorID"] as? String == "0421")
    let device = "usbip:\(try #require(ready["address"] as? String))/1-1"
    let reboot = try BuiltProgram.run("reboot", "--wait", "--device", device)
    #expect(reboot.status == 0, "\(reboot.errors)")
    // The simulator has ended, or waits for this one to end.
    _ = try BuiltProgram.run("info", "--device", device)
    let outcome = simulator.finish()
    #expect(outcome.status == 0)
    #expect(outcome.events.map { $0["event"] as? String }.contains("connected"))
    #expect(outcome.event("result")?["status"] as? String == "done")
  }

  @Test func `several devices have folders and serial numbers of their own`() throws {
    let folder = try TemporaryFolder()
    let simulator = try RunningSimulator(
      "rx51", "rx51", "--usbip", "0", "--storage", folder.file("storage"), "--serial-number", "A", "--serial-number",
      "B", "--set", "product-code=RX-51")
    let address = try simulator.address()
    let path = try folder.write(noise(5000, seed: 1), to: "kernel.img")
    for busID in ["1-1", "1-2"] {
      let flash = try BuiltProgram.run(
        "flash", "mmc=" + path, "--no-reboot", "--device", "usbip:\(address)/\(busID)")
      #expect(flash.status == 0, "\(flash.errors)")
      #expect(FileManager.default.fileExists(atPath: folder.file("storage/\(busID)/mmc.bin")))
    }
    simulator.signal(SIGINT)
    #expect(simulator.finish().status == 0)
  }

  @Test func `an address in use is named with the option to change`() throws {
    let simulator = try RunningSimulator("loopback", "--usbip", "0")
    let address = try simulator.address()
    let second = try BuiltProgram.run("simulate", "loopback", "--usbip", address)
    #expect(second.status == 75)
    #expect(second.errors.contains(address))
    #expect(second.errors.contains("--usbip ADDRESS:PORT"))
    simulator.signal(SIGTERM)
    _ = simulator.finish()
  }

  @Test func `a server that others can reach comes with a warning`() throws {
    let simulator = try RunningSimulator("loopback", "--usbip", "0.0.0.0:0")
    _ = try simulator.address()
    simulator.signal(SIGTERM)
    let outcome = simulator.finish()
    #expect(outcome.errors.contains("neither encryption nor authentication"))
    #expect(outcome.errors.contains("ssh -L"))
  }

  @Test(
    "refuses what does not go together, with a remedy",
    arguments: [
      (["rx51", "--usbip", "0", "--tcp", "0"], "exclude each other"),
      (["rx51", "rx51", "--tcp", "0"], "one device"),
      (["rx51", "--tcp", "0", "--wire", "hs"], "--wire"),
      (["loopback", "--tcp", "0"], "--usbip"),
      (["nokia"], "known models: rx51"),
      (["rx51", "--usbip", "nonsense"], "nonsense"),
      (["rx51", "rx51", "--serial-number", "A", "--usbip", "0"], "--serial-number"),
      (["rx51", "loopback", "--usbip", "0", "--set", "no-such-knob=1"], "no-such-knob"),
      ([], "Name a model"),
    ])
  func refusals(arguments: [String], words: String) throws {
    let output = Pipe()
    let errors = Pipe()
    let process = try BuiltProgram.start(["simulate"] + arguments, output: output, errors: errors)
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 64)
    #expect(text.contains(words), "\(text)")
  }

  @Test func `a log that cannot be written is an error before anything is served`() throws {
    let outcome = try BuiltProgram.run("simulate", "rx51", "--usbip", "0", "--log", "/no-such-folder/log")
    #expect(outcome.status == 74)
    #expect(outcome.output == "")
    #expect(outcome.errors.contains("/no-such-folder/log"))
  }

  @Test func `a log that cannot be written further ends the serving with status 74`() throws {
    let simulator = try RunningSimulator("rx51", "--usbip", "0", "--log", "/dev/full")
    _ = try BuiltProgram.run("info", "--device", "usbip:\(try simulator.address())/1-1")
    let outcome = simulator.finish()
    #expect(outcome.status == 74)
    #expect(outcome.errors.contains("/dev/full"))
  }

  @Test func `two signals at once, as timeout sends them, are one`() throws {
    let simulator = try RunningSimulator("rx51", "--usbip", "0")
    _ = try simulator.address()
    simulator.signal(SIGTERM)
    simulator.signal(SIGINT)
    #expect(simulator.finish().status == 0)
  }

  @Test func `whoever waits for a device that another client has is told so, with status 75`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(noise(4 << 20, seed: 5), to: "emmc.img")
    let simulator = try RunningSimulator("rx51", "--usbip", "0", "--set", "consume-rate=100K", "--json")
    let ready = try #require(
      try JSONSerialization.jsonObject(with: Data(simulator.lines(2)[1].utf8)) as? [String: Any])
    let device = "usbip:\(try #require(ready["address"] as? String))/1-1"
    let flash = try BuiltProgram.start(
      ["flash", "mmc=" + path, "--device", device], output: Pipe(), errors: Pipe())
    #expect(simulator.lines(3).count >= 3, "a client has the device")
    let outcome = try BuiltProgram.run("info", "--device", device, "--wait", "--wait-limit", "0.5")
    #expect(outcome.status == 75, "\(outcome.errors)")
    flash.terminate()
    flash.waitUntilExit()
    simulator.signal(SIGTERM)
    _ = simulator.finish()
  }
}

@Suite struct `Addresses to listen at` {
  @Test(
    arguments: [
      ("3240", "127.0.0.1", 3240), (":3240", "127.0.0.1", 3240), ("0.0.0.0:0", "0.0.0.0", 0), ("[::1]:80", "::1", 80),
      ("localhost:1", "localhost", 1),
    ] as [(String, String, UInt16)])
  func `are read`(text: String, host: String, port: UInt16) {
    #expect(ListenAddress(argument: text) == ListenAddress(host: host, port: port))
  }

  @Test(arguments: ["", "host", "host:", "host:65536", "::1:80", "1:2:3"])
  func `are refused`(text: String) {
    #expect(ListenAddress(argument: text) == nil)
  }
}

@Suite struct `Waiting for the first client's end` {
  private func actions(_ events: [OnceWatch.Event]) -> [OnceState.Action] {
    var state = OnceState()
    return events.map { state.take($0) }
  }

  @Test func `a client that goes is the end`() {
    #expect(actions([.began, .ended]) == [.go, .end])
  }

  @Test func `a client that loses its device has time to come back`() {
    #expect(
      actions([.began, .deviceLeft(isForGood: false), .ended, .deviceReturned, .began, .ended])
        == [.go, .go, .go, .endUnlessClient(visits: 1), .go, .end])
  }

  @Test func `a device that is back before its connection is closed changes nothing of that`() {
    #expect(
      actions([.began, .deviceLeft(isForGood: false), .deviceReturned, .ended])
        == [.go, .go, .endUnlessClient(visits: 1), .go])
  }

  @Test func `a device that has left for good takes its client with it`() {
    #expect(actions([.began, .deviceLeft(isForGood: true), .ended]) == [.go, .go, .end])
  }

  @Test func `a device that restarts before anybody came is no end`() {
    #expect(actions([.deviceLeft(isForGood: false), .deviceReturned]) == [.go, .go])
  }
}
