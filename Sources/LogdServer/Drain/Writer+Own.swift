internal import Glibc
internal import LogdPlatform
internal import LogdWire

/// A record of the daemon about itself, and its place among the others.
struct OwnRecord {
  /// CLOCK_MONOTONIC.
  let key: UInt64
  let record: SelfRecord
}

// What the daemon says of itself: in time order with what its clients log.
extension Writer {
  /// Has a record written in the daemon's own name, when its turn comes; beyond a thousand that wait it
  /// is left out.
  func say(_ record: SelfRecord) {
    guard own.count < WriterInbox.selfRecordsMax else { return }
    own.append(OwnRecord(key: Clock.monotonicNanoseconds(), record: record))
  }

  func writeOwn(upTo limit: UInt64) {
    guard let first = own.first, first.key <= limit else { return }
    let due = own.prefix { $0.key <= limit }
    for next in due {
      write(next.record, key: next.key)
      lastKey = max(lastKey, next.key)
    }
    own.removeFirst(due.count)
  }

  /// For a record that cannot wait for its turn. It does not count as the newest: what has waited in
  /// the rings may be older, and keeps its time.
  var ownKey: UInt64 { max(lastKey, Clock.monotonicNanoseconds() &- settings.windowNanoseconds) }

  func write(_ record: SelfRecord, key: UInt64) {
    if !batch.hasRoom(LineFormatter.lineBytesMax(frameBytes: record.frame.count)) { commit() }
    let limits = FrameLimits(recordBytes: .max, fields: .max)
    // SAFETY: bytes have no padding.
    let bytes = unsafe record.frame.span.bytes
    guard let header = FrameHeader(bytes, at: 0, limits: limits),
      formatter.append(
        bytes, at: 0, header, time: Int64(bitPattern: key) &+ wall.offset, label: ownLabel,
        Annotations(), to: &batch)
    else { preconditionFailure("the daemon's own frames are valid") }
    if handsOff { append(record, key: key, to: &handoff) }
    counters.received += 1
    counters.inBatch += 1
  }

  func append(_ record: SelfRecord, key: UInt64, to handoff: inout HandoffBatch) {
    // SAFETY: bytes have no padding.
    handoff.append(
      unsafe record.frame.span.bytes, ident: "logd", pid: getpid(),
      timeOffset: Int64(bitPattern: key) &+ wall.offset, isInRecord: false,
      severity: settings.journald.severity)
  }
}
