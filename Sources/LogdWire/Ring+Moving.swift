extension Ring {
  /// Until here the records of this ring have been taken, by the daemon or by ``move(from:)``.
  public var cursor: UInt64 {
    get { own(Own.cursor) }
    nonmutating set { setOwn(Own.cursor, newValue) }
  }

  public var hasUnmoved: Bool { cursor < head }

  /// How many frames begin in `from..<head`.
  public func countFrames(from: UInt64) -> Int {
    var count = 0
    var position = from
    while let bytes = frameBytes(at: position) {
      position += UInt64(Layout.padded(bytes))
      count += 1
    }
    return count
  }

  /// The frame that begins at `position`, nil at head or where there is none.
  public func frame(at position: UInt64) -> UnsafeRawBufferPointer? {
    guard let bytes = frameBytes(at: position) else { return nil }
    // SAFETY: frameBytes has seen that it ends at or before head.
    return unsafe UnsafeRawBufferPointer(start: address(of: position), count: bytes)
  }

  /// The size of the frame at `position`. We wrote it ourselves, but `position` may be a daemon's.
  private func frameBytes(at position: UInt64) -> Int? {
    guard position < head, position & 7 == 0 else { return nil }
    // SAFETY: an aligned word below head.
    let bytes = unsafe Int(address(of: position).load(as: UInt32.self))
    let room = head - position
    guard bytes >= Layout.Frame.message, UInt64(Layout.padded(bytes)) <= room else { return nil }
    return bytes
  }

  /// Moves records from ``next`` and its successors here, as many as there is room for, each
  /// published on its own. Returns the rings that are now empty, linked by ``next``.
  public func moveOlder() -> Ring? {
    var emptied: Ring?
    while let source = next {
      guard move(from: source) else { return emptied }
      setOwn(Own.next, source.next?.word ?? 0)
      source.setOwn(Own.next, emptied?.word ?? 0)
      emptied = source
    }
    refresh()
    return emptied
  }

  /// False: there is no room for the next one.
  private func move(from source: Ring) -> Bool {
    while let frame = unsafe source.frame(at: source.cursor) {
      let most = recordLimits.atMost(frame.count)
      guard most.bytes >= Layout.Frame.message,
        head + UInt64(Layout.padded(most.bytes)) <= tail + dataBytes
      else { return false }
      // SAFETY: that there is room for `most` was just seen.
      var writer = unsafe FrameWriter(at: address(of: head), most)
      publish(unsafe writer.copy(frame))
      source.cursor += UInt64(Layout.padded(frame.count))
    }
    return true
  }
}

extension FrameWriter {
  /// Writes a frame that was written by another writer; cuts it when it is too large for this one.
  mutating func copy(_ frame: UnsafeRawBufferPointer) -> Int {
    typealias At = Layout.Frame
    // SAFETY: the frame is one of ours: whole, and with all its parts within its bytes.
    let messageEnd =
      unsafe At.message + Int(frame.load(fromByteOffset: At.messageBytes, as: UInt32.self))
    unsafe message(
      UnsafeRawBufferPointer(rebasing: frame[At.message..<messageEnd]),
      fieldBytes: frame.count - messageEnd)
    var at = messageEnd
    while at < frame.count {
      let keyEnd = unsafe at + Layout.Field.key + Int(frame[at + Layout.Field.keyBytes])
      let valueBytes = unsafe frame.loadUnaligned(
        fromByteOffset: at + Layout.Field.valueBytes, as: UInt32.self)
      let end = keyEnd + Int(valueBytes)
      guard end <= frame.count else { break }  // zeros, in a child
      unsafe copyField(UnsafeRawBufferPointer(rebasing: frame[at..<end]))
      at = end
    }
    return unsafe finish(
      severity: frame[At.severity], stamp: frame.load(fromByteOffset: At.stamp, as: UInt64.self),
      isCut: frame[At.flags] & At.flagCut != 0)
  }

  private mutating func copyField(_ field: UnsafeRawBufferPointer) {
    guard field.count <= limit - used, fields < fieldsMax, let from = field.baseAddress else {
      isCut = true
      return
    }
    // SAFETY: what is written is within the limit.
    unsafe (base + used).copyMemory(from: from, byteCount: field.count)
    used += field.count
    fields += 1
  }
}
