/// The worked transcripts of `docs/protocols/mtk-xml.md` 4 and 15, line for line.
enum XMLAgentTranscripts {
  static let session = #"""
    # --- DA1 ---
    D> efeeeefe 01000000 66000000 | <?xml version="1.0" encoding="utf-8"?><host><version>1.0</version><command>CMD:START</command></host>\0
    H> efeeeefe 01000000 03000000 | OK\0
    H> efeeeefe 01000000 59010000 | <?xml version="1.0" encoding="utf-8"?><da><version>1.1</version><command>CMD:SET-RUNTIME-PARAMETER</command><arg><checksum_level>NONE</checksum_level><battery_exist>AUTO-DETECT</battery_exist><da_log_level>INFO</da_log_level><log_channel>UART</log_channel><system_os>LINUX</system_os></arg><adv><initialize_dram>YES</initialize_dram></adv></da>\0
    D> ok
    D> efeeeefe 01000000 95000000 | <?xml version="1.0" encoding="utf-8"?><host><version>1.0</version><command>CMD:END</command><arg><result>OK</result><message></message></arg></host>\0
    H> ok
    D> START
    H> ok
    H> efeeeefe 01000000 f7000000 | <?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:HOST-SUPPORTED-COMMANDS</command><arg><host_capability>CMD:DOWNLOAD-FILE^1@CMD:FILE-SYS-OPERATION^1@CMD:PROGRESS-REPORT^1@CMD:UPLOAD-FILE^1@</host_capability></arg></da>\0
    D> ok
    D> END-OK
    H> ok
    D> START
    H> ok
    H> efeeeefe 01000000 8a000000 | <?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:SET-HOST-INFO</command><arg><info>flashctl</info></arg></da>\0
    D> ok
    D> END-OK
    H> ok
    D> START
    H> ok
    H> efeeeefe 01000000 6b000000 | <?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:NOTIFY-INIT-HW</command></da>\0
    D> ok
    D> efeeeefe 01000000 95000000 | <?xml version="1.0" encoding="utf-8"?><host><version>1.0</version><command>CMD:PROGRESS-REPORT</command><arg><message>init-hw</message></arg></host>\0
    H> ok
    D> efeeeefe 01000000 10000000 | OK!PROGRESS@100\0
    H> ok
    D> efeeeefe 01000000 07000000 | OK!EOT\0
    H> ok
    D> END-OK
    H> ok
    D> START
    H> ok
    H> efeeeefe 01000000 e0000000 | <?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:BOOT-TO</command><arg><at_address>0x40000000</at_address><jmp_address>0x40000000</jmp_address><source_file>MEM://0x0:0x10</source_file></arg></da>\0
    D> ok
    D> efeeeefe 01000000 f5000000 | <?xml version="1.0" encoding="utf-8"?><host><version>1.0</version><command>CMD:DOWNLOAD-FILE</command><arg><checksum>CHK_NO</checksum><info>2nd-DA</info><source_file>MEM://0x0:0x10</source_file><packet_length>0x1000</packet_length></arg></host>\0
    H> ok
    H> efeeeefe 01000000 08000000 | OK@0x10\0
    D> ok
    H> efeeeefe 01000000 07000000 | OK@0x0\0
    D> ok
    H> efeeeefe 01000000 10000000 | 00010203 04050607 08090a0b 0c0d0e0f
    D> ok
    D> END-OK
    H> ok
    # --- DA2 ---
    D> START
    H> ok
    #   HOST-SUPPORTED-COMMANDS and NOTIFY-INIT-HW as above
    H> efeeeefe 01000000 b6000000 | <?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:GET-SYS-PROPERTY</command><arg><key>DA.SLA</key><target_file>MEM://0x0:0x200000</target_file></arg></da>\0
    D> ok
    D> efeeeefe 01000000 fa000000 | <?xml version="1.0" encoding="utf-8"?><host><version>1.0</version><command>CMD:UPLOAD-FILE</command><arg><checksum>CHK_NO</checksum><info>sys-prop</info><target_file>MEM://0x0:0x200000</target_file><packet_length>0x10000</packet_length></arg></host>\0
    H> ok
    D> efeeeefe 01000000 08000000 | OK@0x6b\0
    H> ok
    D> ok
    H> ok
    D> efeeeefe 01000000 6b000000 | <?xml version="1.0" encoding="utf-8"?><sys_prop version="1.0"><item key="DA.SLA">DISABLED</item></sys_prop>
    H> ok
    D> END-OK
    H> ok
    D> START
    H> ok
    # --- info ---
    H> efeeeefe 01000000 a0000000 | <?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:GET-HW-INFO</command><arg><target_file>MEM://0x0:0x200000</target_file></arg></da>\0
    D> ok
    D> efeeeefe 01000000 00010000 | <?xml version="1.0" encoding="utf-8"?><host><version>1.0</version><command>CMD:UPLOAD-FILE</command><arg><checksum>CHK_NO</checksum><info>WriteLocalFile</info><target_file>MEM://0x0:0x200000</target_file><packet_length>0x10000</packet_length></arg></host>\0
    H> ok
    D> efeeeefe 01000000 09000000 | OK@0x231\0
    H> ok
    D> ok
    H> ok
    D> efeeeefe 01000000 31020000 | (eMMC sample document of section 8)
    H> ok
    D> END-OK
    H> ok
    D> START
    H> ok
    # --- list partitions ---
    H> efeeeefe 01000000 a9000000 | <?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:READ-PARTITION-TABLE</command><arg><target_file>MEM://0x0:0x200000</target_file></arg></da>\0
    D> ok
    D> efeeeefe 01000000 00010000 | <?xml version="1.0" encoding="utf-8"?><host><version>1.0</version><command>CMD:UPLOAD-FILE</command><arg><checksum>CHK_NO</checksum><info>WriteLocalFile</info><target_file>MEM://0x0:0x200000</target_file><packet_length>0x10000</packet_length></arg></host>\0
    H> ok
    D> efeeeefe 01000000 09000000 | OK@0x128\0
    H> ok
    D> ok
    H> ok
    D> efeeeefe 01000000 28010000 | (partition table document of section 8)
    H> ok
    D> END-OK
    H> ok
    D> START
    H> ok
    # --- read partition "para": 0x200 bytes in two chunks ---
    H> efeeeefe 01000000 b4000000 | <?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:READ-PARTITION</command><arg><partition>para</partition><target_file>para.bin</target_file></arg></da>\0
    D> ok
    D> efeeeefe 01000000 ea000000 | <?xml version="1.0" encoding="utf-8"?><host><version>1.0</version><command>CMD:UPLOAD-FILE</command><arg><checksum>CHK_NO</checksum><info>para</info><target_file>para.bin</target_file><packet_length>0x100</packet_length></arg></host>\0
    H> ok
    D> efeeeefe 01000000 09000000 | OK@0x200\0
    H> ok
    D> ok
    H> ok
    D> efeeeefe 01000000 00010000 | (0x100 bytes pattern)
    H> ok
    D> ok
    H> ok
    D> efeeeefe 01000000 00010000 | (0x100 bytes pattern)
    H> ok
    D> END-OK
    H> ok
    D> START
    H> ok
    # --- write partition "para": 0x180 bytes ---
    H> efeeeefe 01000000 b5000000 | <?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:WRITE-PARTITION</command><arg><partition>para</partition><source_file>para.bin</source_file></arg></da>\0
    D> ok
    D> efeeeefe 01000000 b1000000 | <?xml version="1.0" encoding="utf-8"?><host><version>1.0</version><command>CMD:FILE-SYS-OPERATION</command><arg><key>FILE-SIZE</key><file_path>para.bin</file_path></arg></host>\0
    H> ok
    H> efeeeefe 01000000 09000000 | OK@0x180\0
    D> efeeeefe 01000000 93000000 | <?xml version="1.0" encoding="utf-8"?><host><version>1.0</version><command>CMD:PROGRESS-REPORT</command><arg><message>erase</message></arg></host>\0
    H> ok
    D> efeeeefe 01000000 07000000 | OK!EOT\0
    H> ok
    D> efeeeefe 01000000 ec000000 | <?xml version="1.0" encoding="utf-8"?><host><version>1.0</version><command>CMD:DOWNLOAD-FILE</command><arg><checksum>CHK_NO</checksum><info>para</info><source_file>para.bin</source_file><packet_length>0x100</packet_length></arg></host>\0
    H> ok
    H> efeeeefe 01000000 09000000 | OK@0x180\0
    D> ok
    H> efeeeefe 01000000 07000000 | OK@0x0\0
    D> ok
    H> efeeeefe 01000000 00010000 | (0x100 bytes pattern)
    D> ok
    H> efeeeefe 01000000 07000000 | OK@0x0\0
    D> ok
    H> efeeeefe 01000000 80000000 | (0x80 bytes pattern)
    D> ok
    D> END-OK
    H> ok
    D> START
    H> ok
    # --- an error: unknown partition ---
    H> efeeeefe 01000000 94000000 | <?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:ERASE-PARTITION</command><arg><partition>nosuch</partition></arg></da>\0
    D> ok
    D> efeeeefe 01000000 aa000000 | <?xml version="1.0" encoding="utf-8"?><host><version>1.0</version><command>CMD:END</command><arg><result>ERR</result><message>Partition not found.</message></arg></host>\0
    H> ok
    D> START
    H> ok
    # --- reboot ---
    H> efeeeefe 01000000 88000000 | <?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:REBOOT</command><arg><action>IMMEDIATE</action></arg></da>\0
    D> ok
    D> END-OK
    H> ok
    D> START
    # the device leaves the bus (whether real agents send this last START is not known; hosts must not depend on it)
    """#

  static let unknownCommand = #"""
    H> efeeeefe 01000000 a5000000 | <?xml version="1.0" encoding="utf-8"?><da><version>1.0</version><command>CMD:CAN-HIGHER-USB-SPEED</command><arg><target_file>MEM://0x0:0x40</target_file></arg></da>\0
    D> efeeeefe 01000000 10000000 | ERR!UNSUPPORTED\0
    D> efeeeefe 01000000 b6000000 | <?xml version="1.0" encoding="utf-8"?><host><version>1.0</version><command>CMD:END</command><arg><result>ERR!UNSUPPORTED</result><message>Unsupported command.</message></arg></host>\0
    H> efeeeefe 01000000 03000000 | OK\0
    D> efeeeefe 01000000 66000000 | <?xml version="1.0" encoding="utf-8"?><host><version>1.0</version><command>CMD:START</command></host>\0
    H> efeeeefe 01000000 03000000 | OK\0
    """#

  /// The documents of section 8 that the transcript names.
  static let hardware =
    #"<?xml version="1.0" encoding="utf-8"?><da_hw_info><version>1.2</version><ram_size>0x80000000</ram_size><battery_voltage>3810</battery_voltage><random_id>000102030405060708090a0b0c0d0e0f</random_id><storage>EMMC</storage><emmc><block_size>0x200</block_size><boot1_size>0x400000</boot1_size><boot2_size>0x400000</boot2_size><rpmb_size>0x400000</rpmb_size><user_size>0x3a3e00000</user_size><gp1_size>0</gp1_size><gp2_size>0</gp2_size><gp3_size>0</gp3_size><gp4_size>0</gp4_size><id>150100414a5444345206e12fc0338949</id></emmc><product_id></product_id></da_hw_info>"#
  static let partitionTable =
    #"<?xml version="1.0" encoding="utf-8"?><partition_table version="1.0"><pt><name>proinfo</name><start>0x8000</start><size>0x300000</size></pt><pt><name>misc</name><start>0x308000</start><size>0x80000</size></pt><pt><name>para</name><start>0x388000</start><size>0x80000</size></pt></partition_table>"#
}
