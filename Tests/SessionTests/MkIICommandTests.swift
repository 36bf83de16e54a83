import FlashCore
import MkII
import Testing

@Suite("Mk II: commands twice in a row, and cancelled ones")
struct MkIICommandTests {
  private static let images = Result { try FlashImagesFolder(kernel: 3000, mmc: 9 << 10 | 100) }

  private func rig(_ medium: FlashRig.Medium, settings: [(key: String, value: String)] = []) throws -> FlashRig {
    try FlashRig(try Self.images.get(), medium: medium, settings: settings)
  }

  @Test("information, items and PING work twice in a row", arguments: FlashRig.Medium.allCases)
  func asking(medium: FlashRig.Medium) async throws {
    let rig = try rig(medium, settings: [("extra-items", "/x=1")])
    for _ in 1...2 {
      let identity = try await rig.withTarget { $0.identity }
      #expect(identity.model == "RX-51" && identity.hardwareRevision == "2101")
      #expect(identity["mode"] == .text(medium == .tcp ? "tcp" : "update"))
      #expect(identity["raw endpoint"] == .text(medium == .tcp ? "tcp:raw" : "EP 02"))
      #expect(try await rig.withTarget { try await $0.get("/x") } == "1")
      #expect(await rig.outcome { try await rig.withTarget { try await $0.get("/none") } } == .failed(.protocolFailure))
      #expect(try await rig.withTarget { try await $0.ping() } >= .zero)
    }
  }

  @Test("telling the host's protocol version works twice in a row", arguments: FlashRig.Medium.allCases)
  func telling(medium: FlashRig.Medium) async throws {
    let rig = try rig(medium)
    for _ in 1...2 {
      try await rig.withTarget { try await $0.tell("/update/host_protocol_version", "2") }
    }
  }

  @Test("rebooting works twice in a row", arguments: FlashRig.Medium.allCases, [RebootMode.system, .update])
  func rebooting(medium: FlashRig.Medium, mode: RebootMode) async throws {
    let rig = try rig(medium)
    for _ in 1...2 { try await rig.withTarget { try await $0.reboot(to: mode) } }
    #expect(try await rig.withTarget { $0.identity.model } == "RX-51")
  }

  @Test("flashing works twice in a row, with and without a reboot", arguments: FlashRig.Medium.allCases, [true, false])
  func flashing(medium: FlashRig.Medium, reboots: Bool) async throws {
    let rig = try rig(medium)
    for _ in 1...2 {
      let report = try await rig.flash(reboots: reboots)
      #expect(report.extents.map(\.name) == ["cmt-algo", "kernel", "mmc"])
      #expect(report.extents.allSatisfy { $0.verified == .acknowledged })
      #expect(report.rebooted == (reboots ? .system : nil))
      #expect(rig.wrongImages == [])
    }
  }

  @Test("one session can flash twice", arguments: FlashRig.Medium.allCases)
  func sameSession(medium: FlashRig.Medium) async throws {
    let rig = try rig(medium)
    let request = try Self.images.get().request
    try await rig.withTarget { target in
      var plan = try #require(try MkIIFamily(policy: FlashRig.policy).plan(request, for: target.identity))
      plan.steps.removeAll { $0 == .reboot(.system) }
      for _ in 1...2 { _ = try await PlanRunner().run(plan, on: target) }
    }
    #expect(rig.wrongImages == [])
  }

  @Test(
    "cancelling at any message leaves whole blocks and a device that can be flashed",
    arguments: FlashRig.Medium.allCases)
  func cancelling(medium: FlashRig.Medium) async throws {
    let count = try await traceCount(medium)
    for number in 1...count {
      let rig = try rig(medium)
      let error = await cancelled(rig, at: number)
      if let error {
        #expect(error.category == .cancelled, "cancelled at \(number): \(error)")
        if let progress = error.progress {
          let isWhole = progress.accepted % 4096 == 0 || progress.accepted == progress.total
          #expect(isWhole, "cancelled at \(number): \(progress)")
        }
      } else {
        // Too late to stop anything: the acknowledgement of the reboot, and what comes with it.
        #expect(number > count - 3, "cancelled at \(number): done")
        #expect(rig.wrongImages == [])
      }
      #expect(await rig.outcome { try await rig.flash() } == .done, "after cancelling at \(number)")
      #expect(rig.wrongImages == [], "after cancelling at \(number)")
    }
  }

  private func traceCount(_ medium: FlashRig.Medium) async throws -> Int {
    let rig = try rig(medium)
    _ = try await rig.flash()
    return rig.log.traces.count
  }

  /// Flashes in a task that is cancelled when the n-th message is traced; `nil` for a success.
  private func cancelled(_ rig: FlashRig, at number: Int) async -> MkIIError? {
    let (gate, opening) = AsyncStream.makeStream(of: Void.self)
    let task = Task { () -> MkIIError? in
      for await _ in gate { break }
      do {
        _ = try await rig.flash()
        return nil
      } catch {
        let underlying = (error as? PlanRunner.Failure)?.underlying
        // Between two steps the runner itself stops.
        if underlying is CancellationError { return .cancelled }
        return underlying as? MkIIError ?? error as? MkIIError ?? .invalidItem("\(error)")
      }
    }
    rig.log.onEachTrace { if $0 == number { task.cancel() } }
    opening.yield()
    return await task.value
  }
}
