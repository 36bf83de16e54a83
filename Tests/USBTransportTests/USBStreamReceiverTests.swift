import CUSBShim
import FlashCore
import FlashImages
import Testing
import USBWire

@testable import USBTransport

@Suite("A stream of data from a USB device")
struct USBStreamReceiverTests {
  let bus = FakeBus()
  let consumer = CollectingConsumer()

  func receive(
    _ byteCount: Int, transferSize: Int = 1024, from device: FakeDevice, into consumer: CollectingConsumer? = nil,
    clock: any LinkClock = PatientClock()
  ) async throws -> UInt64 {
    let link = try await bus.openLink(to: device, clock: clock)
    return try await link.receiveStream(
      byteCount: UInt64(byteCount), from: .input(1), transferSize: transferSize, idleLimit: .seconds(10),
      into: consumer ?? self.consumer)
  }

  /// Sends `bytes` in full transfers, as long as there are any; then nothing comes.
  static func source(_ bytes: [UInt8]) -> FakeDevice {
    let left = Locked(bytes)
    return FakeDevice { _, submission in
      left.withLock { left in
        guard !left.isEmpty else { return .hang() }
        defer { left.removeFirst(min(left.count, submission.count)) }
        return .complete(data: Array(left.prefix(submission.count)))
      }
    }
  }

  @Test(
    "delivers every byte once and in order, and asks for whole packets only",
    arguments: [1, 511, 512, 513, 1024, 1025, 4096, 10_000, 65_536])
  func order(_ count: Int) async throws {
    let bytes = ArraySource.counting(count).bytes
    let device = Self.source(bytes)
    #expect(try await receive(count, from: device) == UInt64(count))
    #expect(consumer.bytes == bytes)
    #expect(device.submissions.allSatisfy { $0.count % 512 == 0 && $0.count <= 1024 && $0.timeout == 0 })
    #expect(device.submissions.reduce(0) { $0 + $1.count } == (count + 511) / 512 * 512)
    #expect(device.inFlight == 0)
  }

  @Test func `receives nothing for no bytes`() async throws {
    let device = FakeDevice()
    #expect(try await receive(0, from: device) == 0)
    #expect(device.submissions.isEmpty)
  }

  @Test func `keeps four transfers in flight, in four buffers`() async throws {
    let device = Self.source(ArraySource.counting(40_000).bytes)
    _ = try await receive(40_000, from: device)
    #expect(device.mostInFlight == 4 && device.allocations == 4)
  }

  @Test("ends with a short packet, and says how many bytes came", arguments: [0, 100, 512])
  func short(_ rest: Int) async throws {
    let device = FakeDevice { index, submission in
      switch index {
      case 0, 1: .complete(data: [UInt8](repeating: 7, count: submission.count))
      case 2: .complete(count: rest, data: [UInt8](repeating: 8, count: rest))
      default: .hang()
      }
    }
    #expect(try await receive(20_000, from: device) == UInt64(2048 + rest))
    #expect(consumer.bytes.count == 2048 + rest)
    #expect(device.inFlight == 0)
  }

  /// Of 20 transfers' worth, every third transfer is empty, as devices that end their pieces have it.
  @Test func `gives up a device that sends empty packets for ever`() async throws {
    let device = FakeDevice { _, _ in .complete(count: 0, data: []) }
    await #expect(throws: StreamError.link(.timedOut(after: .seconds(10)), accepted: 0)) {
      _ = try await receive(3072, from: device, into: CollectingConsumer(expecting: 3072))
    }
    #expect(device.inFlight == 0)
  }

  @Test func `hands what came behind the end to a consumer that passes short transfers`() async throws {
    // 1024 bytes are asked for in one transfer, after 924 that are short.
    let pieces = [100, 1024, 1024, 1024, 5]
    let device = FakeDevice { index, _ in
      index < pieces.count ? .complete(data: [UInt8](repeating: UInt8(index), count: pieces[index])) : .hang()
    }
    let consumer = CollectingConsumer(expecting: 3072)
    #expect(try await receive(3072, from: device, into: consumer) == 3072)
    #expect(consumer.bytes.count == 3072 + 100 || consumer.bytes.count == 3072 + 105)
    #expect(device.inFlight == 0)
  }

  @Test func `goes on past short transfers when the consumer says so, and asks for what they were short by`()
    async throws
  {
    let bytes = ArraySource.counting(20 * 1024).bytes
    let left = Locked(bytes)
    let device = FakeDevice { index, submission in
      left.withLock { left in
        guard !left.isEmpty else { return .hang() }
        let count = index % 3 == 2 ? 0 : index % 3 == 1 ? 100 : submission.count
        defer { left.removeFirst(min(left.count, count)) }
        return .complete(count: min(left.count, count), data: Array(left.prefix(count)))
      }
    }
    let consumer = CollectingConsumer(expecting: bytes.count)
    #expect(try await receive(bytes.count, from: device, into: consumer) == UInt64(bytes.count))
    #expect(consumer.bytes == bytes)
    #expect(device.inFlight == 0)
  }

  @Test func `does not hide what a device sends behind a short packet`() async throws {
    let device = FakeDevice { index, submission in
      .complete(data: [UInt8](repeating: 7, count: index == 1 ? 5 : submission.count))
    }
    await #expect(throws: StreamError.link(.overflow(endpoint: .input(1)), accepted: 1029)) {
      _ = try await receive(20_000, from: device)
    }
    #expect(consumer.bytes.count == 1029)
  }

  @Test func `refuses more than it asked for`() async throws {
    let device = FakeDevice { _, submission in .complete(data: [UInt8](repeating: 7, count: submission.count)) }
    await #expect(throws: StreamError.link(.overflow(endpoint: .input(1)), accepted: 100)) {
      _ = try await receive(100, from: device)
    }
  }

  @Test func `delivers what came before a failure`() async throws {
    let device = FakeDevice { index, submission in
      switch index {
      case 0: .complete(data: [UInt8](repeating: 7, count: submission.count))
      case 1: .complete(status: LIBUSB_TRANSFER_STALL, data: [1, 2, 3])
      default: .hang()
      }
    }
    await #expect(throws: StreamError.link(.stalled(endpoint: .input(1)), accepted: 1027)) {
      _ = try await receive(20_000, from: device)
    }
    #expect(consumer.bytes.suffix(3) == [1, 2, 3])
    #expect(device.inFlight == 0)
  }

  @Test func `ends with the consumer's error`() async throws {
    let device = Self.source(ArraySource.counting(20_000).bytes)
    await #expect(throws: StreamError.image(CollectingConsumer.refusal)) {
      _ = try await receive(20_000, from: device, into: CollectingConsumer(failing: 3000))
    }
    #expect(device.inFlight == 0)
  }

  @Test func `gives up when nothing comes for the idle limit`() async throws {
    let device = FakeDevice { _, _ in .hang() }
    await #expect(throws: StreamError.link(.timedOut(after: .seconds(10)), accepted: 0)) {
      _ = try await receive(20_000, from: device, clock: VirtualClock())
    }
    #expect(device.inFlight == 0)
  }

  @Test func `ends when the task is cancelled`() async throws {
    let device = Self.source(ArraySource.counting(2048).bytes)
    let task = Task { try await receive(20_000, from: device) }
    await device.submitted(5)
    task.cancel()
    let result = await task.result
    #expect(throws: StreamError.link(.cancelled, accepted: 2048)) { _ = try result.get() }
    #expect(device.inFlight == 0)
  }
}
