import Foundation
import Testing

@Suite struct `The agents' own commands, with the built program` {
  @Test func `registers and fuses are read, and registers written`() throws {
    for model in ["mt6765", "mt6789"] {
      let phone = try MediaTekPhone(model)
      let read = try phone.run("mtk", "agent", "peek", "0x10007000", "16")
      #expect(read.status == 0, "\(model): \(read.errors)")
      #expect((read.event("result")?["data"] as? String)?.count == 32)
      #expect(try phone.run("mtk", "agent", "poke", "0x10007000", "0x22000064").status == 0)
      let fuses = try phone.run("mtk", "agent", "fuses")
      #expect(fuses.status == 0, "\(model): \(fuses.errors)")
      #expect(try phone.run("mtk", "agent", "peek", "0x10007001", "4").status == 64)
    }
  }

  @Test func `an XML agent is asked, tests memory, and hands partitions over by name`() throws {
    let phone = try MediaTekPhone("mt6789")
    #expect(try phone.run("mtk", "agent", "property", "DA.SLA").event("result")?["value"] as? String == "DISABLED")
    #expect(try phone.run("mtk", "agent", "memory-test", "flip", "--start", "0x40000000", "--length", "1M").status == 0)
    let test = try phone.run("mtk", "agent", "memory-test", "calibrate", "-o", phone.folder.file("c.bin"))
    #expect(try test.status == 0 && String(decoding: phone.folder.bytes(of: "c.bin"), as: UTF8.self) == "calibrated\n")
    #expect(try phone.run("mtk", "agent", "memory-test", "flip").status == 64)
    let image = noise(5000, seed: 6)
    let written = try phone.run("mtk", "agent", "write", "lk", phone.folder.write(image, to: "lk.img"))
    #expect(written.status == 0, "\(written.errors)")
    let read = try phone.run("mtk", "agent", "read", "lk", "-o", phone.folder.file("back"))
    #expect(try read.status == 0 && Array(phone.folder.bytes(of: "back").prefix(5000)) == image)
    #expect(try phone.run("mtk", "agent", "erase", "lk").status == 0)
    #expect(try phone.stored("user", at: phone.place("lk").start, count: 5000).allSatisfy { $0 == 0 })
    let refused = try phone.run("mtk", "agent", "erase", "nvram")
    #expect(refused.status == 64 && refused.event("error")?["code"] as? String == "plan.protected")
    #expect(try phone.run("mtk", "agent", "boot-mode", "meta").status == 0)
    #expect(try phone.run("mtk", "agent", "log", "usb").status == 0)
    #expect(try phone.run("mtk", "agent", "leave").status == 0)
    let repair = try phone.run("mtk", "agent", "memory-repair", phone.folder.write([1, 2], to: "p"))
    #expect(repair.status == 64)
  }

  @Test func `what XFlash agents do not know is said`() throws {
    let phone = try MediaTekPhone()
    let outcome = try phone.run("mtk", "agent", "memory-test", "sram")
    #expect(outcome.status == 76 && outcome.event("error")?["code"] as? String == "protocol.unsupported")
    let update = try phone.run("mtk", "agent", "update", "write-partitions", phone.package)
    #expect(update.status == 76, "\(update.errors)")
  }

  @Test func `an XML agent flashes a package by itself`() throws {
    let phone = try MediaTekPhone("mt6789")
    let written = try phone.run("mtk", "agent", "update", "write-partitions", phone.package)
    #expect(written.status == 0, "\(written.errors)")
    let image = try phone.folder.bytes(of: "fixtures/package/boot.bin")
    #expect(try phone.stored("user", at: phone.place("boot").start, count: image.count) == image)
    let refused = try phone.run("mtk", "agent", "update", "flash-all", phone.package)
    #expect(refused.status == 64 && refused.event("error")?["code"] as? String == "scatter.loses-identity")
    let all = try phone.run(
      "mtk", "agent", "update", "flash-all", phone.package, "--allow-full-erase", "--allow-protected")
    #expect(all.status == 0, "\(all.errors)")
    let update = try phone.run(
      "mtk", "agent", "update", "flash-update", phone.package, "--copies", phone.folder.file("copies"))
    #expect(update.status == 0, "\(update.errors)")
    #expect(try phone.folder.bytes(of: "copies/protect1").count == 8 << 20)
    #expect(try phone.run("mtk", "agent", "update", "flash-update", phone.package).status == 64)
  }
}
