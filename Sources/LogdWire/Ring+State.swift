internal import CLinux

extension Ring {
  // MARK: What the daemon says

  /// Everything below is in the file. 0 in staging.
  public var tail: UInt64 { unsafe clinux_load_acquire_u64(control + Layout.Control.tail) }

  /// Everything below is on the disk.
  public var synced: UInt64 { unsafe clinux_load_acquire_u64(control + Layout.Control.synced) }

  /// What is below has been in a sync that failed, or on the disk before; 0: none has failed.
  public var suspect: UInt64 { unsafe clinux_load_acquire_u64(control + Layout.Control.suspect) }

  /// How many of the drops in the header are in the file too.
  public var droppedTaken: UInt64 {
    unsafe clinux_load_acquire_u64(control + Layout.Control.droppedTaken)
  }

  /// Whether a doorbell is wanted. Only after the lock was released by an exchange: loaded earlier
  /// it may be older than a daemon's last look at this ring.
  public var sleep: SleepWord {
    SleepWord(rawValue: unsafe clinux_load_ordered_u32(control + Layout.Control.sleep))
  }

  /// Sleeps on ``tail`` until it is another one than `known`, at most `nanoseconds`.
  public func waitForTail(other known: UInt64, _ nanoseconds: Int64, for bits: UInt32) {
    wait(at: Layout.Control.tail, other: known, nanoseconds, bits)
  }

  /// As ``waitForTail(other:_:for:)``, on `synced`.
  public func waitForSynced(other known: UInt64, _ nanoseconds: Int64, for bits: UInt32) {
    wait(at: Layout.Control.synced, other: known, nanoseconds, bits)
  }

  private func wait(at offset: Int, other known: UInt64, _ nanoseconds: Int64, _ bits: UInt32) {
    // SAFETY: an aligned word of the control block. Why it returned does not matter: all callers
    // look at the state again.
    _ = unsafe clinux_futex_wait(
      control + offset, UInt32(truncatingIfNeeded: known), nanoseconds, bits)
  }

  /// Has one more thread of this process that waits for room look again.
  public func wakeWaiters(_ count: Int32) {
    // SAFETY: as above; there may be nobody to wake.
    _ = unsafe clinux_futex_wake(control + Layout.Control.tail, count, Layout.WaitBits.room)
  }

  /// Has all of them look again, those of a flush too: another ring has taken the place of this.
  public func wakeAll() {
    _ = unsafe clinux_futex_wake(
      control + Layout.Control.tail, .max, Layout.WaitBits.room | Layout.WaitBits.flush)
    _ = unsafe clinux_futex_wake(control + Layout.Control.synced, .max, Layout.WaitBits.flush)
  }

  // MARK: What the producer says

  /// Head as the daemon sees it.
  public var publishedHead: UInt64 {
    unsafe clinux_load_acquire_u64(header + Layout.Header.head)
  }

  public var dropped: UInt64 { unsafe clinux_load_relaxed_u64(header + Layout.Header.dropped) }

  /// Tells how many records were given up since the process began; the header counts those since
  /// this ring was granted and those that no daemon has taken from its predecessor.
  public func publishDropped(_ sinceStart: UInt64) {
    // SAFETY: an aligned word of the header page. So below.
    unsafe clinux_store_release_u64(
      header + Layout.Header.dropped, sinceStart &- own(Own.dropBase))
  }

  /// Begins to count: `carried` of the drops `sinceStart` are news to the daemon.
  public func startDropped(_ sinceStart: UInt64, carried: UInt64) {
    setOwn(Own.dropBase, sinceStart &- carried)
    publishDropped(sinceStart)
  }

  /// One more thread waits for room; ``removeWaiter()`` takes it back.
  public func addWaiter() { _ = unsafe clinux_add_u64(header + Layout.Header.waiting, 1) }
  public func removeWaiter() { _ = unsafe clinux_add_u64(header + Layout.Header.waiting, .max) }
  public var hasWaiters: Bool {
    unsafe clinux_load_relaxed_u64(header + Layout.Header.waiting) != 0
  }

  /// Asks the daemon to have everything up to `position` in the file soon, and on the disk too if
  /// `durable`. State, not a message: a daemon that is killed and restarted still sees it.
  public func raiseTarget(to position: UInt64, durable: Bool) {
    raise(Layout.Header.flushTarget, to: position)
    if durable { raise(Layout.Header.syncTarget, to: position) }
  }

  private func raise(_ offset: Int, to position: UInt64) {
    guard unsafe clinux_load_relaxed_u64(header + offset) < position else { return }
    unsafe clinux_store_release_u64(header + offset, position)
  }

  // MARK: The producer's own notes

  /// What the daemon calls this ring; 0: staging.
  public var identifier: UInt64 { own(Own.identifier) }
  public var isStaging: Bool { identifier == 0 }
  public var dataBytes: UInt64 { own(Own.dataBytes) }

  /// Looks how far the daemon has come, and moves the limit there, but no more than half a ring ahead,
  /// so that ``isFilling`` is seen in time. Of no effect while older records wait in another ring, see
  /// ``next``.
  public func refresh() {
    if next == nil { setOwn(Own.limit, min(tail &+ dataBytes, head &+ dataBytes / 2)) }
  }

  /// Whether the daemon lets so much wait that it should look, however little came so far. Seen
  /// twice a lap: before three quarters are full.
  public var isFilling: Bool { head &- tail >= dataBytes / 4 }

  /// Nothing more is written here: the client is closed.
  public func shut() { setOwn(Own.limit, 0) }

  /// A ring whose records, older than what will be written here, have still to be moved here.
  public var next: Ring? { Ring(word: own(Own.next)) }

  public func setNext(_ ring: Ring?) {
    setOwn(Own.next, ring?.word ?? 0)
    if ring != nil { setOwn(Own.limit, 0) }
  }

  /// As a number, to be kept where another thread or a child may find it; nil for 0.
  public init?(word: UInt64) {
    guard let base = unsafe UnsafeMutableRawPointer(bitPattern: UInt(word)) else { return nil }
    unsafe self.init(base: base)
  }

  public var word: UInt64 { unsafe UInt64(UInt(bitPattern: base)) }

  /// Keeps the memory mapped while a thread that does not hold the lock looks at it.
  public func pin() { _ = unsafe clinux_add_u64(base + Own.pins, 1) }
  public func unpin() { _ = unsafe clinux_add_u64(base + Own.pins, .max) }
  public var isPinned: Bool { unsafe clinux_load_acquire_u64(base + Own.pins) != 0 }
}
