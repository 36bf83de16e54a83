import MediaTek
import Testing
import USBWire
import WireFormat

@Suite struct `Boot ROM exchange` {
  /// Answers one action after the other, up to the last; what that brings is the test's.
  private func run(_ exchange: BootROMExchange, _ answers: [[UInt8]]) throws -> (BootROMExchange, BootROMAction) {
    var exchange = exchange
    var action = exchange.start()
    for answer in answers {
      if case .sendData = action { action = exchange.dataSent() }
      action = try exchange.receive(answer)
    }
    return (exchange, action)
  }

  @Test func `ends where an echo is another byte`() {
    #expect(throws: BootROMError.lostEcho(during: "GET_HW_CODE", sent: [0xFD], received: [0xFE])) {
      try run(.hardwareCode(), [[0xFE]])
    }
    #expect(throws: BootROMError.lostEcho(during: "READ32", sent: [0, 0, 0, 4], received: [0, 0, 0, 5])) {
      try run(.read(.bits32, at: 4, count: 1), [[0xD1], [0, 0, 0, 5]])
    }
  }

  @Test func `reads over READY before the echo, and not for ever`() throws {
    let ready = Array("READYREADYREADYREADY".utf8).map { [$0] }
    _ = try run(.hardwareCode(), ready + [[0xFD]])
    #expect(throws: BootROMError.self) { try run(.hardwareCode(), ready + [[0x52]]) }
  }

  @Test func `takes every status below 100 for success and none above`() throws {
    for status in [0x0000, 0x0001, 0x00FF] as [UInt16] {
      let (exchange, action) = try run(.enableLog(), [[0xDB], [UInt8(status >> 8), UInt8(status & 0xFF)]])
      #expect(action == .finish && exchange.answers.statuses == [BootROMStatus(rawValue: status)])
    }
    #expect(throws: BootROMError.refused(BootROMStatus(rawValue: 0x100), during: "UART1_LOG_EN")) {
      try run(.enableLog(), [[0xDB], [1, 0]])
    }
  }

  @Test func `stops at the first bad status of two`() {
    #expect(throws: BootROMError.refused(BootROMStatus(rawValue: 0x1001), during: "PWR_READ16")) {
      try run(.powerRead(3), [[0xC6], [0, 3], [0, 0], [0x10, 0x01]])
    }
  }

  @Test func `takes no block that is longer than any`() throws {
    let announced: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
    #expect(throws: BootROMError.oversizedBlock(during: "GET_ME_ID", byteCount: 0xFFFF_FFFF, limit: 1 << 20)) {
      try run(.meID(), [[0xE1], announced])
    }
    let (_, action) = try run(.meID(), [[0xE1], [0, 0, 0, 0]])
    #expect(action == .exchange([], count: 2, limit: .seconds(1)))
  }

  @Test func `tells a wrong checksum from a refusal`() {
    let upload = BootROMExchange.sendDA([1, 2], to: 0x20_0000, signatureByteCount: 0)
    let header: [[UInt8]] = [[0xD7], [0, 0x20, 0, 0], [0, 0, 0, 2], [0, 0, 0, 0], [0, 0]]
    #expect(throws: BootROMError.wrongChecksum(during: "SEND_DA", sent: 0x0201, device: 0x0102)) {
      try run(upload, header + [[1, 2]])
    }
    #expect(throws: BootROMError.refused(.signatureFailed, during: "SEND_DA")) {
      try run(upload, header + [[2, 1], [0x70, 0x24]])
    }
  }

  @Test func `says what is missing of an answer`() throws {
    var (exchange, _) = try run(.versions(), [[0xFC]])
    #expect(throws: BootROMError.silence(during: "GET_HW_SW_VER", received: 4, expected: 6, after: .seconds(1))) {
      try exchange.silence(received: 4, after: .seconds(1))
    }
    // Without its status the answer is one in part, and no silence.
    _ = try exchange.receive([0x8A, 0x00, 0xCA, 0x00, 0x00, 0x00])
    #expect(throws: BootROMError.silence(during: "GET_HW_SW_VER", received: 6, expected: 8, after: .seconds(1))) {
      try exchange.silence(received: 0, after: .seconds(1))
    }
  }

  @Test func `waits longer for a verdict than for anything else`() throws {
    let header: [[UInt8]] = [[0xE2], [0, 0, 0, 1], [0, 0]]
    var (exchange, action) = try run(.sendAuthentication([9]), header)
    #expect(action == .sendData([9]))
    action = exchange.dataSent()
    #expect(action == .exchange([], count: 2, limit: .seconds(5)))
  }

  @Test func `takes the length of a response back in either order`() throws {
    for answer in [[0, 0, 1, 0], [0, 1, 0, 0]] as [[UInt8]] {
      _ = try run(.linkResponse([UInt8](repeating: 0, count: 256)), [answer])
    }
    #expect(throws: BootROMError.self) { try run(.linkResponse([1]), [[0, 0, 0, 2]]) }
  }
}

@Suite struct `Boot ROM handshake against odd devices` {
  /// A device that answers each of the host's bytes by a rule; `nil` is silence.
  private func outcome(_ answer: (UInt8) -> [UInt8]?) -> Result<BootROMActor?, BootROMError> {
    var session = BootROMHandshake(probesForAgent: false)
    var action = session.start()
    var queue: [UInt8] = []
    do throws(BootROMError) {
      while true {
        switch action {
        case .exchange(let bytes, let count, let limit):
          for byte in bytes { queue += answer(byte) ?? [] }
          if queue.count < count {
            action = try session.silence(received: queue.count, after: limit)
          } else {
            let piece = Array(queue.prefix(count))
            queue.removeFirst(count)
            action = try session.receive(piece)
          }
        case .drain:
          let piece = queue
          queue = []
          action = try session.receive(piece)
        case .sendData, .finish: return .success(session.actor)
        }
      }
    } catch { return .failure(error) }
  }

  @Test func `one that says nothing is not waited for without end`() {
    #expect(outcome { _ in nil } == .failure(.notResponding(attempts: 100)))
  }

  @Test func `one that always says the wrong thing is not`() {
    #expect(outcome { _ in [0x33] } == .failure(.noHandshake(answer: [UInt8](repeating: 0x33, count: 16))))
  }

  @Test func `one that says READY for ever is not`() {
    var policy = BootROMPolicy()
    policy.noiseByteCount = 100
    var session = BootROMHandshake(policy: policy, probesForAgent: false)
    _ = session.start()
    #expect(throws: BootROMError.self) {
      var action = try session.receive([])
      while action != .finish { action = try session.receive([0x52]) }
    }
  }

  @Test func `one that is in command state and says everything back is a boot ROM`() {
    #expect(outcome { [$0] } == .success(.bootROM))
  }

  @Test func `one that answers A0 and forgets the rest is tried again`() {
    var count = 0
    let result = outcome { byte in
      count += 1
      if byte == 0xFE { return [2] }
      return count < 10 && byte != 0xA0 ? nil : [~byte]
    }
    #expect(result == .success(.preloader(version: 2)))
  }
}

@Suite struct `MediaTek chips` {
  @Test func `are those of the specification`() {
    #expect(MediaTekChip.all.count == 90 && Set(MediaTekChip.all.map(\.hardwareCode)).count == 90)
    #expect(MediaTekChip.named(byHardwareCode: 0x0766)?.watchdogWrites == [.word(0x1000_7000, 0x2200_0064)])
    #expect(MediaTekChip.named(byHardwareCode: 0x6577)?.watchdogWrites == [.half(0xC000_0000, 0x2264)])
    #expect(MediaTekChip.named(byHardwareCode: 0x6592)?.watchdogWrites.count == 2)
    #expect(MediaTekChip.named(byHardwareCode: 0x0321)?.watchdogWrites == [.word(0x1021_2000, 0x2200_0000)])
    #expect(MediaTekChip.named(byHardwareCode: 0x6225)?.watchdogWrites == [])
    #expect(MediaTekChip.named(byHardwareCode: 0x1375)?.sramAddress == 0x0201_0000)
    #expect(MediaTekChip.named(byHardwareCode: 0x0766)?.resetWrite == .word(0x1000_7014, 0x1209))
    #expect(MediaTekChip.named(byHardwareCode: 0xFFFF) == nil)
  }

  @Test func `nearly all have names and agent codes too`() {
    let nameless = MediaTekChip.all.filter { $0.names == nil }.map(\.hardwareCode)
    #expect(nameless == [0x6252])
  }

  @Test func `every status that is described says what it means`() {
    for code in [0x1D0D, 0x2001, 0x7024, 0x9005, 0xFFFF, 0x5A5B, 0xA003] as [UInt16] {
      #expect(BootROMStatus(rawValue: code).meaning != nil)
    }
    #expect(BootROMStatus(rawValue: 0x4711).meaning == nil)
  }
}
