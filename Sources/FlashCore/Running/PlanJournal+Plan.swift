import FlashImages
import FoundationEssentials

/// Plans that were made from what a device held: another one would come of it once they have begun, so that they are kept
/// beside their journal.
extension PlanJournal {
  private static let keptSuffix = ".plan"
  /// No plan that is kept is longer.
  private static let maximumPlanByteCount: UInt64 = 16 << 20

  func keptPath(at place: Place) -> String {
    place.folder + "/" + place.prefix + planDigest.prefix(16) + Self.keptSuffix
  }

  /// Keeps the plan until its journal is removed.
  func keep(_ plan: FlashPlan) throws {
    guard let place else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let file = try OutputFile.begin(at: keptPath(at: place), replacing: true)
    try file.append(Array(try encoder.encode(plan)))
    try file.commit()
  }

  /// A plan of `family` that has begun on the device and cannot be made again, and how many of its steps are done; `nil`
  /// where there is none.
  public static func begunPlan(at place: Place, family: String) -> (plan: FlashPlan, finished: Int, path: String)? {
    for candidate in [place.byPort, place].compactMap(\.self) {
      let names = (try? Self.names(in: candidate.folder)) ?? []
      for name in names.sorted() where name.hasPrefix(candidate.prefix) && name.hasSuffix(keptSuffix) {
        guard let plan = Self.plan(at: candidate.folder + "/" + name), plan.family == family,
          let journal = try? load(plan, at: candidate)
        else { continue }
        return (plan, journal.finished, journal.path)
      }
    }
    return nil
  }

  private static func plan(at path: String) -> FlashPlan? {
    guard let file = try? RegularFile(path: path, followingLinks: false), let length = try? file.length(),
      length <= maximumPlanByteCount, let bytes = try? file.bytes(at: 0, count: Int(length))
    else { return nil }
    return try? JSONDecoder().decode(FlashPlan.self, from: Data(bytes))
  }
}
