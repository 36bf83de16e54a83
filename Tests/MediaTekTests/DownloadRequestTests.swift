import MediaTek
import Testing

@Suite struct `Staying in the boot ROM after a restart` {
  @Test func `the mark is that of the specification`() {
    #expect(DownloadRequest(register: 0).mark == 0x444C_FFFD)
    #expect(DownloadRequest(register: 0, limit: 60).mark == 0x444C_00F1)
  }

  @Test func `the lock is opened first, and the mark is written last`() {
    let request = DownloadRequest(
      register: 0x1000_1080, lock: 0x1000_10A0, persistence: .init(address: 0x1000_10A4, value: 1), limit: 1)
    #expect(
      request.writes == [
        .init(address: 0x1000_10A0, value: 0xAD98), .init(address: 0x1000_10A4, value: 1),
        .init(address: 0x1000_1080, value: 0x444C_0005),
      ])
    #expect(DownloadRequest(register: 4).writes == [.init(address: 4, value: 0x444C_FFFD)])
  }
}
