import Testing
import USBWire

@testable import DeviceSimulator

@Suite struct `A paced wire` {
  /// Sends 20 transfers of `byteCount` and returns the bytes a second that came of it, in simulated time.
  private func throughput(_ wire: WireModel, speed: Double, byteCount: Int, isInput: Bool, tick: Duration) -> Double {
    var host = BenchHost(wire: wire, speed: speed)
    for _ in 1...20 {
      if isInput {
        _ = host.input(byteCount)
        _ = host.control(BenchDevice.order(.send, value: byteCount))
      } else {
        _ = host.output(BenchDevice.pattern(byteCount))
      }
    }
    var done = 0
    while done < 20 * byteCount, host.now < .seconds(10) {
      for completion in host.run(tick) { done += completion.byteCount }
    }
    return Double(done) / (host.now / .seconds(1))
  }

  @Test(
    "moves what the bus moves, however late its timers are",
    arguments: [.microseconds(50), .milliseconds(1), .milliseconds(3)] as [Duration])
  func throughputOfBulk(tick: Duration) {
    let highSpeed = throughput(.highSpeed, speed: 480, byteCount: 60 << 10, isInput: false, tick: tick)
    #expect(abs(highSpeed - 53.25e6) < 53.25e6 * 0.15)
    let input = throughput(.highSpeed, speed: 480, byteCount: 60 << 10, isInput: true, tick: tick)
    #expect(abs(input - 53.25e6) < 53.25e6 * 0.15)
  }

  /// Sends `count` transfers, each when the one before has ended, and returns how long that took in simulated time.
  ///
  /// Before that there is one that nobody looks after for so long as `hiccup`.
  private func lockstep(_ count: Int, tick: Duration, pause: Duration = .zero, hiccup: Duration = .zero) -> Duration {
    var host = BenchHost(wire: .highSpeed)
    _ = host.output(BenchDevice.pattern(512))
    _ = host.run()
    while host.run(tick + hiccup).isEmpty {}
    let start = host.now
    for _ in 0..<count {
      host.now += pause
      let number = host.output(BenchDevice.pattern(60 << 10))
      while host.now < .seconds(10), !host.run(tick).contains(where: { $0.sequence == number }) {}
    }
    return host.now - start
  }

  @Test func `a host that answers at once is not charged for what it was told late`() {
    let cost = WireModel.highSpeed.duration(of: 60 << 10, packetSize: 512) * 100
    for tick in [.microseconds(50), .microseconds(400), .milliseconds(1)] as [Duration] {
      #expect(abs(lockstep(100, tick: tick) / cost - 1) < 0.01, "\(tick)")
    }
    #expect(lockstep(100, tick: .microseconds(50), pause: .microseconds(300)) >= cost + .milliseconds(29))
    // A machine that stopped for longer than timers are late does not make the bus faster afterwards.
    #expect(lockstep(100, tick: .microseconds(50), hiccup: .milliseconds(100)) >= cost - .milliseconds(6))
  }

  @Test func `is faster at super speed`() {
    let rate = throughput(.superSpeed, speed: 5000, byteCount: 60 << 10, isInput: false, tick: .microseconds(20))
    #expect(abs(rate - 450e6) < 450e6 * 0.05)
  }

  @Test func `a microframe holds 13 packets of 512 bytes, and as many small ones as the specification says`() {
    let wire = WireModel.highSpeed
    #expect(wire.duration(of: 13 * 512, packetSize: 512) <= .microseconds(125))
    #expect(wire.duration(of: 14 * 512, packetSize: 512) > .microseconds(125))
    // USB 2.0, table 5-10: 63 packets of 64 bytes.
    #expect(wire.duration(of: 63 * 64, packetSize: 64) <= .microseconds(125))
    #expect(wire.duration(of: 64 * 64, packetSize: 64) > .microseconds(125))
  }

  @Test func `takes time for an empty packet, and more for a control request`() {
    let wire = WireModel.highSpeed
    #expect(wire.duration(of: 0, packetSize: 512) > .zero)
    #expect(wire.duration(ofControl: 0) >= wire.duration(of: 0, packetSize: 512) * 2)
    #expect(WireModel.unlimited.duration(of: 1 << 20, packetSize: 512) == .zero)
  }

  @Test func `is shared by all endpoints, and each has its turn`() {
    var host = BenchHost(wire: .highSpeed)
    let numbers = (1...4).map { _ in host.output(BenchDevice.pattern(60 << 10)) }
    let control = host.control(.getDescriptor(.device, index: 0, length: 18))
    var order: [UInt32] = []
    while order.count < 5, host.now < .seconds(1) { order += host.run(.microseconds(100)).map(\.sequence) }
    #expect(order.first == control)
    #expect(order.dropFirst() == numbers[...])
  }

  @Test func `an unlimited wire gives back at once what is done`() {
    var host = BenchHost()
    let number = host.output(BenchDevice.pattern(1 << 16))
    #expect(host.run() == [.done(number, 1 << 16)])
    #expect(host.controller.nextWake == nil)
  }
}
