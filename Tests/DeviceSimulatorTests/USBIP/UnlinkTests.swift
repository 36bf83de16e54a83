import Synchronization
import Testing
import USBWire

@testable import DeviceSimulator

@Suite struct `Unlinking a transfer` {
  @Test func `in time, there is no completion, and the next one takes its place`() {
    var host = BenchHost()
    let first = host.input(512)
    let second = host.input(512)
    #expect(host.run() == [])
    #expect(host.controller.unlink(first, at: host.now) == .inTime)
    #expect(host.order(.send, value: 5) == [.done(second, data: BenchDevice.pattern(5))])
  }

  @Test func `from the middle of a queue leaves the others in order`() {
    var host = BenchHost(room: 0)
    let numbers = (1...200).map { _ in host.output([7]) }
    for number in numbers where number % 3 == 0 {
      #expect(host.controller.unlink(number, at: host.now) == .inTime)
    }
    #expect(host.order(.consume, value: 1000) == numbers.filter { $0 % 3 != 0 }.map { .done($0, 1) })
  }

  @Test func `too late, or of a number that never was, changes nothing`() {
    var host = BenchHost()
    let number = host.output([1])
    #expect(host.run() == [.done(number, 1)])
    #expect(host.controller.unlink(number, at: host.now) == .tooLate(nil))
    #expect(host.controller.unlink(4711, at: host.now) == .tooLate(nil))
  }

  @Test func `of one that is through but still on the wire gives its completion first`() {
    var host = BenchHost(wire: .highSpeed)
    let number = host.output(BenchDevice.pattern(512))
    #expect(host.run() == [])
    #expect(host.controller.unlink(number, at: host.now) == .tooLate(.done(number, 512)))
    #expect(host.run(.seconds(1)) == [])
  }

  @Test func `half taken by the device is noted in the log, and the next transfer begins afresh`() {
    let records = Mutex<[TransferRecord]>([])
    var host = BenchHost(room: 600)
    host.controller.port.recorder = { record in records.withLock { $0.append(record) } }
    let first = host.output(BenchDevice.pattern(1000))
    #expect(host.run() == [])
    #expect(host.controller.unlink(first, at: host.now) == .inTime)
    let second = host.output([1, 2, 3])
    #expect(host.order(.consume, value: 10) == [.done(second, 3)])
    #expect(records.withLock { $0.map(\.outcome) } == [.unlinked, .done, .done])
  }

  @Test func `thousands of them, in any order, leave nothing behind`() {
    var host = BenchHost()
    let numbers = (0..<4000).map { _ in host.input(64) }
    _ = host.run()
    for number in numbers.shuffled() + numbers { _ = host.controller.unlink(number, at: host.now) }
    #expect(host.controller.transferCount == 0)
    let after = host.input(64)
    #expect(host.order(.send, value: 1) == [.done(after, data: BenchDevice.pattern(1))])
  }
}
