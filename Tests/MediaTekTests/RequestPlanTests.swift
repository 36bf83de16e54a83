import Testing

@testable import MediaTek

@Suite struct `Requests ahead` {
  /// A plan with the requests for one frame made, and those for what is expected behind it.
  private func plan(_ frame: UInt64, following: [UInt64], limit: Int = 100) -> (RequestPlan, [Int]) {
    var plan = RequestPlan(packetByteCount: 512)
    plan.cover(frame, in: 65536)
    plan.follow(with: following, in: 65536, behind: frame)
    var made: [Int] = []
    while let size = plan.make(limit: limit) { made.append(size) }
    return (plan, made)
  }

  @Test func `single packets for what is short, exact lengths for data`() {
    #expect(plan(65536, following: [12, 4, 12, 65536]).1 == [65536, 512, 512, 512, 65536])
    #expect(plan(1536, following: [12, 4, 12, 700]).1 == [1536, 512, 512, 512, 1024])
    #expect(plan(200 << 10, following: [12, 4]).1 == [65536, 65536, 65536, 8192, 512, 512])
    #expect(plan(65536, following: [12, 4, 12, 65536], limit: 3).1 == [65536, 512, 512])
  }

  @Test func `nothing is asked for twice`() {
    var (plan, _) = plan(65536, following: [12, 4, 12, 65536])
    plan.cover(65536, in: 65536)
    plan.follow(with: [12, 4], in: 65536, behind: 65536)
    #expect(plan.planned.isEmpty)
    for _ in 0..<4 { plan.take() }
    plan.endFrame()
    plan.cover(65536, in: 65536)
    #expect(plan.made == [65536] && plan.planned.isEmpty && plan.isRegular)
  }

  @Test(
    "only a request beyond whole packets stays open",
    arguments: [(512, true), (1024, true), (1536, false), (700, false), (2048, false)])
  func tooLong(missing: UInt64, expected: Bool) {
    var plan = RequestPlan(packetByteCount: 512)
    plan.cover(1536, in: 65536)
    _ = plan.make(limit: 1)
    #expect(plan.isTooLong(for: missing) == expected)
  }

  @Test func `single packets never stay open`() {
    var plan = RequestPlan(packetByteCount: 512)
    plan.follow(with: [12, 4, 12], in: 65536, behind: 0)
    while plan.make(limit: 9) != nil {}
    for packets: UInt64 in 1...8 { #expect(!plan.isTooLong(for: packets * 512)) }
  }

  @Test func `a device that does something else is asked for nothing ahead any more`() {
    var (plan, _) = plan(65536, following: [12, 4, 12, 65536], limit: 2)
    plan.giveUp()
    #expect(plan.planned.isEmpty && plan.made == [65536, 512])
    plan.endFrame()
    plan.cover(65536 + 512 + 1, in: 65536)
    plan.follow(with: [12, 4], in: 65536, behind: 65536 + 512 + 1)
    #expect(plan.planned == [512])
    plan.clear()
    #expect(plan.made.isEmpty && plan.planned.isEmpty)
  }

  @Test func `a frame of another size than expected is covered all the same`() {
    var (plan, _) = plan(1024, following: [12, 4, 12, 1024])
    for _ in 0..<4 { plan.take() }
    plan.endFrame()
    plan.cover(4096, in: 65536)
    #expect(plan.made == [1024] && plan.planned == [3072])
    #expect(!plan.isTooLong(for: 4096) && plan.isTooLong(for: 512))
  }

  @Test func `a frame as long as its header can say takes no memory by that`() {
    var plan = RequestPlan(packetByteCount: 512)
    plan.cover(UInt64(UInt32.max), in: 65536)
    plan.follow(with: [12, 4], in: 65536, behind: UInt64(UInt32.max))
    #expect(plan.planned.count <= 64 && plan.planned.allSatisfy { $0 == 65536 })
    plan.cover(.max, in: 65536)
    #expect(plan.planned.count <= 128)
  }
}
