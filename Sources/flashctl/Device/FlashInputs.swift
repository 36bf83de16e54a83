import FlashCore
import FlashImages
import Glibc

/// Sorts the words after `flash` into descriptor files and `REGION=FILE` pairs.
enum FlashInputs {
  static func request(
    _ inputs: [String], types: [String] = [], isStrict: Bool = false, layoutPath: String? = nil,
    isForced: Bool = false, reboots: Bool = true, exists: (String) -> Bool = Self.exists
  ) -> PlanRequest {
    var request = PlanRequest(
      types: types, isStrict: isStrict, layoutPath: layoutPath, isForced: isForced, reboots: reboots)
    for input in inputs {
      if let pair = pair(input), !exists(input) {
        request.pairs.append(pair)
      } else {
        request.descriptors.append(input)
      }
    }
    return request
  }

  static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// A file that is missing is said before a device is looked for.
  static func check(_ request: PlanRequest) throws {
    for descriptor in request.descriptors where !isFolder(descriptor) {
      do throws(ImageError) { _ = try RegularFile(path: descriptor) } catch {
        // What is behind `::` chooses within the file.
        guard case .missing = error, let mark = descriptor.lastRange(of: "::") else { throw error }
        let file = String(descriptor[..<mark])
        if !isFolder(file) { _ = try RegularFile(path: file) }
      }
    }
    try StandardInput.check(request.pairs.map(\.path))
    for path in request.pairs.map(\.path) + (request.layoutPath.map { [$0] } ?? []) where path != StandardInput.mark {
      guard try RegularFile(path: path).length() > 0 else {
        throw Diagnostic(
          code: "input.empty", message: "\(path): the file is empty, and writing it would change nothing",
          remedy: "get the file again; `flashctl erase` empties a region", exitStatus: .badData, step: "check the files"
        )
      }
    }
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// `kernel=zImage`: a region without a path separator, then a file. A file that itself is called so is a file.
  private static func pair(_ input: String) -> PlanRequest.Pair? {
    guard let equals = input.firstIndex(of: "="), equals != input.startIndex else { return nil }
    let region = input[..<equals]
    let path = input[input.index(after: equals)...]
    guard !path.isEmpty, region.allSatisfy({ $0.isLetter || $0.isNumber || "-_.:/+".contains($0) }),
      !region.hasPrefix("/"), !region.hasPrefix(".")
    else { return nil }
    return PlanRequest.Pair(region: String(region), path: String(path))
  }
}

extension String {
  /// Where the last occurrence of a short text begins.
  fileprivate func lastRange(of text: String) -> String.Index? {
    var index = endIndex
    while index > startIndex {
      index = self.index(before: index)
      if self[index...].hasPrefix(text) { return index }
    }
    return nil
  }
}
