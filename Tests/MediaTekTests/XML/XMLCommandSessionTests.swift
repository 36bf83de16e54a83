import FlashCore
import Testing

@testable import MediaTek

/// One command against devices that say this or that.
@Suite struct `XML agent: a command's session` {
  private static let head = #"<?xml version="1.0" encoding="utf-8"?><host><version>1.0</version><command>CMD:"#
  private static let start = head + "START</command></host>"
  private static let end = end("OK", "")

  private static func end(_ result: String, _ message: String) -> String {
    head + "END</command><arg><result>\(result)</result><message>\(message)</message></arg></host>"
  }

  private static func request(_ name: String, _ arguments: [(String, String)]) -> String {
    head + name + "</command><arg>" + arguments.map { "<\($0.0)>\($0.1)</\($0.0)>" }.joined() + "</arg></host>"
  }

  private static func upload(_ file: String, packet: String = "0x10") -> String {
    request("UPLOAD-FILE", [("checksum", "CHK_NO"), ("info", "i"), ("target_file", file), ("packet_length", packet)])
  }

  private static func download(_ file: String, packet: String = "0x10") -> String {
    request("DOWNLOAD-FILE", [("checksum", "CHK_NO"), ("info", "i"), ("source_file", file), ("packet_length", packet)])
  }

  /// What the host says to a device that says this, frame by frame; data are `#` and their number.
  private func converse(
    _ session: inout XMLCommandSession, _ device: [String]
  ) throws(XMLAgentError) -> [String] {
    var said: [String] = []
    var action = session.start()
    var index = 0
    while true {
      switch action {
      case .exchange(let payloads, let limit):
        said += payloads.map { String(decoding: $0.dropLast(), as: UTF8.self) }
        guard index < device.count else {
          action = try session.silence(after: limit)
          continue
        }
        let payload = Array(device[index].utf8)
        index += 1
        if session.takes(UInt64(payload.count)) != nil || session.isData(payload) != nil {
          action = session.dataReceived(UInt64(payload.count))
        } else {
          action = try session.receive(payload)
        }
      case .sendData(_, _, let byteCount):
        said.append("#\(byteCount)")
        action = session.dataSent()
      case .finish(let payloads): return said + payloads.map { String(decoding: $0.dropLast(), as: UTF8.self) }
      }
    }
  }

  private func play(
    _ command: XMLAgentCommand, _ files: XMLAgentFiles,
    ending: XMLCommandSession.Ending = .start, _ device: [String]
  ) throws(XMLAgentError) -> (said: [String], failure: XMLAgentError?) {
    var session = XMLCommandSession(command, files: files, ending: ending)
    let said = try converse(&session, device)
    return (Array(said.dropFirst()), session.failure)
  }

  private func play(_ device: [String]) throws(XMLAgentError) -> (said: [String], failure: XMLAgentError?) {
    try play(.notifyInitHardware, XMLAgentFiles(), device)
  }

  @Test("ends well whatever acknowledgements look like")
  func endings() throws {
    for device in [
      ["OK", Self.end, Self.start], ["OK@0x0", Self.end, Self.start], ["OK\0\0", "OK", Self.end, Self.start],
      [Self.end, Self.start], [Self.start, "OK", Self.end, Self.start], ["OK", Self.end],
    ] {
      let (said, failure) = try play(device)
      #expect(failure == nil && said.first == "OK" && said.count <= 2)
    }
  }

  @Test func `a refusal keeps the device's words`() throws {
    func refusal(_ device: [String]) throws -> XMLAgentError? { try play(device).failure }
    func refused(_ text: String) -> XMLAgentError {
      .refused(XMLAgentRefusal(message: text), during: "NOTIFY-INIT-HW")
    }
    #expect(try refusal(["OK", Self.end("ERR", "no"), Self.start]) == refused("no"))
    #expect(try refusal(["OK", Self.end("ERR!FAILED", ""), Self.start]) == refused("FAILED"))
    #expect(try refusal(["OK", Self.end("ERR", ""), Self.start]) == refused(""))
    #expect(try refusal(["ERR!busy", Self.end("ERR", ""), Self.start]) == refused("busy"))
    #expect(try refusal(["ERR!busy", Self.end("ERR", "later"), Self.start]) == refused("later"))
    #expect(try refusal(["ERR!busy", Self.end, Self.start]) == refused("busy"))
    #expect(
      try refusal(["ERR!UNSUPPORTED", Self.end("ERR!UNSUPPORTED", "Unsupported command."), Self.start])
        == .unsupported("NOTIFY-INIT-HW"))
  }

  @Test func `reports are acknowledged, any number of them`() throws {
    let report = Self.request("PROGRESS-REPORT", [("message", "erase")])
    let (said, failure) = try play([
      "OK", report, "OK!PROGRESS@50@", "OK!PROGRESS@100", "OK!EOT", report, "OK!EOT", Self.end, Self.start,
    ])
    #expect(failure == nil && said == [String](repeating: "OK", count: 8))
  }

  @Test func `questions about files are answered from what is part of the command`() throws {
    let file = XMLAgentFiles.sending("a.bin", byteCount: 0x21)
    func ask(_ key: String, _ path: String) -> String {
      Self.request("FILE-SYS-OPERATION", [("key", key), ("file_path", path)])
    }
    let (said, failure) = try play(
      .writePartition("p", from: "a.bin"), file,
      [
        "OK", ask("FILE-SIZE", "a.bin"), ask("FILE-SIZE", "/etc/passwd"), ask("EXISTS", "a.bin"),
        ask("EXISTS", "/etc/passwd"), ask("MKDIR", "/root"), ask("REMOVE", "/etc/passwd"), ask("REMOVE-ALL", "/"),
        Self.download("a.bin"), "OK", "OK", "OK", "OK", "OK", "OK", "OK", "OK", Self.end, Self.start,
      ])
    #expect(failure == nil)
    #expect(
      said.filter { $0 != "OK" } == [
        "OK@0x21", "OK@0x0", "OK@EXISTS", "OK@NOT-EXISTS", "OK@MKDIR", "OK@REMOVE", "OK@REMOVE-ALL", "OK@0x21",
        "OK@0x0", "#16", "OK@0x0", "#16", "OK@0x0", "#1",
      ])
  }

  @Test(
    "files that are not part of the command are not handed out",
    arguments: ["/etc/passwd", "../a.bin", "A.BIN", "a.bin/"])
  func foreign(name: String) throws {
    let (said, failure) = try play(
      .writePartition("p", from: "a.bin"), .sending("a.bin", byteCount: 3),
      ["OK", Self.download(name), Self.end("ERR", "User cancelled."), Self.start])
    #expect(failure == .foreignFile(name, during: "WRITE-PARTITION") && said == ["ERR!CANCEL", "OK", "OK"])
  }

  @Test(
    "nothing is put outside of the folder of an update",
    arguments: [
      "/etc/passwd", "backup/../x", "backup/.x", "backup/a/b", "backup\\..\\x", "../backup/x", "backup/",
      "backup/a\u{7}",
      "backup/" + String(repeating: "x", count: 300),
    ])
  func confined(name: String) throws {
    let files = XMLAgentFiles(incoming: .folder("backup", limit: 100))
    let (said, failure) = try play(
      .flashUpdate(scatter: "s", backup: "backup"), files,
      ["OK", Self.upload(name), Self.end("ERR", "User cancelled."), Self.start])
    #expect(said.first == "ERR!CANCEL")
    guard case .foreignFile = failure else {
      Issue.record("\(String(describing: failure))")
      return
    }
  }

  @Test func `sizes are held against what was asked for`() throws {
    let wanted = XMLAgentFiles.receiving(atMost: 0x20, exactly: 0x20)
    for size in ["0x21", "0x1f", "0xffffffffffffffff"] {
      let (said, failure) = try play(
        .readPartition("p", to: "t"), wanted, ["OK", Self.upload("t"), "OK@" + size, Self.end("ERR", ""), Self.start])
      #expect(said == ["OK", "ERR!CANCEL", "OK", "OK"])
      guard case .size(_, 0x20, during: "READ-PARTITION") = failure else {
        Issue.record("\(String(describing: failure))")
        return
      }
    }
    let (_, noSize) = try play(
      .readPartition("p", to: "t"), wanted, ["OK", Self.upload("t"), "OK", Self.end("ERR", ""), Self.start])
    #expect(noSize == .violation(.noSize("t"), during: "READ-PARTITION"))
    let (_, second) = try play(
      .readPartition("p", to: "t"), .receiving(atMost: 9),
      ["OK", Self.upload("t"), "OK@1", "OK", "x", Self.upload("t"), Self.end("ERR", ""), Self.start])
    #expect(second == .foreignFile("t", during: "READ-PARTITION"))
  }

  @Test func `chunks that are shorter or longer than they should be`() throws {
    let wanted = XMLAgentFiles.receiving(atMost: 0x20, exactly: 0x18)
    let short = [
      "OK", Self.upload("t"), "OK@0x18", "OK", "ERR?", "OK", String(repeating: "b", count: 16), "OK", "cccc",
    ]
    let (_, failure) = try play(
      .readPartition("p", to: "t"), wanted, short.map { $0 == "ERR?" ? "aaaa" : $0 } + [Self.end, Self.start])
    #expect(failure == nil)
    let (_, refusal) = try play(
      .readPartition("p", to: "t"), wanted,
      ["OK", Self.upload("t"), "OK@0x18", "OK", "ERR\0", Self.end("ERR", "bad block"), Self.start])
    #expect(refusal == .refused(XMLAgentRefusal(message: "bad block"), during: "READ-PARTITION"))
    #expect(throws: XMLAgentError.self) {
      try play(
        .readPartition("p", to: "t"), wanted,
        ["OK", Self.upload("t"), "OK@0x18", "OK", String(repeating: "b", count: 17)])
    }
  }

  @Test func `an end without the transfer that the command is about is no success`() throws {
    let (_, write) = try play(
      .writePartition("p", from: "a"), .sending("a", byteCount: 3), ["OK", Self.end, Self.start])
    #expect(write == .violation(.endedEarly(transferred: 0, expected: 3), during: "WRITE-PARTITION"))
    let (_, read) = try play(.readPartition("p", to: "t"), .receiving(atMost: 9), ["OK", Self.end, Self.start])
    #expect(read == .violation(.endedEarly(transferred: 0, expected: nil), during: "READ-PARTITION"))
    let (_, midway) = try play(
      .writePartition("p", from: "a"), .sending("a", byteCount: 0x20),
      ["OK", Self.download("a"), "OK", "OK", "OK", Self.end, Self.start])
    #expect(midway == .violation(.endedEarly(transferred: 0x10, expected: 0x20), during: "WRITE-PARTITION"))
  }

  @Test func `a device that begins anew has not finished`() throws {
    let (said, failure) = try play(
      .writePartition("p", from: "a"), .sending("a", byteCount: 0x20),
      ["OK", Self.download("a"), "OK", "OK", Self.start])
    #expect(failure == .violation(.startedAnew, during: "WRITE-PARTITION") && said.last == "OK")
  }

  @Test func `silence names the step`() {
    #expect(throws: XMLAgentError.silence(during: "NOTIFY-INIT-HW", waitingFor: "OK", after: .seconds(10))) {
      try play([])
    }
    #expect(throws: XMLAgentError.silence(during: "NOTIFY-INIT-HW", waitingFor: "CMD:END", after: .seconds(30))) {
      try play(["OK"])
    }
    #expect(throws: XMLAgentError.notStarted(stage: 2, after: .seconds(30))) {
      try play(.notifyInitHardware, XMLAgentFiles(), ending: .nextStage, ["OK", Self.end])
    }
    #expect(throws: XMLAgentError.refused(XMLAgentRefusal(message: "no"), during: "NOTIFY-INIT-HW")) {
      try play(.notifyInitHardware, XMLAgentFiles(), ending: .nextStage, ["OK", Self.end("ERR", "no")])
    }
  }

  @Test func `a device may leave only when it was told to`() {
    var staying = XMLCommandSession(.notifyInitHardware)
    _ = staying.start()
    #expect(throws: XMLAgentError.transfer(.disconnected, during: "NOTIFY-INIT-HW")) { try staying.disconnected() }
    var leaving = XMLCommandSession(.reboot(.immediate), ending: .leaving)
    _ = leaving.start()
    #expect(throws: Never.self) { try leaving.disconnected() }
    #expect(leaving.hasLeft)
  }
}

@Suite struct `XML agent: attaching` {
  private static let head = #"<?xml version="1.0" encoding="utf-8"?><host><version>1.0</version><command>CMD:"#

  private func attach(_ device: [String]) throws -> (said: [String], session: XMLAttachSession) {
    var session = XMLAttachSession()
    var said: [String] = []
    var action = session.start()
    var index = 0
    while true {
      guard case .exchange(let payloads, _) = action else {
        if case .finish(let payloads) = action {
          said += payloads.map { String(decoding: $0.dropLast(), as: UTF8.self) }
        }
        return (said, session)
      }
      said += payloads.map { String(decoding: $0.dropLast(), as: UTF8.self) }
      if index < device.count {
        action = try session.receive(Array(device[index].utf8))
        index += 1
      } else {
        action = try session.silence()
      }
    }
  }

  @Test func `finds where an agent is, and brings it to its command loop`() throws {
    let (start, end) = (Self.head + "START</command></host>", Self.head + "END</command></host>")
    #expect(try attach([]).session.isAssumed)
    #expect(try attach([start]).said == ["OK"])
    #expect(try attach(["ERR!UNSUPPORTED", end, start]).said == ["OK", "OK"])
    #expect(try attach([end]).session.isAssumed)
    #expect(try attach(["OK@0x100", end, start]).said == ["ERR!CANCEL", "OK", "OK"])
    #expect(try attach([Self.head + "UPLOAD-FILE</command></host>", end, start]).session.wasInterrupted)
    #expect(try attach(["OK!PROGRESS@5", "OK!EOT", end, start]).said == ["OK", "OK", "OK", "OK"])
    #expect(throws: XMLAgentError.outOfStep) { try attach(["OK"]) }
  }

  @Test func `knows its own kind by what it says`() {
    let frame = XMLAgentFrame(byteCount: 3).bytes
    #expect(XMLAgent.speaks(frame + Array("OK\0".utf8)) == true)
    #expect(XMLAgent.speaks(frame + [0, 0, 0]) == false)
    #expect(XMLAgent.speaks(frame) == nil && XMLAgent.speaks([0xC0]) == nil)
    #expect(XMLAgent.speaks([UInt8](repeating: 0xC0, count: 20)) == false)
    let log = XMLAgentFrame(.log, byteCount: 5).bytes + [1, 0, 0, 0, 0x41]
    #expect(XMLAgent.speaks(log + frame + Array("ERR".utf8)) == true && XMLAgent.speaks(log) == nil)
  }
}
