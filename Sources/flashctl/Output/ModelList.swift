import DeviceSimulator

/// `flashctl simulate --list`: models, knobs and quirks from the simulator's registry.
enum ModelList {
  static func show(_ models: [SimulatorModel], on console: Console) {
    for model in models {
      console.emit("model", members(model))
      lines(model).forEach(console.result)
    }
    console.event("result", ["status": "done", "models": .integer(Int64(models.count))])
  }

  private static func lines(_ model: SimulatorModel) -> [String] {
    let width = (model.knobs.map(\.name) + model.quirks.map(\.usage)).map(\.count).max() ?? 0
    func row(_ name: String, _ help: String) -> String {
      "    " + name + String(repeating: " ", count: width - name.count + 2) + help
    }
    let ways = model.servings.map { $0 == .inProcess ? "--device sim:\(model.name)" : $0.option }
    return [
      "\(model.name): \(model.summary)", "  served with: " + ways.joined(separator: ", "),
      "  knobs (--set NAME=VALUE):",
    ]
      + model.knobs.map {
        row(
          $0.name,
          "\($0.help) (default: \($0.defaultValue.isEmpty ? "empty" : $0.defaultValue); \($0.allowed.joined(separator: ", ")))"
        )
      }
      + ["  quirks (--quirk NAME):"] + model.quirks.map { row($0.usage, $0.help) }
  }

  private static func members(_ model: SimulatorModel) -> [(key: String, value: JSONValue)] {
    [
      (key: "model", value: .string(model.name)), (key: "summary", value: .string(model.summary)),
      (key: "family", value: .string(model.family)),
      (key: "servings", value: .array(model.servings.map { .string($0.rawValue) })),
      (
        key: "knobs",
        value: .array(
          model.knobs.map {
            [
              "name": .string($0.name), "default": .string($0.defaultValue),
              "allowed": .array($0.allowed.map(JSONValue.string)), "help": .string($0.help),
            ]
          })
      ),
      (
        key: "quirks",
        value: .array(
          model.quirks.map {
            ["name": .string($0.name), "argument": .optional($0.argument), "help": .string($0.help)]
          })
      ),
    ]
  }
}
