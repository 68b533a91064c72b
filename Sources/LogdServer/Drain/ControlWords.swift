internal import LogdWire

/// What an earlier daemon left in a control block.
struct ControlWords {
  let end: RingEnd
  let synced: UInt64
  let sleep: SleepWord
  let severity: UInt32

  init(_ page: ControlBlock) {
    end = RingEnd(
      tail: page.load(Layout.Control.tail), droppedTaken: page.load(Layout.Control.droppedTaken))
    synced = page.load(Layout.Control.synced)
    sleep = SleepWord(rawValue: page.load32(Layout.Control.sleep))
    severity = page.load32(Layout.Control.severity)
  }
}
