import DeviceSimulator
import FlashCore
import MkII
import Testing

@Suite struct `What a user can say about a simulated device` {
  @Test func `the registry describes the RX-51 with all its knobs and quirks`() throws {
    let model = try #require(SimulatorRegistry.models.first { $0.name == "rx51" })
    #expect(model.family == "mkii")
    #expect(model.servings == [.inProcess, .usb, .tcp])
    let defaults = Dictionary(uniqueKeysWithValues: model.knobs.map { ($0.name, $0.defaultValue) })
    let expected = [
      "product-code": "RX-51", "hw-build": "2101", "product-string": "N900 (PC-Suite Mode)",
      "config-string": "Firmware Upgrade Configuration", "protocol-version": "2",
      "sw-release": "RX-51_2009SE_21.2011.38-1_PR_MR0",
      "supported-images": "xloader,secondary,kernel,mmc,cmt-2nd,cmt-algo,cmt-mcusw", "extra-items": "",
      "window": "32M", "granularity": "as captured", "layout": "L0", "consume-rate": "instant", "hold-back": "0",
      "init-ms": "0", "finish-ms": "0", "profile": "instant", "require-negotiation": "yes", "raw-endpoint": "2",
      "unknown-type": "status", "reboot-delay": "100", "next-mode": "gone; over TCP update", "recoverable": "no",
      "handles": "zero", "clock": "real", "presence-ms": "for ever", "absence-ms": "1000",
    ]
    #expect(defaults == expected)
    #expect(model.quirks.count == 22)
    #expect(Set(model.quirks.map(\.name)).count == 22)
    #expect(model.quirks.first { $0.name == "drop-reply" }?.usage == "drop-reply:N")
  }

  @Test func `no model has two knobs or two quirks of one name`() {
    for model in SimulatorRegistry.models {
      let names = model.knobs.map(\.name)
      #expect(Set(names).count == names.count, "\(model.name): \(names)")
      let quirks = model.quirks.map(\.name)
      #expect(Set(quirks).count == quirks.count, "\(model.name): \(quirks)")
    }
  }

  @Test func `a selector's options are read`() throws {
    let selector = try DeviceSelector(
      parsing:
        "sim:rx51,storage=/tmp/x,quirk=drop-reply:3,quirk=u-boot,fault=drop@3,serial-number=A1,clock=virtual,window=1M"
    )
    guard case .simulated(let model, let options) = selector else { return }
    let configuration = try SimulatorConfiguration(model: model, options: options)
    let expected = try SimulatorConfiguration(
      model: "rx51", storage: "/tmp/x", serialNumber: "A1", quirks: ["drop-reply:3", "u-boot"],
      settings: [("clock", "virtual"), ("window", "1M")], faults: ["drop@3"])
    #expect(configuration == expected)
    #expect(configuration.clock == .virtual)
    #expect(configuration.settings.map(\.key) == ["window"])
    #expect(configuration.settings.map(\.value) == ["1M"])
  }

  @Test func `an unknown model is refused with the known ones`() {
    #expect(throws: SimulatorError.unknownModel(name: "rx52", known: SimulatorRegistry.models.map(\.name))) {
      try SimulatorConfiguration(model: "rx52")
    }
  }

  @Test func `an unknown knob is refused with the known ones`() throws {
    let error = #expect(throws: SimulatorError.self) {
      try SimulatorConfiguration(model: "rx51", settings: [("colour", "red")])
    }
    guard case .unknownKnob("colour", let known) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(known == SimulatorRegistry.models[0].knobs.map(\.name))
  }

  @Test func `an unknown quirk is refused with the known ones`() throws {
    let error = #expect(throws: SimulatorError.self) {
      try SimulatorConfiguration(model: "rx51", quirks: ["grumpy:3"])
    }
    guard case .unknownQuirk("grumpy", let known) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(known.contains("slow-first-ping:MS"))
    #expect(known.contains("u-boot"))
  }

  @Test(arguments: [
    ("drop-reply", "", ["N"]), ("drop-reply:0", "0", ["N"]), ("drop-reply:x", "x", ["N"]), ("u-boot:1", "1", []),
    ("fail-at-byte:-1", "-1", ["X"]), ("slow-first-ping:", "", ["MS"]),
  ])
  func `a quirk's argument is checked`(text: String, argument: String, allowed: [String]) {
    let name = String(text.prefix { $0 != ":" })
    #expect(throws: SimulatorError.badQuirkArgument(quirk: name, argument: argument, allowed: allowed)) {
      try SimulatorConfiguration(model: "rx51", quirks: [text])
    }
  }

  @Test(arguments: [
    ("hw-build", "21010", ["0…9999"]), ("hw-build", "", ["0…9999"]), ("hw-build", "abc", ["0…9999"]),
    ("layout", "L2", ["L0", "L1"]), ("require-negotiation", "maybe", ["yes", "no"]),
    ("window", "0", ["BYTES[K|M|G], 1…4294967295"]), ("window", "4G", ["BYTES[K|M|G], 1…4294967295"]),
    ("hold-back", "99999999999999999999G", ["BYTES[K|M|G]"]), ("hold-back", "K", ["BYTES[K|M|G]"]),
    ("consume-rate", "fast", ["instant", "BYTES[K|M|G] a second"]), ("init-ms", "1.5", ["MILLISECONDS"]),
    ("raw-endpoint", "1", ["none", "2…15"]), ("raw-endpoint", "16", ["none", "2…15"]),
    ("unknown-type", "loud", ["status", "phonet", "silence"]), ("next-mode", "nolo", ["gone", "update", "pc-suite"]),
    ("supported-images", "", ["TYPE[,TYPE]…"]), ("supported-images", "kernel,../etc", ["TYPE[,TYPE]…"]),
    ("supported-images", "kernel,averyveryverylongname", ["TYPE[,TYPE]…"]),
    ("extra-items", "novalue", ["NAME=VALUE[,NAME=VALUE]…"]), ("clock", "fast", ["real", "virtual"]),
  ])
  func `a knob's value is checked`(knob: String, value: String, allowed: [String]) {
    #expect(throws: SimulatorError.badValue(knob: knob, value: value, allowed: allowed)) {
      try SimulatorConfiguration(model: "rx51", settings: [(knob, value)])
    }
  }

  @Test func `lists are separated by commas or plus signs, and a later value wins`() throws {
    for value in ["kernel,mmc", "kernel+mmc"] {
      var host = try TestHost(settings: [("supported-images", "rootfs"), ("supported-images", value)])
      #expect(try host.ask(.get(item: "/update/supported_images")) == [0] + Array("kernel,mmc".utf8))
    }
  }

  @Test func `byte counts are decimal or hexadecimal with a suffix`() {
    #expect(ByteCount(knobText: "0x10")?.value == 16)
    #expect(ByteCount(knobText: "3M")?.value == 3 << 20)
    #expect(ByteCount(knobText: "0x2G")?.value == 2 << 30)
    #expect(ByteCount(knobText: "+3") == nil)
    #expect(ByteCount(knobText: "0x") == nil)
    #expect(ByteCount(3 << 20).knobText == "3M")
    #expect(ByteCount(1500).knobText == "1500")
  }
}
