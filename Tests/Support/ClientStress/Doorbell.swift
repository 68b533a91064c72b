import CAllocations
import CLinux
import LogdWire

/// A producer that publishes at random instants against a consumer that goes to sleep after each
/// record.
///
/// The consumer does not sleep in the kernel but looks for the bell, so that millions of rounds
/// take seconds. When the producer has ended its round and there is a record but no bell, a wakeup
/// is lost. With a plain store instead of the exchange there are some: the test can see.
///
/// A processor keeps a store back while an earlier one waits for its line of memory. So the producer stores
/// to lines that are in no cache before it publishes, as one with a long message does: the load of `sleep`
/// that a plain store lets through comes that much too early.
@safe struct Doorbell: Sendable {
  let isFenced: Bool
  private let ring: Ring
  private nonisolated(unsafe) let page: UnsafeMutableRawPointer
  /// Lock, bell (epoch + 1), end of the test, head after the producer's last round.
  private nonisolated(unsafe) let words: UnsafeMutableRawPointer
  private nonisolated(unsafe) let cold: UnsafeMutableRawPointer
  private static let coldBytes = 64 << 20
  private static let coldStores = 8

  init(isFenced: Bool) {
    self.isFenced = isFenced
    let size: UInt64 = 65536
    let data = unsafe clinux_memfd("data")
    let control = unsafe clinux_memfd("control")
    let zeros = [UInt8](repeating: 0, count: Int(size) + 4096)
    _ = unsafe clinux_write(data, zeros, size + 4096)
    _ = unsafe clinux_write(control, zeros, 4096)
    unsafe page = clinux_map(control, 0, 4096, true)
    unsafe words = clinux_map_private(4096)
    unsafe cold = clinux_map_private(UInt64(Self.coldBytes))
    for page in 0..<Self.coldBytes / 4096 {
      unsafe cold.storeBytes(of: 1, toByteOffset: page * 4096, as: UInt64.self)
    }
    let header = unsafe clinux_map(data, 0, 4096, true)!
    unsafe header.storeBytes(of: Layout.Magic.data, as: UInt32.self)
    unsafe header.storeBytes(of: 1, toByteOffset: 4, as: UInt32.self)
    unsafe header.storeBytes(of: size, toByteOffset: 8, as: UInt64.self)
    unsafe page.storeBytes(of: Layout.Magic.control, as: UInt32.self)
    unsafe page.storeBytes(of: 1, toByteOffset: 4, as: UInt32.self)
    unsafe page.storeBytes(of: 1, toByteOffset: 8, as: UInt64.self)
    unsafe page.storeBytes(of: size, toByteOffset: 16, as: UInt64.self)
    ring = Ring.reserve(dataBytes: size)!
    let grant = Grant(ring: 1, dataBytes: size, recordBytesMax: 32768, fieldsMax: 128)
    precondition(ring.attach(data: data, control: control, grant: grant))
  }

  func run(rounds: Int) {
    let produce = self
    startThread { produce.produce() }
    var tail: UInt64 = 0
    var epoch: UInt32 = 0
    var lost = 0
    for _ in 0..<rounds where lost == 0 {
      epoch = (epoch + 1) & 0x3FFF_FFFF
      sleepWord(SleepWord(.asleep, epoch: epoch))
      clinux_fence()
      if ring.publishedHead == tail, !hearsBell(epoch, tail) { lost += 1 }
      sleepWord(SleepWord(.awake, epoch: epoch))
      tail = ring.publishedHead
      unsafe clinux_store_release_u64(page + Layout.Control.tail, tail)
    }
    unsafe clinux_store_release_u64(words + 128, 1)
    print(lost)
    cstress_finish(0)
  }

  private func sleepWord(_ word: SleepWord) {
    unsafe clinux_store_release_u32(page + Layout.Control.sleep, word.rawValue)
  }

  /// False: the producer has published and gone on, and did not ring.
  private func hearsBell(_ epoch: UInt32, _ tail: UInt64) -> Bool {
    var spins = 0
    while true {
      giveWay(&spins)
      let ended = unsafe clinux_load_acquire_u64(words + 192)
      if unsafe clinux_load_acquire_u64(words + 64) == UInt64(epoch) + 1 { return true }
      if ended > tail { return false }
    }
  }

  private func produce() {
    var random: UInt64 = 88_172_645_463_325_252
    var rung = UInt64.max
    while unsafe clinux_load_relaxed_u64(words + 128) == 0 {
      random ^= random << 13
      random ^= random >> 7
      random ^= random << 17
      // Looking at `sleep` keeps it in this processor's cache: a load that is too early hits there.
      var seen: UInt32 = 0
      for _ in 0..<(random & 127) { seen |= ring.sleep.rawValue }
      unsafe clinux_store_relaxed_u32(words + 256, seen)
      publish(random)
      let sleep = ring.sleep
      if sleep.wantsBell(severity: 6), UInt64(sleep.epoch) != rung {
        rung = UInt64(sleep.epoch)
        unsafe clinux_store_release_u64(words + 64, rung + 1)
      }
      unsafe clinux_store_release_u64(words + 192, ring.head)
      // The next record would hide that this one was not told.
      var spins = 0
      while ring.tail != ring.head, unsafe clinux_load_relaxed_u64(words + 128) == 0 {
        giveWay(&spins)
      }
    }
  }

  /// On a busy machine the other thread may be the one that has to run.
  private func giveWay(_ spins: inout Int) {
    spins += 1
    if spins % 2000 == 0 { clinux_yield() }
  }

  private func publish(_ random: UInt64) {
    while unsafe !clinux_compare_exchange_u64(words, 0, 1) {}
    ring.refresh()
    if let at = unsafe ring.reserve(24) {
      var line = random
      for _ in 0..<Self.coldStores {
        line = line &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let offset = Int(line >> 33) % Self.coldBytes & ~63
        unsafe clinux_store_relaxed_u64(cold + offset, line)
      }
      let frame = unsafe FrameWriter(at: at, RecordLimits(bytes: 24, fields: 0))
      ring.publish(frame.finish(severity: 6, stamp: 0))
    }
    if isFenced {
      _ = unsafe clinux_exchange_u64(words, 0)
    } else {
      unsafe clinux_store_release_u64(words, 0)
    }
  }
}
