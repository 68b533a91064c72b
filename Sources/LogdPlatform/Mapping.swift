internal import CLinux
internal import Glibc

/// Pages mapped into this process, shared with whoever maps the same file, or private.
///
/// Every access is bounds-checked. Words are accessed as single atomic loads and stores, because
/// another process may look at them at any moment.
// SAFETY: `base` is valid for `byteCount` bytes until deinit; each accessor checks its range.
@safe public struct Mapping: ~Copyable, @unchecked Sendable {
  @usableFromInline let base: UnsafeMutableRawPointer
  public let byteCount: Int

  /// mmap(2) of the first `byteCount` bytes of a file, shared and writable.
  public init(file descriptor: Int32, byteCount: Int) throws(Errno) {
    guard let p = unsafe clinux_map(descriptor, 0, UInt64(byteCount), true) else {
      throw Errno.current
    }
    unsafe base = p
    self.byteCount = byteCount
  }

  /// mmap(2) of a part of a file, shared and writable; `offset` is a multiple of the page size.
  public init(file descriptor: Int32, from offset: Int, byteCount: Int) throws(Errno) {
    guard let p = unsafe clinux_map(descriptor, UInt64(offset), UInt64(byteCount), true) else {
      throw Errno.current
    }
    unsafe base = p
    self.byteCount = byteCount
  }

  /// mmap(2) of a part of a file, shared and only to be read; `offset` is a multiple of the page size.
  public init(
    readOnlyFile descriptor: Int32, from offset: Int = 0, byteCount: Int
  ) throws(Errno) {
    guard let p = unsafe clinux_map(descriptor, UInt64(offset), UInt64(byteCount), false) else {
      throw Errno.current
    }
    unsafe base = p
    self.byteCount = byteCount
  }

  /// Fresh private memory, zero until it is touched.
  public init(privateByteCount byteCount: Int) throws(Errno) {
    guard let p = unsafe clinux_map_private(UInt64(byteCount)) else { throw Errno.current }
    unsafe base = p
    self.byteCount = byteCount
  }

  deinit { unsafe clinux_unmap(base, UInt64(byteCount)) }

  @inlinable @inline(__always)
  func at(_ offset: Int, _ bytes: Int) -> UnsafeMutableRawPointer {
    precondition(offset >= 0 && bytes >= 0 && offset <= byteCount &- bytes, "inside the mapping")
    return unsafe base + offset
  }

  public func load(_ offset: Int) -> UInt64 { unsafe clinux_load_acquire_u64(at(offset, 8)) }
  public func load32(_ offset: Int) -> UInt32 { unsafe clinux_load_acquire_u32(at(offset, 4)) }
  public func store(_ offset: Int, _ value: UInt64) {
    unsafe clinux_store_release_u64(at(offset, 8), value)
  }
  public func store32(_ offset: Int, _ value: UInt32) {
    unsafe clinux_store_release_u32(at(offset, 4), value)
  }

  /// FUTEX_WAKE_BITSET on the low half of the word at `offset`; how many were woken.
  @discardableResult
  public func wake(_ offset: Int, count: Int32, bits: UInt32) -> Int32 {
    unsafe clinux_futex_wake(at(offset, 4), count, bits)
  }

  /// Has faults of the calling thread noted in the three words at `offset`, as
  /// `clinux_note_faults` says; the mapping must stay to the end of the process.
  public func noteFaults(at offset: Int) { unsafe clinux_note_faults(at(offset, 24)) }

  /// The range as memory to write lines into. The mapping must outlive the buffer.
  public func lineBuffer(_ offset: Int, capacity: Int) -> LineBuffer {
    unsafe LineBuffer(base: at(offset, capacity), capacity: capacity)
  }

  /// pread(2) into the mapping: how many bytes came.
  public func fill(
    _ offset: Int, byteCount: Int, from descriptor: Int32, at position: UInt64
  ) throws(Errno) -> Int {
    try check(unsafe clinux_pread(descriptor, at(offset, byteCount), UInt64(byteCount), position))
  }

  /// recv(2) into the mapping, without waiting: how many bytes came, 0 at the end. `isLook`: they
  /// stay in the socket, MSG_PEEK.
  public func receive(
    _ offset: Int, byteCount: Int, from socket: Int32, isLook: Bool = false
  ) throws(Errno) -> Int {
    try check(unsafe clinux_receive(socket, at(offset, byteCount), UInt64(byteCount), isLook))
  }

  /// The oldest datagram of a socket that passes credentials, and who has sent it, without waiting. It
  /// stays in the socket.
  public func lookAtDatagram(
    of socket: borrowing Descriptor
  ) throws(Errno) -> (byteCount: Int, isCut: Bool, pid: Int32, uid: UInt32, gid: UInt32) {
    var (pid, uid, gid, isCut): (Int32, UInt32, UInt32, Bool) = (0, 0, 0, false)
    let count = try check(
      unsafe clinux_peek_from_sender(
        socket.raw, at(0, byteCount), UInt64(byteCount), &pid, &uid, &gid, &isCut))
    return (count, isCut, pid, uid, gid)
  }

  /// Copies bytes into the mapping.
  @inlinable @inline(__always)
  public func put(_ bytes: RawSpan, at offset: Int) {
    let target = unsafe at(offset, bytes.byteCount)
    unsafe bytes.withUnsafeBytes { source in
      guard let from = source.baseAddress else { return }
      unsafe target.copyMemory(from: from, byteCount: source.count)
    }
  }

  @inlinable @inline(__always)
  func putByte(_ byte: UInt8, at offset: Int) {
    unsafe at(offset, 1).storeBytes(of: byte, as: UInt8.self)
  }

  /// write(2) from the mapping: how many bytes went.
  public func write(
    _ offset: Int, byteCount: Int, to descriptor: Int32
  ) throws(Errno) -> Int {
    try check(unsafe clinux_write(descriptor, at(offset, byteCount), UInt64(byteCount)))
  }

  /// memmove(3) within the mapping.
  public func move(from source: Int, to target: Int, byteCount: Int) {
    unsafe _ = memmove(at(target, byteCount), at(source, byteCount), byteCount)
  }

  /// Has the kernel not note of each page, when the process ends, that it was in use: the end of one with
  /// thousands of pages that others share takes a third less. madvise(2), MADV_RANDOM.
  public func endLightly() { unsafe _ = clinux_advise(base, UInt64(byteCount), CLINUX_MADV_RANDOM) }

  /// Gives the memory back to the kernel; the range reads as zeros again. Private mappings only.
  public func discard() {
    unsafe _ = clinux_advise(base, UInt64(byteCount), CLINUX_MADV_DONTNEED)
  }

  /// Reads from the range in `body`. The bytes must not change meanwhile.
  @inlinable @inline(__always)
  public func withBytes<R>(_ offset: Int, _ byteCount: Int, _ body: (RawSpan) -> R) -> R {
    unsafe body(RawSpan(_unsafeStart: at(offset, byteCount), byteCount: byteCount))
  }
}

/// A full memory fence: stores before it are seen by others before loads after it are made.
public func fullFence() { clinux_fence() }
