internal import CLinux
internal import LogdWire

extension ClientCore {
  /// Counts what no daemon will take, and reports or writes it as the options say. The lock is held.
  ///
  /// A living daemon drains a ring whose connection is closed; only what could not be moved to its
  /// ring is undelivered then.
  func handOverUndelivered() -> Int {
    let isAttached = block.link.phase == .attached
    let current = currentRing
    current.cursor = isAttached ? current.head : max(current.tail, current.cursor)
    var count = 0
    var ring: Ring? = current
    while let one = ring {
      count += one.countFrames(from: one.cursor)
      ring = one.next
    }
    guard count > 0 else { return 0 }
    if !writeUndelivered() { report(count) }
    return count
  }

  /// False: they are to be reported only, or the file could not be written.
  private func writeUndelivered() -> Bool {
    var descriptor: Int32 = 2
    switch block.link.options.undelivered {
    case .report: return false
    case .standardError: break
    case .file:
      // SAFETY: the page ends in zero: it is longer than the longest path.
      descriptor = unsafe clinux_open_append(
        (block.base + Block.path).assumingMemoryBound(to: CChar.self), 0o640)
      guard descriptor >= 0 else { return false }
    }
    // Stamps are CLOCK_MONOTONIC; a line shows the time of day.
    let offset = clinux_realtime_ns() - Int64(clinux_monotonic_ns())
    var line = TextLine(descriptor: descriptor)
    var ring: Ring? = currentRing
    while let one = ring {
      write(one, &line, offset)
      ring = one.next
    }
    line.flush()
    if descriptor != 2 { _ = clinux_close(descriptor) }  // write errors were seen by the line
    return !line.hasFailed
  }

  private func write(_ ring: Ring, _ line: inout TextLine, _ offset: Int64) {
    var position = ring.cursor
    while let frame = unsafe ring.frame(at: position) {
      unsafe line.append(
        frame: frame, ident: block.link.options.ident, pid: clinux_getpid(), clockOffset: offset)
      position += UInt64(Layout.padded(frame.count))
    }
  }

  private func report(_ count: Int) {
    let link = block.link
    var line = TextLine(descriptor: 2)
    line.append(link.options.ident.text)
    line.append("[")
    line.append(decimal: UInt64(clinux_getpid()))
    line.append("]: ")
    line.append(decimal: UInt64(count))
    line.append(" log records not delivered: no logd at ")
    line.append(link.options.directories.first)
    line.append(" (errno ")
    line.append(decimal: UInt64(link.lastErrno))
    line.append(")\n")
    line.flush()
  }
}
