import Testing

@testable import MediaTek

@Suite struct `Requests ahead` {
  /// A plan with the requests for what is expected behind a frame, and those that have been made.
  private func plan(following: [UInt64], limit: Int = 100) -> (RequestPlan, [Int]) {
    var plan = RequestPlan(packetByteCount: 512)
    plan.follow(with: following, in: 65536)
    let made = plan.make(limit: limit)
    return (plan, made)
  }

  @Test func `single packets for what is short, exact lengths for data`() {
    #expect(plan(following: [12, 4, 12, 65536]).1 == [512, 512, 512, 65536])
    #expect(plan(following: [12, 4, 12, 700]).1 == [512, 512, 512, 1024])
    #expect(plan(following: [12, 4, 12, 200 << 10]).1 == [512, 512, 512, 65536, 65536, 65536, 8192])
    #expect(plan(following: [12, 4, 12, 65536], limit: 3).1 == [512, 512, 512])
  }

  @Test func `what has been asked for ahead is not asked for again`() {
    var (plan, _) = plan(following: [12, 4, 12, 200 << 10], limit: 5)
    for _ in 0..<3 { plan.take() }
    plan.cover(200 << 10, in: 65536)
    #expect(plan.made == [65536, 65536] && plan.planned == [65536, 8192] && plan.isRegular)
    plan.take()
    plan.cover(200 << 10 - 65536, in: 65536)
    #expect(plan.make(limit: 9) == [65536, 8192] && plan.isRegular)
  }

  @Test(
    "only a request beyond whole packets stays open",
    arguments: [(512, true), (1024, true), (1536, false), (700, false), (2048, false)] as [(UInt64, Bool)])
  func tooLong(missing: UInt64, expected: Bool) {
    var plan = RequestPlan(packetByteCount: 512)
    plan.cover(1536, in: 65536)
    _ = plan.make(limit: 1)
    #expect(plan.isTooLong(for: missing) == expected)
  }

  @Test func `single packets never stay open`() {
    let (plan, _) = plan(following: [12, 4, 12])
    for packets: UInt64 in 1...8 { #expect(!plan.isTooLong(for: packets * 512)) }
  }

  @Test func `a device that does something else is asked for nothing ahead any more`() {
    var (plan, _) = plan(following: [12, 4, 12, 65536], limit: 2)
    plan.giveUp()
    #expect(plan.planned.isEmpty && plan.made == [512, 512])
    plan.cover(1500, in: 65536)
    #expect(plan.planned == [512])
    plan.clear()
    #expect(plan.made.isEmpty && plan.planned.isEmpty)
    plan.follow(with: [12, 4], in: 65536)
    #expect(plan.planned.isEmpty)
  }

  @Test func `a frame of another size than expected is covered all the same`() {
    var (plan, _) = plan(following: [12, 4, 12, 1024])
    for _ in 0..<3 { plan.take() }
    plan.cover(4096, in: 65536)
    #expect(plan.made == [1024] && plan.planned == [3072])
    #expect(!plan.isTooLong(for: 4096) && plan.isTooLong(for: 512))
  }

  @Test func `a frame as long as its header can say takes no memory by that`() {
    var plan = RequestPlan(packetByteCount: 512)
    for _ in 0..<3 { plan.cover(UInt64(UInt32.max), in: 65536) }
    #expect(plan.planned == [Int](repeating: 65536, count: 64))
  }
}
