import CUSBShim
import FlashCore
import Testing
import USBWire

@testable import USBTransport

@Suite("A USB transfer")
struct USBTransferTests {
  static func request(_ bytes: [UInt8] = [1, 2, 3]) throws -> USBTransfer.Request {
    let buffer = try #require(TransferBuffer(capacity: 16))
    buffer.store(bytes)
    return USBTransfer.Request(endpoint: .output(1), type: .bulk, buffer: buffer, count: bytes.count)
  }

  @Test func `completes with the bytes it moved`() async throws {
    let device = FakeDevice()
    let transfer = try #require(USBTransfer(calls: device.calls))
    #expect(await transfer.run(try Self.request()) == TransferCompletion(status: .completed, byteCount: 3))
    #expect(device.submissions.map(\.bytes) == [[1, 2, 3]])
  }

  @Test func `can be used again after it has completed`() async throws {
    let device = FakeDevice()
    let transfer = try #require(USBTransfer(calls: device.calls))
    for byte in 0..<3 as Range<UInt8> { _ = await transfer.run(try Self.request([byte])) }
    #expect(device.submissions.map(\.bytes) == [[0], [1], [2]])
  }

  @Test func `never reaches the library when it was cancelled before`() async throws {
    let device = FakeDevice()
    let transfer = try #require(USBTransfer(calls: device.calls))
    transfer.cancel()
    #expect(await transfer.run(try Self.request()) == .cancelled)
    #expect(device.submissions.isEmpty)
  }

  @Test func `that is cancelled in flight ends when the library has let go of the buffer`() async throws {
    let device = FakeDevice { _, _ in .hang(moved: 2) }
    let transfer = try #require(USBTransfer(calls: device.calls))
    let request = try Self.request()
    let task = Task { await transfer.run(request) }
    await device.submitted(1)
    #expect(device.inFlight == 1)
    task.cancel()
    #expect(await task.value == TransferCompletion(status: .cancelled, byteCount: 2))
    #expect(device.inFlight == 0)
  }

  @Test func `that completes although it was cancelled says that it completed`() async throws {
    let device = FakeDevice { _, _ in .complete() }
    let transfer = try #require(USBTransfer(calls: device.calls))
    transfer.start(try Self.request())
    transfer.cancel()
    #expect(await transfer.completion() == TransferCompletion(status: .completed, byteCount: 3))
  }

  @Test(
    "says how it ended",
    arguments: [
      (LIBUSB_TRANSFER_STALL, TransferCompletion.Status.stalled), (LIBUSB_TRANSFER_TIMED_OUT, .timedOut),
      (LIBUSB_TRANSFER_NO_DEVICE, .disconnected), (LIBUSB_TRANSFER_OVERFLOW, .overflow),
      (LIBUSB_TRANSFER_ERROR, .failed),
    ])
  func status(_ status: libusb_transfer_status, _ expected: TransferCompletion.Status) async throws {
    let device = FakeDevice { _, _ in .complete(status: status, count: 1) }
    let transfer = try #require(USBTransfer(calls: device.calls))
    #expect(await transfer.run(try Self.request()) == TransferCompletion(status: expected, byteCount: 1))
  }

  @Test func `that the library refuses ends at once`() async throws {
    let device = FakeDevice { _, _ in .refuse(LIBUSB_ERROR_NO_DEVICE.rawValue) }
    let transfer = try #require(USBTransfer(calls: device.calls))
    let completion = await transfer.run(try Self.request())
    #expect(completion.status == .refused(LIBUSB_ERROR_NO_DEVICE.rawValue))
    #expect(completion.error(endpoint: .output(1), timeout: .seconds(1)) == .disconnected)
  }

  @Test(
    "gives libusb its limit in milliseconds, rounded up",
    arguments: [
      (.milliseconds(1), 1), (.microseconds(1), 1), (.zero, 1), (.seconds(-5), 1), (.microseconds(1500), 2),
      (.seconds(5), 5000), (.seconds(Int64.max), UInt32.max),
    ] as [(Duration, UInt32)])
  func limit(_ duration: Duration, _ milliseconds: UInt32) {
    #expect(USBTransfer.milliseconds(duration) == milliseconds)
  }

  @Test func `keeps every promise under random completions and cancellations`() async throws {
    let device = FakeDevice { index, _ in index.isMultiple(of: 3) ? .hang() : .complete() }
    var outcomes: [TransferCompletion.Status] = []
    await withTaskGroup(of: TransferCompletion.Status.self) { group in
      for index in 0..<3000 {
        group.addTask {
          guard let transfer = USBTransfer(calls: device.calls), let request = try? Self.request() else {
            return .failed
          }
          let task = Task { await transfer.run(request) }
          let delay = Int.random(in: 0..<8)
          for _ in 0..<delay { await Task.yield() }
          // Without this cancellation a transfer that hangs would never end.
          task.cancel()
          if index.isMultiple(of: 7) { transfer.cancel() }
          return await task.value.status
        }
      }
      for await status in group { outcomes.append(status) }
    }
    #expect(device.inFlight == 0)
    #expect(outcomes.count == 3000)
    #expect(outcomes.allSatisfy { $0 == .completed || $0 == .cancelled })
  }
}
