import FoundationEssentials

extension Flashmap {
  /// The text of a `flashmap.json` with one product and one layout; programmers without an id get 13, the programmer's.
  ///
  /// Source: `docs/protocols/qualcomm-packages.md` 10.
  public static func json(
    product: String = "contents", layout: String = "layout0", programmers: [Programmer], programmables: [Programmable]
  ) -> [UInt8] {
    let content = FlashmapText(
      version: "1.2.0-qdl",
      products: [
        FlashmapText.Product(
          name: product,
          layouts: [
            FlashmapText.Layout(
              name: layout,
              programmer: Dictionary(programmers.map { (String($0.id ?? 13), $0.path) }) { first, _ in first },
              programmable: programmables.map {
                FlashmapText.Programmable(memory: $0.memory, slot: $0.slot, files: $0.files)
              })
          ])
      ])
    return JSONText.bytes(of: content)
  }
}

/// The JSON as it is written.
private struct FlashmapText: Encodable {
  var version: String
  var products: [Product]

  struct Product: Encodable {
    var name: String
    var layouts: [Layout]
  }

  struct Layout: Encodable {
    var name: String
    var programmer: [String: String]
    var programmable: [Programmable]
  }

  struct Programmable: Encodable {
    var memory: String
    var slot: UInt32
    var files: [String]
  }
}
