import FlashCore
import FlashImages

extension PlanWarning {
  /// Millivolts below which a device may go off in the middle of a job (`docs/protocols/mtk-scatter.md` 7.4).
  private static let lowBatteryVoltage: UInt64 = 3600

  /// What a user should know of a plan before it runs.
  static func list(
    _ plan: ScatterPlan, _ file: ScatterFile, _ device: MediaTekPlanDevice, copies: String?
  ) -> [PlanWarning] {
    var warnings = plan.remarks.compactMap { PlanWarning($0) }
    let odd = file.remarks.filter(\.oddity.isWarning).count
    if odd > 0 {
      warnings.append(
        PlanWarning(code: "scatter.odd", subject: file.path, facts: ["file": file.path, "count": "\(odd)"]))
    }
    if let voltage = device.batteryVoltage, voltage > 0, voltage < lowBatteryVoltage {
      warnings.append(
        PlanWarning(code: "scatter.battery-low", subject: "battery", facts: ["millivolts": "\(voltage)"]))
    }
    if let copies { warnings.append(PlanWarning(code: "scatter.copies", subject: copies, facts: ["folder": copies])) }
    return warnings
  }

  private init?(_ remark: ScatterPlan.Remark) {
    switch remark {
    case .byDeviceTable(let differences):
      self.init(
        code: "scatter.by-device-table", subject: "layout", facts: ["differences": "\(differences.count)"])
    case .tableDamaged: self.init(code: "scatter.table-damaged", subject: "table")
    // Among what is left out.
    case .tableSame: return nil
    case .differsElsewhere(let differences):
      let names = differences.map(\.name)
      let shown = names.prefix(4).joined(separator: ", ") + (names.count > 4 ? ", …" : "")
      self.init(
        code: "scatter.differs-elsewhere", subject: "layout",
        facts: ["differences": "\(names.count)", "names": shown])
    case .otherPlatform(let scatter, let device):
      self.init(
        code: "scatter.other-platform", subject: scatter, facts: ["scatter": scatter, "device": device])
    case .variant(let platform): self.init(code: "scatter.variant", subject: platform, facts: ["platform": platform])
    case .largerThanEntry(let name, let count, let room):
      self.init(
        code: "scatter.larger-than-entry", subject: name, facts: ["bytes": "\(count)", "room": "\(room)"])
    case .withoutPlace(let name): self.init(code: "scatter.without-place", subject: name)
    case .imageBringsTable(let name): self.init(code: "scatter.image-brings-table", subject: name)
    }
  }
}
