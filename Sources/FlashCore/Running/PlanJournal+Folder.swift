import FlashImages
import Glibc

extension PlanJournal {
  /// Why a journal cannot be kept, in the system's words where it is the system that refuses.
  static func reason(_ error: any Error) -> String {
    guard case .system(_, _, let number)? = error as? ImageError, let text = unsafe strerror(number) else {
      return "\(error)"
    }
    return unsafe String(cString: text)
  }

  /// Makes the folder and those above it, for its owner alone.
  static func makeFolder(_ path: String) throws(ImageError) {
    var position = path.startIndex
    while position < path.endIndex {
      let next = path[path.index(after: position)...].firstIndex(of: "/") ?? path.endIndex
      let folder = String(path[..<next])
      // Folders above may be anybody's; only the last one has to be there.
      if unsafe mkdir(folder, 0o700) != 0, errno != EEXIST, next == path.endIndex {
        throw .system(operation: "create", path: folder, errno: errno)
      }
      position = next
    }
  }

  /// Names in a folder; none when it cannot be read.
  static func names(in folder: String) throws(ImageError) -> [String] {
    guard let stream = unsafe opendir(folder) else { return [] }
    defer { unsafe closedir(stream) }
    var names: [String] = []
    while let entry = unsafe readdir(stream) {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      names.append(name)
    }
    return names
  }
}
