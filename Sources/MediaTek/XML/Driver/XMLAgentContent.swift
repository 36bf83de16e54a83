import FlashCore
import FlashImages
import WireFormat

/// The bytes behind the files of one command, in the order in which `XMLAgentFiles` offers them.
struct XMLAgentContent: Sendable {
  enum Outgoing: Sendable {
    case bytes([UInt8])
    /// Can be sent once. Has `byteCount` bytes; zeros follow where the device was told of more.
    case stream(ImageStream, byteCount: UInt64)
    /// Can be sent as often as it is wanted.
    case image(any ImageSource, byteCount: UInt64)
  }

  var outgoing: [Outgoing] = []
  /// Takes the one file that the device hands over.
  var incoming: (any StreamConsumer)?
  /// Takes what an update hands over.
  var folder: XMLAgentFolder?

  init(_ outgoing: [Outgoing] = [], incoming: (any StreamConsumer)? = nil, folder: XMLAgentFolder? = nil) {
    self.outgoing = outgoing
    self.incoming = incoming
    self.folder = folder
  }

  /// A pass over a file, from its first byte.
  func open(
    _ origin: XMLAgentFiles.Outgoing.Origin, byteCount: UInt64
  ) throws(ImageError) -> XMLAgentDataReader {
    switch origin {
    case .received(let place):
      guard let folder else { throw .missing(path: "") }
      let file = try folder.source(place)
      return XMLAgentDataReader(try ImageStream(file), byteCount: byteCount, imageByteCount: byteCount)
    case .offered(let place):
      guard outgoing.indices.contains(place) else { throw .missing(path: "") }
      switch outgoing[place] {
      case .bytes(let bytes):
        let source = try RandomAccessImageSource(MemoryBytes(bytes))
        return XMLAgentDataReader(
          try ImageStream(source), byteCount: byteCount, imageByteCount: UInt64(bytes.count))
      case .stream(let stream, let count):
        return XMLAgentDataReader(stream, byteCount: byteCount, imageByteCount: count)
      case .image(let image, let count):
        return XMLAgentDataReader(try ImageStream(image), byteCount: byteCount, imageByteCount: count)
      }
    }
  }

  /// Whether a second pass over the file is possible.
  func isRepeatable(_ origin: XMLAgentFiles.Outgoing.Origin) -> Bool {
    guard case .offered(let place) = origin, outgoing.indices.contains(place), case .stream = outgoing[place] else {
      return true
    }
    return false
  }
}
