import FlashCore
import Glibc
import USBWire
import WireFormat

/// A USB/IP server as a client asks it: what it exports, and for one of those devices.
struct USBIPServer: Sendable {
  /// A device that the server exports, without having been asked anything itself.
  struct Export: Equatable, Sendable {
    var record: USBIPDeviceRecord
    var interfaces: [USBIPDeviceRecord.Interface]
  }

  /// A device that is ours until the connection ends.
  struct Import: Sendable {
    var record: USBIPDeviceRecord
    var socket: USBIPSocket
  }

  let address: NetworkAddress
  var limits: USBIPLimits
  let clock: any LinkClock

  /// Everything that the server exports, whoever uses it. `name` is what errors call it.
  func exports(for name: String) async throws(OpenError) -> [Export] {
    let socket = try await connect(for: name)
    do throws(LinkError) {
      return try await withLimit { end async throws(LinkError) in try await exports(socket, end) }
    } catch {
      throw error == .cancelled ? .cancelled : .link(error, while: "list")
    }
  }

  private func exports(_ socket: USBIPSocket, _ end: Duration) async throws(LinkError) -> [Export] {
    let status = try await ask(.requestDeviceList, [], .replyDeviceList, socket, end)
    guard status == .done else { throw .violation(field: "status", value: UInt64(status.rawValue)) }
    let count = try await read(4, socket, end) { bytes throws(WireError) in
      try bytes.load(bigEndian: UInt32.self, at: 0)
    }
    guard count <= limits.deviceCount else { throw .violation(field: "device count", value: UInt64(count)) }
    var exports: [Export] = []
    for _ in 0..<count {
      let record = try await read(USBIPDeviceRecord.byteCount, socket, end, as: USBIPDeviceRecord.init(parsing:))
      var interfaces: [USBIPDeviceRecord.Interface] = []
      for _ in 0..<record.interfaceCount {
        interfaces.append(
          try await read(
            USBIPDeviceRecord.interfaceByteCount, socket, end, as: USBIPDeviceRecord.Interface.init(parsing:)))
      }
      exports.append(Export(record: record, interfaces: interfaces))
    }
    return exports
  }

  /// What the server said to an IMPORT.
  enum ImportAnswer: Sendable {
    case imported(Import)
    case refused(USBIPOperation.Status)
  }

  func importDevice(_ busID: String, for name: String) async throws(OpenError) -> ImportAnswer {
    let socket = try await connect(for: name)
    do throws(LinkError) {
      return try await withLimit { end async throws(LinkError) in try await importDevice(busID, socket, end) }
    } catch {
      throw error == .cancelled ? .cancelled : .link(error, while: "import")
    }
  }

  private func importDevice(
    _ busID: String, _ socket: USBIPSocket, _ end: Duration
  ) async throws(LinkError) -> ImportAnswer {
    var body: [UInt8] = []
    USBIPBusID(busID).serialize(into: &body)
    let status = try await ask(.requestImport, body, .replyImport, socket, end)
    guard status == .done else { return .refused(status) }
    let record = try await read(USBIPDeviceRecord.byteCount, socket, end, as: USBIPDeviceRecord.init(parsing:))
    guard record.busID == busID else { throw .violation(field: "busid", value: 0) }
    return .imported(Import(record: record, socket: socket))
  }

  // MARK: One question

  /// Sends a question and receives the head of its answer.
  private func ask(
    _ question: USBIPOperation.Code, _ body: [UInt8], _ answer: USBIPOperation.Code, _ socket: USBIPSocket,
    _ end: Duration
  ) async throws(LinkError) -> USBIPOperation.Status {
    var message: [UInt8] = []
    USBIPOperation(question).serialize(into: &message)
    try await socket.send(message + body, until: end)
    let reply = try await read(USBIPOperation.byteCount, socket, end, as: USBIPOperation.init(parsing:))
    guard reply.code == answer else { throw .violation(field: "code", value: UInt64(reply.code.rawValue)) }
    return reply.status
  }

  private func read<Value>(
    _ count: Int, _ socket: USBIPSocket, _ end: Duration, as parse: (RawSpan) throws(WireError) -> Value
  ) async throws(LinkError) -> Value {
    let bytes = try await socket.receive(count, until: end)
    do throws(WireError) { return try parse(bytes.rawSpan) } catch {
      guard case .invalid(let field, _, let value) = error else { throw .violation(field: "length", value: 0) }
      throw .violation(field: field, value: value)
    }
  }

  /// Runs an exchange against the limit for one, and names that limit when it has passed.
  private func withLimit<Value>(
    _ exchange: (_ end: Duration) async throws(LinkError) -> Value
  ) async throws(LinkError) -> Value {
    do throws(LinkError) { return try await exchange(clock.now + limits.question) } catch {
      if case .timedOut = error { throw .timedOut(after: limits.question) }
      throw error
    }
  }

  private func connect(for name: String) async throws(OpenError) -> USBIPSocket {
    let connector = TCPConnector(host: address.host, port: address.port, clock: clock)
    do throws(TCPConnector.Failure) {
      return USBIPSocket(try await connector.connect(within: limits.connect), clock: clock)
    } catch {
      switch error {
      case .unresolved(let code): throw .unreachable(selector: name, reason: ResolverCode.name(code))
      case .refused(let code): throw .unreachable(selector: name, reason: errnoName(code))
      case .timedOut: throw .unreachable(selector: name, reason: errnoName(ETIMEDOUT))
      case .cancelled: throw .cancelled
      }
    }
  }
}
