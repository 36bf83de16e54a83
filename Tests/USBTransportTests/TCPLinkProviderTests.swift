import FlashCore
import Glibc
import Testing

@testable import USBTransport

@Suite("The provider of TCP links")
struct TCPLinkProviderTests {
  @Test func `is named as users write it`() {
    #expect(TCPLinkProvider(host: "phone", port: 4000).name == "tcp:phone:4000")
    #expect(TCPLinkProvider(host: "::1", port: 4000).name == "tcp:[::1]:4000")
  }

  @Test func `says that a connection was refused`() async throws {
    let server = try #require(TestServer(isListening: false))
    let provider = TCPLinkProvider(host: "127.0.0.1", port: server.port, clock: PatientClock())
    await #expect(throws: OpenError.unreachable(selector: provider.name, reason: "ECONNREFUSED")) {
      _ = try await provider.open(waitLimit: nil)
    }
  }

  @Test func `says that a name is unknown`() async throws {
    let provider = TCPLinkProvider(host: "no-such-host.invalid", port: 4000, clock: PatientClock())
    do {
      _ = try await provider.open(waitLimit: nil)
      Issue.record("connected to an unknown host")
    } catch {
      guard case .unreachable(let selector, let reason) = error else { throw error }
      #expect(selector == "tcp:no-such-host.invalid:4000")
      // A machine without a resolver says that it may know later.
      #expect(["EAI_NONAME", "EAI_AGAIN", "EAI_FAIL", "EAI_NODATA", "EAI_SYSTEM"].contains(reason))
    }
  }

  @Test func `tries again until somebody listens`() async throws {
    let server = try #require(TestServer(isListening: false))
    let attempts = Locked(0)
    let clock = PatientClock {
      let count = attempts.withLock { count in
        count += 1
        return count
      }
      if count == 5 { server.listen() }
    }
    let link = try await TCPLinkProvider(host: "127.0.0.1", port: server.port, clock: clock).open(
      waitLimit: .seconds(60))
    #expect(attempts.withLock { $0 } == 5)
    await link.close()
  }

  @Test func `ends waiting at the limit`() async throws {
    let server = try #require(TestServer(isListening: false))
    let clock = PatientClock()
    let provider = TCPLinkProvider(host: "127.0.0.1", port: server.port, clock: clock)
    await #expect(throws: OpenError.timedOut(waitingFor: provider.name, after: .seconds(2))) {
      _ = try await provider.open(waitLimit: .seconds(2))
    }
    #expect(clock.now <= .seconds(2))
  }

  @Test func `ends waiting when the task is cancelled`() async throws {
    let server = try #require(TestServer(isListening: false))
    let provider = TCPLinkProvider(host: "127.0.0.1", port: server.port)
    let task = Task { _ = try await provider.open(waitLimit: .seconds(3600)) }
    task.cancel()
    await #expect(throws: OpenError.cancelled) { try await task.value }
  }

  @Test func `connects by name and over IPv6`() async throws {
    if let server = TestServer(family: AF_INET6) {
      let link = try await TCPLinkProvider(host: "::1", port: server.port, clock: PatientClock()).open(waitLimit: nil)
      await link.close()
    }
    let server = try #require(TestServer())
    let link = try await TCPLinkProvider(host: "localhost", port: server.port, clock: PatientClock())
      .open(waitLimit: nil)
    await link.close()
  }

  @Test func `does not know re-enumeration`() async {
    let provider = TCPLinkProvider(host: "127.0.0.1", port: 1)
    #expect(!provider.canReenumerate)
    await #expect(throws: OpenError.unsupported(selector: provider.name, reason: "re-enumeration")) {
      _ = try await provider.awaitReturn(within: .seconds(1)) { _ in true }
    }
  }
}
