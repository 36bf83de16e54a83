import ArgumentParser
import FlashCore
import FlashImages
import Qualcomm
import WireFormat

/// `flashctl qcom firehose xml`
struct FirehoseXMLCommand: ProgrammerCommand {
  static let configuration = CommandConfiguration(
    commandName: "xml", abstract: "Send a document of your own to a programmer.",
    discussion: """
      FILE, or the text itself when it begins with "<". A bare element gets <data> around it. Nothing is checked: the \
      device does what it is told. Raw data go out of --raw-in and come into --raw-out: as many as a <read> says, else as \
      --raw-length says, else all that come before the device's response, 1 GiB at most.
      """)

  @Argument(help: "A file, or the XML itself.") var document: String

  @Option(
    help: ArgumentHelp("The file that is sent when the device asks for raw data.", valueName: "file"),
    completion: .file())
  var rawIn: String?

  @Option(help: ArgumentHelp("The file that raw data of the device go to.", valueName: "file"), completion: .file())
  var rawOut: String?

  @Option(
    help: ArgumentHelp("How many bytes go to --raw-out, where the document does not say.", valueName: "bytes"))
  var rawLength: ByteCountArgument?

  @Flag(help: "Send it before the programmer is configured, as a manufacturer's authentication has to be.")
  var noConfigure = false

  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  mutating func validate() throws {
    if rawIn != nil, rawOut != nil { throw ValidationError("Raw data go one way: --raw-in or --raw-out.") }
    if let rawLength, rawOut == nil || rawLength.byteCount == 0 {
      throw ValidationError("--raw-length goes with --raw-out, and is more than nothing.")
    }
  }

  /// More than any programmer takes.
  private static let limit: UInt64 = 64 << 10

  func execute(_ console: Console) async throws {
    let bytes = try bytes()
    let input = try rawIn.map { try FileImageSource(path: $0) }
    let output = try rawOut.map { try OutputFile.begin(at: $0, replacing: true) }
    let reply = try await run("send a document", on: console) { target, _ in
      try await target.send(
        document: bytes, input: input, output: output, outputByteCount: rawLength?.byteCount,
        configures: !noConfigure)
    }
    try output?.commit()
    for line in reply.logs { console.result(line) }
    let attributes = reply.response.attributes.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: " ")
    console.result("ACK" + (attributes.isEmpty ? "" : " " + attributes))
    console.event(
      "result",
      [
        "status": "done", "logs": .array(reply.logs.map(JSONValue.string)),
        "attributes": .object(reply.response.attributes.map { (key: $0.name, value: .string($0.value)) }),
        "bytes": output.map { .unsigned($0.byteCount) } ?? .null,
      ])
  }

  private func bytes() throws -> [UInt8] {
    var text = Array(document.utf8)
    if text.first(where: { $0 > 0x20 }) != UInt8(ascii: "<") {
      let file = try RegularFile(path: document)
      let count = try file.length()
      guard count <= Self.limit else { throw ImageError.tooLarge(path: document, byteCount: count) }
      text = try file.bytes(at: 0, count: Int(count))
    }
    guard let element = try? XMLDocument(parsing: text).root, !element.isNamed("data"), element.children.isEmpty else {
      return text
    }
    return Qualcomm.FirehoseDocument.bytes(of: element)
  }
}
