import FlashCore
import MkII
import Testing

@Suite("Session start (6, 7)")
struct SessionStartTests {
  /// Answers requests from a table until the start has finished or failed.
  private func run(
    _ values: [String: String], policy: MkIIPolicy = MkIIPolicy(), tell: [UInt8] = [0]
  ) throws -> (answers: MkIIAnswers, requests: [MkIIRequest]) {
    var start = MkIISessionStart(policy: policy)
    var requests: [MkIIRequest] = []
    var action = start.start(now: .zero)
    while true {
      switch action {
      case .request(let request, _):
        requests.append(request)
        action = try start.receive(reply(to: request, values, tell))
      case .pause: action = start.resume(now: .zero)
      case .finish(let answers): return (answers, requests)
      }
    }
  }

  private func reply(to request: MkIIRequest, _ values: [String: String], _ tell: [UInt8]) -> MkIIReply {
    switch request {
    case .ping: MkIIReply(to: .ping, data: [])
    case .tell: MkIIReply(to: .tell, data: tell)
    case .get(let item): MkIIReply(to: .get, data: values[item].map { [0] + $0.utf8 } ?? [2])
    default: MkIIReply(to: .begin, data: [1])
    }
  }

  private static let rx51 = [
    "/update/protocol_version": "2", "/device/product_code": "RX-51", "/device/hw_build": "2101",
    "/update/supported_images": "xloader,secondary,kernel,mmc,cmt-2nd,cmt-algo,cmt-mcusw",
    "/version/sw_release": "RX-51_2009SE_21.2011.38-1_PR_MR0",
  ]

  @Test func `asks in the order that every known host uses`() throws {
    let (answers, requests) = try run(Self.rx51)
    #expect(
      requests == [
        .ping, .get(item: "/update/protocol_version"), .tell(item: "/update/host_protocol_version", value: "2"),
        .get(item: "/device/product_code"), .get(item: "/device/hw_build"), .get(item: "/update/supported_images"),
        .get(item: "/version/sw_release"),
      ])
    #expect(
      answers
        == MkIIAnswers(
          protocolVersion: "2", productCode: "RX-51", hardwareBuild: "2101",
          supportedImages: ["xloader", "secondary", "kernel", "mmc", "cmt-2nd", "cmt-algo", "cmt-mcusw"],
          softwareRelease: "RX-51_2009SE_21.2011.38-1_PR_MR0"))
  }

  @Test func `asks for the software release only of devices with version 2, and tells 2 to all`() throws {
    var values = Self.rx51
    values["/update/protocol_version"] = "1.8"
    let (answers, requests) = try run(values)
    #expect(answers.protocolVersion == "1.8")
    #expect(answers.softwareRelease == nil)
    #expect(requests.last == .get(item: "/update/supported_images"))
    #expect(requests[2] == .tell(item: "/update/host_protocol_version", value: "2"))
  }

  @Test func `a refused software release is no failure`() throws {
    var values = Self.rx51
    values["/version/sw_release"] = nil
    #expect(try run(values).answers.softwareRelease == nil)
  }

  @Test func `a refused TELL ends the session`() {
    #expect(throws: MkIIError.refused(request: "TELL", code: .wrongState)) { try run(Self.rx51, tell: [3]) }
  }

  @Test func `empty values are unknown, but an empty version is a violation`() throws {
    var values = Self.rx51
    for item in ["/device/product_code", "/device/hw_build", "/update/supported_images"] { values[item] = "" }
    let answers = try run(values).answers
    #expect(answers.productCode == "" && answers.hardwareBuild == "" && answers.supportedImages == [])
    values["/update/protocol_version"] = ""
    #expect(throws: MkIIError.violation(.emptyVersion, request: "GET")) { try run(values) }
  }

  @Test("refuses a hardware build that is no number up to 9999", arguments: ["21O1", "10000", "-1", "2 1"])
  func hardwareBuild(text: String) {
    var values = Self.rx51
    values["/device/hw_build"] = text
    #expect(throws: MkIIError.violation(.invalidHardwareBuild(text), request: "GET")) { try run(values) }
  }

  @Test func `PING has ten attempts with growing limits`() throws {
    var start = MkIISessionStart()
    var now = Duration.zero
    var limits: [Duration] = []
    var action = start.start(now: now)
    var failure: MkIIError?
    while failure == nil {
      switch action {
      case .request(.ping, let limit):
        limits.append(limit)
        now += limit
        do throws(MkIIError) {
          action = try start.fail(.noReply(request: "PING", after: limit), now: now)
        } catch { failure = error }
      case .pause(let moment):
        #expect(moment == now)
        action = start.resume(now: moment)
      default: Issue.record("unexpected \(action)"); return
      }
    }
    #expect(
      limits == [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2)]
        + Array(repeating: .seconds(5), count: 6))
    #expect(failure == .noReply(request: "PING", after: .seconds(5)))
  }

  @Test func `a service that is not running yet is asked again only when the attempt's time is over`() throws {
    var start = MkIISessionStart()
    #expect(start.start(now: .seconds(1)) == .request(.ping, limit: .milliseconds(250)))
    let action = try start.fail(.serviceNotRunning(request: "PING"), now: .milliseconds(1010))
    #expect(action == .pause(until: .milliseconds(1250)))
    #expect(start.resume(now: .milliseconds(1250)) == .request(.ping, limit: .milliseconds(500)))
  }

  @Test func `only silence and a missing service repeat PING; other requests are never repeated`() throws {
    var start = MkIISessionStart()
    _ = start.start(now: .zero)
    #expect(throws: MkIIError.transfer(.disconnected, during: "PING")) {
      try start.fail(.transfer(.disconnected, during: "PING"), now: .zero)
    }
    _ = try start.receive(MkIIReply(to: .ping, data: []))
    #expect(throws: MkIIError.noReply(request: "GET", after: .seconds(5))) {
      try start.fail(.noReply(request: "GET", after: .seconds(5)), now: .seconds(5))
    }
  }

  @Test func `a PING reply with data is a violation`() {
    var start = MkIISessionStart()
    _ = start.start(now: .zero)
    #expect(throws: MkIIError.violation(.pingCarriesData(byteCount: 1), request: "PING")) {
      try start.receive(MkIIReply(to: .ping, data: [0]))
    }
  }

  @Test func `a limit from the user bounds all attempts of PING together`() {
    let short = MkIIPolicy(timeout: .seconds(1))
    #expect(short.pingLimits == [.milliseconds(250), .milliseconds(500), .milliseconds(250)])
    #expect(short.messageLimit == .seconds(1))
    let long = MkIIPolicy(timeout: .seconds(60))
    #expect(long.pingLimits.count == 10)
    #expect(long.pingLimits.reduce(.zero, +) == .seconds(60))
    #expect(MkIIPolicy(timeout: nil) == MkIIPolicy())
  }
}
