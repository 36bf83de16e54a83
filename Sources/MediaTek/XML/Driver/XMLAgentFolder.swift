import FlashCore
import FlashImages
import Synchronization
import WireFormat

/// The folder that an update's own files go to, and come back from: record file and protected partitions.
///
/// Names have been checked by the session; existing files are never replaced but those that this update has made.
final class XMLAgentFolder: Sendable {
  private struct State {
    /// Files that are being written, and those that are complete, by their places.
    var open: [Int: OutputFile] = [:]
    var names: [Int: String] = [:]
  }

  private let folder: OutputFolder
  private let state = Mutex(State())

  init(_ folder: OutputFolder) { self.folder = folder }

  /// Names of the files that are complete.
  var names: [String] { state.withLock { $0.names.sorted { $0.key < $1.key }.map(\.value) } }

  /// The file for a place, begun when it is first asked for.
  func output(_ place: Int, name: String) throws(ImageError) -> any StreamConsumer {
    if let file = state.withLock({ $0.open[place] }) { return file }
    let isOwn = state.withLock { $0.names.values.contains(name) }
    let file = try folder.create(name, replacing: isOwn)
    state.withLock { $0.open[place] = file }
    return file
  }

  /// All bytes are there.
  func finish(_ place: Int, name: String) throws(ImageError) {
    guard let file = state.withLock({ $0.open.removeValue(forKey: place) }) else { return }
    try file.commit()
    state.withLock { $0.names[place] = name }
  }

  func source(_ place: Int) throws(ImageError) -> any ImageSource {
    guard let name = state.withLock({ $0.names[place] }) else { throw .missing(path: folder.path) }
    return try RandomAccessImageSource(try RegularFile(path: folder.path(of: name)))
  }
}
