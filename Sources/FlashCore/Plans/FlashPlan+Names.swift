extension FlashPlan.Step {
  /// What messages call the step.
  public var name: String {
    switch self {
    case .configure(let storage): storage.memory
    case .write(let write): write.name
    case .erase(let erase): erase.name
    case .zero(let zero): zero.name
    case .save(let save): save.name
    case .patch(let patch): PlanExtent(section: patch.section, start: patch.start).description
    case .makeBootable(let section): section
    case .reboot: "reboot"
    }
  }

  /// What is done, for messages and JSON.
  public var action: String {
    switch self {
    case .configure: "configure"
    case .write: "write"
    case .erase: "erase"
    case .zero: "zero"
    case .save: "save"
    case .patch: "patch"
    case .makeBootable: "makeBootable"
    case .reboot: "reboot"
    }
  }

  /// The file and line that the step is from, where its descriptor says: `rawprogram0.xml:12`.
  public var descriptor: String? {
    switch self {
    case .write(let write): write.attributes[FlashPlan.descriptorAttribute]
    case .erase(let erase): erase.attributes[FlashPlan.descriptorAttribute]
    case .zero(let zero): zero.attributes[FlashPlan.descriptorAttribute]
    case .patch(let patch): patch.attributes[FlashPlan.descriptorAttribute]
    case .save(let save): save.attributes[FlashPlan.descriptorAttribute]
    case .configure, .makeBootable, .reboot: nil
    }
  }

  /// The name with what tells steps of one name apart: `system (rawprogram0.xml:12)`.
  var placedName: String { descriptor.map { "\(name) (\($0))" } ?? name }
}

extension FlashPlan {
  /// The attribute of a step that says which file and line it is from.
  public static let descriptorAttribute = "descriptor"
}

extension FlashPlan.Write {
  /// The attribute of a step whose place the device finds by this name: it takes the whole image, and may put a header of
  /// its own in front of what it stores.
  public static let deviceNameAttribute = "partition"

  /// Whether the device takes all of the image or nothing.
  var isWhole: Bool { attributes[Self.deviceNameAttribute] != nil }
}
