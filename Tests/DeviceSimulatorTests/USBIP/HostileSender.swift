import Dispatch
import Glibc
import USBWire

@testable import DeviceSimulator

/// Sends device descriptor requests from a thread of its own, while another one reads the answers or does not.
struct HostileSender {
  private nonisolated(unsafe) let client: USBIPTestClient

  init(_ client: USBIPTestClient) { self.client = client }

  /// Sends on the client's stream, whose numbers have not been used; ask `wait` for the end.
  func start(_ count: Int) -> DispatchGroup {
    let group = DispatchGroup()
    let stream = client.stream
    let deviceID = client.deviceID
    let setup = SetupPacket.getDescriptor(.device, index: 0, length: 18)
    client.expectInputs(1001...1000 + UInt32(count))
    DispatchQueue(label: "sender").async(group: group) { @Sendable in
      for sequence in 1001...1000 + UInt32(count) {
        var bytes: [UInt8] = []
        USBIPSubmit(sequence: sequence, deviceID: deviceID, endpoint: .input(0), byteCount: 18, setup: setup)
          .serialize(into: &bytes)
        guard (try? stream.send(bytes)) != nil else { return }
      }
    }
    return group
  }
}

/// A socket of the server that is not kept open by watching it.
struct Watched {
  weak var socket: StreamSocket?
}

extension DeviceHostRig {
  /// Connects as soon as the client before is noticed to have gone.
  func connectWhenFree() throws -> (client: USBIPTestClient, socket: Watched) {
    while true {
      let (socket, stream) = try pair()
      guard let export = host.export else { throw Refused(status: .noDevice) }
      let status = host.serve(socket)
      if status == .done { return (USBIPTestClient(stream, deviceID: export.record.deviceID), Watched(socket: socket)) }
      guard status == .busy else { throw Refused(status: status) }
      sched_yield()
    }
  }
}
