import FlashCore

/// A device's identity as a table for people and as the members of the `device` event.
enum IdentityText {
  static func lines(_ identity: DeviceIdentity, device: String) -> [String] {
    var rows = [("device", device)]
    rows += identity.facts.map { ($0.name, text($0.value)) }
    if let serial = identity.serialNumber { rows.append(("serial number", serial)) }
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { name, value in
      name + ":" + String(repeating: " ", count: width - name.count + 2) + value
    }
  }

  static func members(_ identity: DeviceIdentity, device: String) -> [(key: String, value: JSONValue)] {
    var members: [(key: String, value: JSONValue)] = [
      (key: "device", value: .string(device)), (key: "family", value: .string(identity.family)),
      (key: "model", value: .optional(identity.model)),
    ]
    for fact in identity.facts { members.append((key: camelCase(fact.name), value: json(fact.value))) }
    members.append((key: "serialNumber", value: .optional(identity.serialNumber)))
    return members
  }

  private static func text(_ value: DeviceIdentity.Fact.Value) -> String {
    switch value {
    case .text(let text): text.isEmpty ? "–" : text
    case .number(let number): "\(number)"
    case .list(let items): items.isEmpty ? "–" : items.joined(separator: ", ")
    case .flag(let flag): flag ? "yes" : "no"
    case .unknown: "unknown"
    }
  }

  private static func json(_ value: DeviceIdentity.Fact.Value) -> JSONValue {
    switch value {
    case .text(let text): .string(text)
    case .number(let number): .unsigned(number)
    case .list(let items): .array(items.map(JSONValue.string))
    case .flag(let flag): .bool(flag)
    case .unknown: .null
    }
  }

  /// `productCode` for `product code`.
  static func camelCase(_ name: String) -> String {
    let words = name.split { $0 == " " || $0 == "-" }
    return words.enumerated().map { index, word in
      index == 0 ? word.lowercased() : word.prefix(1).uppercased() + word.dropFirst()
    }.joined()
  }
}
