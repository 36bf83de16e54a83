import FlashCore
import Glibc

/// Sorts the words after `flash` into descriptor files and `REGION=FILE` pairs.
enum FlashInputs {
  static func request(
    _ inputs: [String], types: [String] = [], isStrict: Bool = false, layoutPath: String? = nil,
    isForced: Bool = false, reboots: Bool = true, exists: (String) -> Bool = { unsafe access($0, F_OK) == 0 }
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
