import FlashCore
import FlashImages
import Glibc
import USBTransport
import USBWire

/// Selectors of the gadgets that the guest script makes. All of them have vendor 0525.
enum Gadget {
  static let vendor: UInt16 = 0x0525
  static let sink = "usb:0525:a4a0"
  static let loop = "usb:0525:a4a8"
  static let acm = "usb:0525:a4a7"
  static let phonet = "serial:PHONET"

  /// The only gadget, when there is one.
  static func device() throws -> USBDeviceInfo {
    guard let device = try USBDiscovery().devices().first(where: { $0.vendorID == vendor }) else {
      throw Failure(description: "no gadget")
    }
    return device
  }

  /// Plugs the SourceSink gadget in where the guest script had it.
  static func plugSink() throws { try bindSink(to: "dummy_udc.0") }

  /// Unplugs the SourceSink gadget, unless it is unplugged already.
  static func unplugSink() throws { try bindSink(to: "") }

  private static func bindSink(to controller: String) throws {
    let file = open("/sys/kernel/config/usb_gadget/sourcesink/UDC", O_WRONLY)
    defer { close(file) }
    let text = Array((controller + "\n").utf8)
    if write(file, text, text.count) >= 0 || (controller.isEmpty && errno == ENODEV) { return }
    throw Failure(description: "cannot bind the gadget to '\(controller)': errno \(errno)")
  }
}

/// The first bulk endpoints of a device; `packet` is their maximum packet size.
struct BulkPair: Sendable {
  var input: EndpointAddress
  var output: EndpointAddress
  var packet: Int

  init(of link: any Link) throws {
    guard case .usb(let device) = link.kind, let setting = device.configuration?.settings.first else {
      throw Failure(description: "no configuration")
    }
    let bulk = setting.endpoints.filter { $0.transferType == .bulk }
    guard let input = bulk.first(where: { $0.address.isInput }), let output = bulk.first(where: { !$0.address.isInput })
    else { throw Failure(description: "no bulk endpoints") }
    self.input = input.address
    self.output = output.address
    packet = Int(output.maximumPacketSize)
  }
}

func makeProvider(_ selector: String) throws -> USBLinkProvider {
  USBLinkProvider(selector: try DeviceSelector(parsing: selector)) { _ in nil }
}

/// Opens the device, claims its interface 0, and closes link and provider whatever `body` does.
func withClaimed(_ selector: String, _ body: (any Link, BulkPair) async throws -> Void) async throws {
  let provider = try makeProvider(selector)
  let link = try await provider.open(waitLimit: .seconds(60))
  do {
    try await link.claim(interface: 0)
    try await body(link, BulkPair(of: link))
  } catch {
    await link.close()
    await provider.close()
    throw error
  }
  await link.close()
  await provider.close()
}

/// `count` bytes of zeros, which SourceSink wants to see, without memory for them.
struct Zeros: ImageSource {
  var count: UInt64
  var byteCount: UInt64? { count }
  func open() throws(ImageError) -> any ImageReader { Reader(count) }

  /// Used by one stream at a time.
  final class Reader: ImageReader, @unchecked Sendable {
    var left: UInt64?
    init(_ count: UInt64) { left = count }
    func next() throws(ImageError) -> ImageExtent? {
      defer { left = nil }
      return left.map { .fill(.zeros, length: $0) }
    }
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {}
  }
}

func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

/// What a file of /proc or /sys says.
func text(_ path: String) -> String {
  guard let file = fopen(path, "r") else { return "" }
  defer { fclose(file) }
  var bytes = zeros(1 << 18)
  let count = fread(&bytes, 1, bytes.count, file)
  return String(decoding: bytes.prefix(count), as: UTF8.self)
}
