import ArgumentParser

/// `flashctl udev-rules`
struct UdevRulesCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "udev-rules",
    abstract: "Print the udev rules for the devices flashctl knows.",
    discussion: """
      They let ordinary users open the devices and keep ModemManager away. Install them with

        flashctl udev-rules | sudo tee /etc/udev/rules.d/70-flashctl.rules
        sudo udevadm control --reload
      and replug the device.
      """)

  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
    let text = UdevRules.text(for: Families.all)
    if console.isJSON {
      console.event("rules", ["text": .string(text)])
      console.event("result", ["status": "done"])
    } else {
      OutputStream.standardOutput.write(text)
    }
  }
}
