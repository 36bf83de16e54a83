import FlashCore
import Synchronization
import Testing

@testable import flashctl

@Suite struct `JSON lines` {
  @Test func `keep the order of their members and escape what JSON demands`() {
    let value: JSONValue = [
      "event": "x", "text": .string("a\"b\\c\nd\u{1}é\u{2028}"), "list": [1, nil, true], "number": .unsigned(.max),
    ]
    #expect(
      value.line
        == #"{"event":"x","text":"a\"b\\c\nd\u0001é\u2028","list":[1,null,true],"number":18446744073709551615}"#)
  }

  @Test func `never write a number that is none`() {
    #expect(JSONValue.number(.infinity).line == "null")
    #expect(JSONValue.number(1.5).line == "1.5")
  }
}

@Suite struct `Numbers for people` {
  @Test(
    "bytes are decimal multiples with one place",
    arguments: [
      (0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (262_089_728, "262.1 MB"), (999_999, "1.0 MB"),
      (1_073_741_824, "1.1 GB"),
    ] as [(UInt64, String)])
  func bytes(count: UInt64, text: String) {
    #expect(Units.bytes(count) == text)
  }

  @Test(
    "durations get coarser as they grow",
    arguments: [(0.04, "0.0 s"), (9.9, "9.9 s"), (12.4, "12 s"), (185, "3 min 05 s"), (3725, "1 h 02 min")])
  func durations(seconds: Double, text: String) {
    #expect(Units.duration(.seconds(seconds)) == text)
  }
}

@Suite struct `Progress` {
  @Test func `the bar never exceeds the terminal and fills as bytes are taken`() {
    var meter = ProgressMeter(name: "mmc", total: 100_000_000, start: .zero)
    for width in [20, 40, 80, 200] {
      for done in [0, 1, 50_000_000, 100_000_000] as [UInt64] {
        meter.done = done
        #expect(meter.bar(width: width, now: .seconds(10)).count < width, "\(width) columns, \(done) bytes")
      }
    }
    meter.done = 50_000_000
    #expect(meter.bar(width: 100, now: .seconds(10)).contains("50 %  50.0 MB of 100.0 MB  5.0 MB/s  10 s left"))
    #expect(meter.line(now: .seconds(10)) == "mmc: 50 %, 50.0 MB of 100.0 MB, 5.0 MB/s, 10 s left")
  }

  @Test func `an empty image is complete`() {
    #expect(ProgressMeter(name: "x", total: 0, start: .zero).percent == 100)
  }
}

/// A clock that stands still until it is told.
final class ManualClock: LinkClock {
  private let time = Mutex(Duration.zero)
  var now: Duration { time.withLock { $0 } }
  func advance(by duration: Duration) { time.withLock { $0 += duration } }
  func sleep(for duration: Duration) async throws(CancellationError) { advance(by: duration) }
}

@Suite struct `What follows the word flash` {
  @Test func `sorts files and pairs`() {
    let request = FlashInputs.request(
      ["a.fiasco", "kernel=zImage", "cmt-2nd=x=y", "/path/a=b", "odd=name"], exists: { $0 == "odd=name" })
    #expect(request.descriptors == ["a.fiasco", "/path/a=b", "odd=name"])
    #expect(
      request.pairs == [.init(region: "kernel", path: "zImage"), .init(region: "cmt-2nd", path: "x=y")])
  }
}
