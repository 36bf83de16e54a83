/// Which of two sets of partitions a device boots, as Qualcomm devices keep it in their partition tables.
///
/// Partitions are slotted when `NAME_a` and `NAME_b` both exist, in whatever LUN. Source:
/// `docs/protocols/android-images.md` 5.7.
public struct GPTSlots: Equatable, Sendable {
  public enum Slot: String, CaseIterable, Equatable, Sendable {
    case a, b

    public var other: Slot { self == .a ? .b : .a }
  }

  /// How the attributes of a newly active slot are written.
  public enum Style: String, CaseIterable, Equatable, Sendable {
    /// As the operating system does it: priority 3, active, 7 tries, not yet successful; the other slot is only no
    /// longer active.
    case system
    /// As a widely used tool does it: `boot` gets 0x6F and 0x3A, the others the active bit alone.
    case edl
  }

  /// An entry of one of the tables.
  public struct Place: Hashable, Sendable {
    /// Which table, in the order they were given: the LUN.
    public let table: Int
    public let index: Int
  }

  /// The partitions `NAME_a` and `NAME_b`.
  public struct Pair: Equatable, Sendable {
    public let name: String
    public let a: Place
    public let b: Place
  }

  public private(set) var tables: [GPTTable]
  public let pairs: [Pair]

  /// Takes the tables of all LUNs, in order.
  public init(_ tables: [GPTTable]) {
    self.tables = tables
    var places: [String: Place] = [:]
    var names: [String] = []
    for (number, table) in tables.enumerated() {
      for partition in table.partitions where places[partition.entry.name] == nil {
        places[partition.entry.name] = Place(table: number, index: partition.index)
        names.append(partition.entry.name)
      }
    }
    pairs = names.compactMap { name in
      guard name.hasSuffix("_a"), let a = places[name], let b = places[name.dropLast(2) + "_b"] else { return nil }
      return Pair(name: String(name.dropLast(2)), a: a, b: b)
    }
  }

  private func entry(_ place: Place) -> GPTEntry { tables[place.table].entries[place.index] }

  /// The slot of which a pair's entry is marked active; `nil` when none or both are.
  public func activeSlot(of pair: Pair) -> Slot? {
    switch (entry(pair.a).attributes.isActiveSlot, entry(pair.b).attributes.isActiveSlot) {
    case (true, false): .a
    case (false, true): .b
    default: nil
    }
  }

  /// Pairs that do not say what `current` says: a change of slots was cut off, or somebody else made the table.
  public var dissenting: [Pair] { pairs.filter { activeSlot(of: $0) != current } }

  /// Whether a change of slots was cut off between the tables that a pair's entries are in: both are active, and have the
  /// same type by then, because the table of the chosen one is written first.
  private func isHalfChanged(_ pair: Pair) -> Bool {
    pair.a.table != pair.b.table && entry(pair.a).attributes.isActiveSlot && entry(pair.b).attributes.isActiveSlot
      && entry(pair.a).type == entry(pair.b).type
  }

  /// The type that entries have which are not active, where all agree: what a half-changed pair has lost.
  private var idleType: GUID? {
    let types = Set(
      pairs.compactMap { pair in activeSlot(of: pair).map { entry($0 == .a ? pair.b : pair.a).type } })
    return types.count == 1 ? types.first : nil
  }

  /// Tables in the order in which they are best written: those that hold the chosen one of a pair whose other one lies in
  /// another table, then the rest, then those that hold the other one. Cut off in between, there are two that boot, and
  /// never none.
  public func writingOrder(_ numbers: [Int], to slot: Slot) -> [Int] {
    let divided = pairs.filter { $0.a.table != $0.b.table }
    let first = Set(divided.map { slot == .a ? $0.a.table : $0.b.table })
    let last = Set(divided.map { slot == .a ? $0.b.table : $0.a.table }).subtracting(first)
    func rank(_ number: Int) -> Int { first.contains(number) ? 0 : last.contains(number) ? 2 : 1 }
    return numbers.sorted { (rank($0), $0) < (rank($1), $1) }
  }

  /// The slot that boots: by `boot`, else by the first pair; `nil` when that is unknown, or nothing is slotted.
  public var current: Slot? { (pairs.first { $0.name == "boot" } ?? pairs.first).flatMap(activeSlot) }

  /// Makes a slot the one that boots: exchanges the type GUIDs of pairs whose other entry was active, and sets the
  /// attributes. Nothing is changed when it throws. Returns the numbers of the tables that changed.
  ///
  /// `assumingA` takes `a` for active where a pair does not say; otherwise that is an error.
  public mutating func activate(
    _ slot: Slot, style: Style = .system, assumingA: Bool = false
  ) throws(GPTEditError) -> [Int] {
    guard !pairs.isEmpty else { throw .noSlots }
    for pair in pairs where activeSlot(of: pair) == nil && !isHalfChanged(pair) && !assumingA {
      throw .activeSlotUnknown(pair: pair.name)
    }
    let before = tables
    let idleType = idleType
    for pair in pairs {
      let (chosen, left) = slot == .a ? (pair.a, pair.b) : (pair.b, pair.a)
      if isHalfChanged(pair) {
        if let idleType { tables[left.table].entries[left.index].type = idleType }
      } else if (activeSlot(of: pair) ?? .a) != slot {
        exchangeTypes(pair)
      }
      mark(chosen, left, style: style, isBoot: pair.name == "boot")
    }
    return tables.indices.filter { tables[$0] != before[$0] }
  }

  private mutating func exchangeTypes(_ pair: Pair) {
    let (a, b) = (entry(pair.a).type, entry(pair.b).type)
    tables[pair.a.table].entries[pair.a.index].type = b
    tables[pair.b.table].entries[pair.b.index].type = a
  }

  private mutating func mark(_ chosen: Place, _ left: Place, style: Style, isBoot: Bool) {
    var active = entry(chosen).attributes
    var inactive = entry(left).attributes
    switch style {
    case .system:
      active.slotByte = 0x3F
      inactive.isActiveSlot = false
    case .edl:
      active.isActiveSlot = true
      inactive.isActiveSlot = false
      if isBoot {
        active.slotByte = 0x6F
        inactive.slotByte = 0x3A
      }
    }
    tables[chosen.table].entries[chosen.index].attributes = active
    tables[left.table].entries[left.index].attributes = inactive
  }
}
