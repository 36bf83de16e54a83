import Testing
import USBWire

@testable import DeviceSimulator

@Suite struct `The host controller` {
  @Test func `makes an endpoint's transfers in the order of their submission`() {
    var host = BenchHost()
    let numbers = (1...5).map { host.output(BenchDevice.pattern($0)) }
    #expect(host.run() == zip(numbers, 1...5).map { .done($0, $1) })
    #expect(host.device?.received.dropLast().map(\.count) == [1, 2, 3, 4, 5])
  }

  @Test func `an input transfer waits until the device has data`() {
    var host = BenchHost()
    let first = host.input(512)
    let second = host.input(512)
    #expect(host.run(.seconds(5)) == [])
    #expect(host.order(.send, value: 100) == [.done(first, data: BenchDevice.pattern(100))])
    #expect(host.order(.send, value: 3) == [.done(second, data: BenchDevice.pattern(3))])
  }

  @Test func `a transfer that the device does not take whole goes on when there is room`() {
    var host = BenchHost(room: 1000)
    let number = host.output(BenchDevice.pattern(1500))
    #expect(host.run(.seconds(1)) == [])
    #expect(host.device?.received.last?.count == 1000)
    #expect(host.order(.consume, value: 400) == [])
    #expect(host.order(.consume, value: 400) == [.done(number, 1500)])
    #expect(host.device?.received.first == BenchDevice.pattern(1500))
  }

  @Test func `an endpoint that waits does not hold up another`() {
    var host = BenchHost(room: 0)
    let blocked = host.output([1])
    let waiting = host.input(8, from: BenchDevice.interrupt)
    #expect(host.order(.notify, value: 9) == [.done(waiting, data: [9])])
    #expect(host.order(.consume, value: 1) == [.done(blocked, 1)])
  }

  @Test func `a halt fails everything on its endpoint until it is cleared`() {
    var host = BenchHost()
    _ = host.order(.stall)
    let numbers = (1...3).map { _ in host.output([1, 2, 3]) }
    #expect(host.run() == numbers.map { .failed($0, .stalled) })
    let late = host.output([4])
    #expect(host.run() == [.failed(late, .stalled)])
    let clear = host.control(.clearHalt(BenchDevice.output))
    let after = host.output([5])
    #expect(host.run() == [.done(clear), .done(after, 1)])
  }

  @Test func `a refused control request stalls, and the next one is answered`() {
    var host = BenchHost()
    let refused = host.control(SetupPacket(requestType: 0x40, request: 99, value: 0, index: 0, length: 0))
    let device = host.control(.getDescriptor(.device, index: 0, length: 8))
    let completions = host.run()
    #expect(completions.map(\.status) == [.stalled, .done])
    #expect(completions.map(\.sequence) == [refused, device])
    #expect(completions.last?.data.count == 8)
  }

  @Test func `a short transfer is an error where the host says so, and its data still arrive`() {
    var host = BenchHost()
    let number = host.input(512, flags: .shortNotOK)
    #expect(
      host.order(.send, value: 10)
        == [URBCompletion(sequence: number, status: .short, byteCount: 10, data: BenchDevice.pattern(10))])
    let control = host.control(.getDescriptor(.device, index: 0, length: 64), flags: .shortNotOK)
    #expect(host.run().map(\.status) == [.short])
    #expect(control == 3)
  }

  @Test func `a packet that does not fit is an overflow`() {
    var host = BenchHost()
    let number = host.input(100)
    #expect(host.order(.send, value: 101) == [.failed(number, .overflow)])
    let whole = host.input(1024)
    #expect(host.order(.send, value: 1500) == [.done(whole, data: Array(BenchDevice.pattern(1500)[..<1024]))])
    let rest = host.input(1024)
    #expect(host.run() == [.done(rest, data: Array(BenchDevice.pattern(1500)[1024...]))])
  }

  @Test func `a control answer longer than the host's memory is an overflow`() {
    var host = BenchHost()
    let number = host.control(BenchDevice.order(.tell, index: 20, length: 20), byteCount: 8)
    #expect(host.run() == [.failed(number, .overflow)])
  }

  @Test func `zero-length packets end transfers both ways`() {
    var host = BenchHost()
    let terminated = host.output(BenchDevice.pattern(512), flags: .zeroPacket)
    let open = host.output(BenchDevice.pattern(512))
    let empty = host.output([])
    #expect(host.run() == [.done(terminated, 512), .done(open, 512), .done(empty)])
    #expect(host.device?.received.map(\.count) == [512, 512, 0])
    let first = host.input(512)
    let second = host.input(512)
    #expect(
      host.order(.send, value: 512, index: 1) == [.done(first, data: BenchDevice.pattern(512)), .done(second)])
  }

  @Test func `an open-ended message is filled up by the next one`() {
    var host = BenchHost()
    let number = host.input(1536)
    #expect(host.order(.send, value: 512) == [])
    #expect(host.order(.send, value: 100).map(\.byteCount) == [612])
    #expect(number == 1)
  }

  @Test func `an endpoint there is not, and a request that contradicts itself, are invalid`() {
    var host = BenchHost()
    let unknown = host.input(8, from: .input(9))
    let wrongLength = host.control(
      SetupPacket(requestType: 0x40, request: 1, value: 0, index: 0, length: 4), byteCount: 0)
    let wrongWay = host.submit(
      .init(
        sequence: 0, deviceID: 1, endpoint: .output(0), byteCount: 0,
        setup: .getDescriptor(.device, index: 0, length: 18)))
    #expect(Set(host.run().map(\.sequence)) == [unknown, wrongLength, wrongWay])
    #expect(host.controller.transferCount == 0)
  }

  @Test func `a repeated number is refused while the first transfer has not ended`() {
    var host = BenchHost()
    let number = host.input(8)
    let again = URB(USBIPSubmit(sequence: number, deviceID: 1, endpoint: BenchDevice.input, byteCount: 8))
    #expect(host.controller.submit(again, at: host.now) == false)
    _ = host.order(.send, value: 1)
    #expect(host.controller.submit(again, at: host.now) == true)
  }

  @Test func `a port reset leaves an unconfigured device`() {
    var host = BenchHost()
    let resets = host.device?.resets ?? 0
    let reset = host.control(SetupPacket(requestType: 0x23, request: 3, value: 4, index: 1, length: 0))
    #expect(host.run() == [.done(reset)])
    #expect(host.device?.resets == resets + 1)
    let number = host.output([1])
    #expect(host.run() == [.failed(number, .invalid)])
  }

  @Test func `when the device leaves everything ends as gone, and a new identity gets none of it`() {
    var host = BenchHost()
    let number = host.input(8)
    _ = host.order(.leave, value: 1)
    #expect(host.controller.isGone)
    // Away and back between two looks.
    #expect(host.run(.seconds(1)) == [])
    #expect(host.controller.port.isAttached)
    #expect(host.controller.isGone)
    host.controller.failAll(.gone)
    #expect(host.controller.takeCompletions(at: host.now) == [.failed(number, .gone)])
  }

  @Test func `a fault's stall, delay and disconnect reach the host`() throws {
    var host = BenchHost(
      faults: [try Fault(parsing: "stall@1"), try Fault(parsing: "delay=50@2"), try Fault(parsing: "disconnect@3")])
    let stalled = host.output([1])
    #expect(host.run() == [.failed(stalled, .stalled)])
    _ = host.control(.clearHalt(BenchDevice.output))
    _ = host.run()
    let delayed = host.output([2])
    #expect(host.run() == [])
    #expect(host.controller.nextWake == .milliseconds(50))
    #expect(host.run(.milliseconds(50)) == [.done(delayed, 1)])
    let last = host.output([3])
    #expect(host.run() == [.failed(last, .gone)])
    #expect(host.controller.isGone)
  }

  @Test func `completions stop when there is no room for them, and go on later`() {
    var host = BenchHost()
    for _ in 1...10 { _ = host.output([1]) }
    host.controller.run(at: host.now, room: 3 * HostController.completionByteCount)
    #expect(host.controller.isShortOfRoom)
    #expect(host.controller.takeCompletions(at: host.now).count == 3)
    #expect(host.run().count == 7)
    #expect(!host.controller.isShortOfRoom)
  }

  @Test func `data are held only as long as their transfer`() {
    var host = BenchHost(room: 0)
    let first = host.output(BenchDevice.pattern(1000))
    _ = host.output(BenchDevice.pattern(500))
    _ = host.run()
    #expect(host.controller.heldByteCount == 1500)
    #expect(host.controller.unlink(first, at: host.now) == .inTime)
    #expect(host.controller.heldByteCount == 500)
    host.controller.disconnect(at: host.now)
    #expect(host.controller.heldByteCount == 0)
    #expect(host.controller.transferCount == 0)
  }
}
