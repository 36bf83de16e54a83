import MediaTek

/// The command documents of `docs/protocols/mtk-xml.md` 7.7, header and text as they stand there, and the commands that they are.
struct XMLAgentCommandVector: Sendable {
  var header: String
  var text: String
  var command: XMLAgentCommand

  init(_ header: String, _ text: String, _ command: XMLAgentCommand) {
    self.header = header
    self.text = text
    self.command = command
  }

  private static let boot = XMLAgentCommand.Selection(partition: "boot", file: "boot.img")
  private static let dtbo = XMLAgentCommand.Selection(partition: "dtbo", file: "dtbo.img")

  static let all: [XMLAgentCommandVector] = session + storage + others

  private static let session: [XMLAgentCommandVector] = [
    .init(
      "efeeeefe 01000000 59010000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.1</version><command>CMD:SET-RUNTIME-PARAMETER</command><arg><checksum_level>NONE</checksum_level><battery_exist>AUTO-DETECT</battery_exist><da_log_level>INFO</da_log_level><log_channel>UART</log_channel><system_os>LINUX</system_os></arg><adv><initialize_dram>YES</initialize_dram></adv></da>"#,
      .setRuntimeParameter()),
    .init(
      "efeeeefe 01000000 f7000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:HOST-SUPPORTED-COMMANDS</command><arg><host_capability>CMD:DOWNLOAD-FILE^1@CMD:FILE-SYS-OPERATION^1@CMD:PROGRESS-REPORT^1@CMD:UPLOAD-FILE^1@</host_capability></arg></da>"#,
      .hostSupportedCommands),
    .init(
      "efeeeefe 01000000 91000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:SET-HOST-INFO</command><arg><info>20260101T120000</info></arg></da>"#,
      .setHostInfo("20260101T120000")),
    .init(
      "efeeeefe 01000000 6b000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:NOTIFY-INIT-HW</command></da>"#,
      .notifyInitHardware),
    .init(
      "efeeeefe 01000000 e0000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:BOOT-TO</command><arg><at_address>0x40000000</at_address><jmp_address>0x40000000</jmp_address><source_file>MEM://0x0:0x10</source_file></arg></da>"#,
      .bootTo(0x4000_0000, byteCount: 0x10)),
    .init(
      "efeeeefe 01000000 b6000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:GET-SYS-PROPERTY</command><arg><key>DA.SLA</key><target_file>MEM://0x0:0x200000</target_file></arg></da>"#,
      .getSystemProperty("DA.SLA")),
    .init(
      "efeeeefe 01000000 a0000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:GET-HW-INFO</command><arg><target_file>MEM://0x0:0x200000</target_file></arg></da>"#,
      .getHardwareInfo),
    .init(
      "efeeeefe 01000000 9f000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:GET-DA-INFO</command><arg><target_file>MEM://0x0:0x20000</target_file></arg></da>"#,
      .getAgentInfo),
    .init(
      "efeeeefe 01000000 a9000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:READ-PARTITION-TABLE</command><arg><target_file>MEM://0x0:0x200000</target_file></arg></da>"#,
      .readPartitionTable),
    .init(
      "efeeeefe 01000000 28010000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:SET-RUNTIME-PARAMETER</command><arg><checksum_level>NONE</checksum_level><battery_exist>AUTO-DETECT</battery_exist><da_log_level>INFO</da_log_level><log_channel>UART</log_channel><system_os>LINUX</system_os></arg></da>"#,
      .setRuntimeParameter(initializesMemory: nil)),
  ]

  private static let storage: [XMLAgentCommandVector] = [
    .init(
      "efeeeefe 01000000 b4000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:READ-PARTITION</command><arg><partition>para</partition><target_file>para.bin</target_file></arg></da>"#,
      .readPartition("para", to: "para.bin")),
    .init(
      "efeeeefe 01000000 b5000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:WRITE-PARTITION</command><arg><partition>para</partition><source_file>para.bin</source_file></arg></da>"#,
      .writePartition("para", from: "para.bin")),
    .init(
      "efeeeefe 01000000 92000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:ERASE-PARTITION</command><arg><partition>para</partition></arg></da>"#,
      .erasePartition("para")),
    .init(
      "efeeeefe 01000000 dd000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:READ-FLASH</command><arg><partition>EMMC-USER</partition><offset>0x0</offset><length>0x8000</length><target_file>ROM_0</target_file></arg></da>"#,
      .readFlash("EMMC-USER", offset: 0, byteCount: 0x8000, to: "ROM_0")),
    .init(
      "efeeeefe 01000000 d6000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:WRITE-FLASH</command><arg><partition>EMMC-USER</partition><offset>0x388000</offset><source_file>MEM://0x0:0x200</source_file></arg></da>"#,
      .writeFlash("EMMC-USER", offset: 0x38_8000, from: "MEM://0x0:0x200")),
    .init(
      "efeeeefe 01000000 c4000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:ERASE-FLASH</command><arg><partition>EMMC-USER</partition><offset>0x388000</offset><length>0x80000</length></arg></da>"#,
      .eraseFlash("EMMC-USER", offset: 0x38_8000, byteCount: 0x8_0000)),
    .init(
      "efeeeefe 01000000 d4000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:WRITE-PARTITIONS</command><arg><source_file>scatter.xml</source_file><flash_list><pt name="boot">boot.img</pt></flash_list></arg></da>"#,
      .writePartitions(scatter: "scatter.xml", [boot])),
    .init(
      "efeeeefe 01000000 b9000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:FLASH-ALL</command><arg><path_separator>/</path_separator><source_file>scatter.xml</source_file></arg></da>"#,
      .flashAll(scatter: "scatter.xml")),
    .init(
      "efeeeefe 01000000 e1000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:FLASH-UPDATE</command><arg><path_separator>/</path_separator><source_file>scatter.xml</source_file><backup_folder>backup</backup_folder></arg></da>"#,
      .flashUpdate(scatter: "scatter.xml", backup: "backup")),
    .init(
      "efeeeefe 01000000 0c010000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>2.0</version><command>CMD:FLASH-ALL</command><arg><path_separator>/</path_separator><source_file>scatter.xml</source_file><flash_list><pt name="boot">boot.img</pt><pt name="dtbo">dtbo.img</pt></flash_list></arg></da>"#,
      .flashAll(scatter: "scatter.xml", [boot, dtbo])),
    .init(
      "efeeeefe 01000000 17010000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>2.0</version><command>CMD:FLASH-UPDATE</command><arg><path_separator>/</path_separator><source_file>scatter.xml</source_file><backup_folder>backup</backup_folder><flash_list><pt name="boot">boot.img</pt></flash_list></arg></da>"#,
      .flashUpdate(scatter: "scatter.xml", backup: "backup", [boot])),
  ]

  private static let others: [XMLAgentCommandVector] = [
    .init(
      "efeeeefe 01000000 ad000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:SECURITY-GET-DEV-FW-INFO</command><arg><target_file>MEM://0x0:0x200000</target_file></arg></da>"#,
      .getFirmwareInfo),
    .init(
      "efeeeefe 01000000 ab000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:SECURITY-SET-FLASH-POLICY</command><arg><source_file>MEM://0x0:0x100</source_file></arg></da>"#,
      .setFlashPolicy(from: "MEM://0x0:0x100")),
    .init(
      "efeeeefe 01000000 c7000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:EMMC-CONTROL</command><arg><function>LIFE-CYCLE-STATUS</function><target_file>MEM://0x0:0x200000</target_file></arg></da>"#,
      .emmcControl(.lifeCycleStatus)),
    .init(
      "efeeeefe 01000000 a9000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:SECURITY-SET-ALLINONE-SIGNATURE</command><arg><source_file>sig.bin</source_file></arg></da>"#,
      .setAllInOneSignature(from: "sig.bin")),
    .init(
      "efeeeefe 01000000 9d000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:WRITE-PRIVATE-CERT</command><arg><source_file>cert.bin</source_file></arg></da>"#,
      .writePrivateCertificate(from: "cert.bin")),
    .init(
      "efeeeefe 01000000 ac000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:SET-RSC</command><arg><key>k6885v1_64[op01]</key><source_file>RSC.bin</source_file></arg></da>"#,
      .setRSC(project: "k6885v1_64[op01]", from: "RSC.bin")),
    .init(
      "efeeeefe 01000000 96000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:READ-EFUSE</command><arg><target_file>efuse.xml</target_file></arg></da>"#,
      .readEFuse(to: "efuse.xml")),
    .init(
      "efeeeefe 01000000 b1000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:GET-DOWNLOADED-IMAGE-FEEDBACK</command><arg><target_file>MEM://0x0:0x20000</target_file></arg></da>"#,
      .getImageFeedback),
    .init(
      "efeeeefe 01000000 de000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:RAM-TEST</command><arg><function>FLIP</function><start_address>0x4000000</start_address><length>0x100000</length><repeat>0xa</repeat></arg></da>"#,
      .testMemory(.flip(start: 0x400_0000, byteCount: 0x10_0000, repeats: 10))),
    .init(
      "efeeeefe 01000000 c6000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:DEBUG:DRAM-REPAIR</command><arg><param_file>dram.info</param_file><target_file>MEM://0x0:0x1000</target_file></arg></da>"#,
      .repairMemory(parameters: "dram.info")),
    .init(
      "efeeeefe 01000000 b7000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:DEBUG:UFS</command><arg><function>UPDATE-FIRMWARE</function><source_file>ffu.bin</source_file></arg></da>"#,
      .updateUFSFirmware(from: "ffu.bin")),
    .init(
      "efeeeefe 01000000 da000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:WRITE-REGISTER</command><arg><bit_width>32</bit_width><base_address>0x1000</base_address><source_file>MEM://0x0:0x4</source_file></arg></da>"#,
      .writeRegister(at: 0x1000, byteCount: 4)),
    .init(
      "efeeeefe 01000000 ce000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:SET-BOOT-MODE</command><arg><mode>META</mode><connect_type>USB</connect_type><mobile_log>ON</mobile_log><adb>ON</adb></arg></da>"#,
      .setBootMode(.meta, hasMobileLog: true)),
    .init(
      "efeeeefe 01000000 d9000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:READ-REGISTER</command><arg><bit_width>32</bit_width><base_address>0x1000</base_address><target_file>MEM://0x0:0x4</target_file></arg></da>"#,
      .readRegister(at: 0x1000, byteCount: 4)),
    .init(
      "efeeeefe 01000000 d3000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:SET-BOOT-MODE</command><arg><mode>FASTBOOT</mode><connect_type>USB</connect_type><mobile_log>OFF</mobile_log><adb>ON</adb></arg></da>"#,
      .setBootMode(.fastboot, hasMobileLog: false)),
    .init(
      "efeeeefe 01000000 88000000",
      #"<?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:REBOOT</command><arg><action>IMMEDIATE</action></arg></da>"#,
      .reboot(.immediate)),
  ]
}
