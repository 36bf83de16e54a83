import FlashImages

/// Kinds of content as people call them.
enum ContentText {
  static func name(_ kind: ContentKind) -> String {
    switch kind {
    case .androidBoot: "Android boot image"
    case .vendorBoot: "Android vendor boot image"
    case .vbmeta: "Android verified-boot metadata"
    case .dtbo: "device tree overlays"
    case .gitLFSPointer: "Git LFS pointer"
    case .htmlPage: "web page"
    case .zip: "ZIP archive"
    case .squashfs: "squashfs file system"
    case .ubi: "UBI image"
    case .elf: "ELF program"
    case .mediaTekImage: "MediaTek image"
    case .mediaTekPreloader: "MediaTek preloader"
    case .superPartition: "Android logical partitions (super)"
    case .ext: "ext file system"
    case .f2fs: "f2fs file system"
    case .erofs: "erofs file system"
    case .gpt: "GUID partition table"
    case .fat: "FAT file system"
    case .mbr: "boot sector"
    }
  }
}
