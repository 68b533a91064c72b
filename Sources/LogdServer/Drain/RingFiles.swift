internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import LogdWire

/// The memory of a ring, made by the daemon. <doc:Protocol> has its layout.
///
/// The client writes the data file; the daemon only ever reads it with pread(2), so whatever the
/// client does to it (lying, punching holes) cannot make the daemon fault. The control block is
/// the daemon's; the client's descriptor for it is read-only.
struct RingFiles: ~Copyable, Sendable {
  let data: Descriptor
  let control: ControlBlock
  /// What the daemon before this one has left in the control block; nil: this one made it.
  let left: ControlWords?

  /// Of a new ring.
  init(data: consuming Descriptor, control: ControlBlock) {
    self.data = data
    self.control = control
    left = nil
  }

  /// Of a ring that an earlier daemon made, a client's or the intake's. It is read as carefully as ever.
  init(data: consuming Descriptor, left control: ControlBlock) {
    self.data = data
    self.control = control
    left = ControlWords(control)
  }

  /// What the producer has published; nil when that is no position it can have.
  func head(tail: UInt64, dataBytes: Int, _ scratch: borrowing Mapping) -> UInt64? {
    let words = try? ProducerWords.read(from: data, into: scratch, tail: tail, dataBytes: dataBytes)
    return words?.head
  }

  /// Gives the memory back to the kernel, although a bag may hold the file a while longer.
  func discard() { clinux_punch(data.raw) }

  /// A data file.
  static func makeData(_ dataBytes: Int) throws(SystemError) -> Descriptor {
    do throws(Errno) {
      let header = header(dataBytes)
      let file = Descriptor(owning: try check(unsafe clinux_memfd("logd-ring")))
      guard ftruncate(file.raw, Layout.headerBytes + dataBytes) == 0 else { throw Errno.current }
      _ = try check(clinux_seal_size(file.raw))
      try file.write(header.span, at: 0)
      return file
    } catch {
      throw SystemError("create", "the memory of a ring", error)
    }
  }

  /// What a producer finds in the header page.
  private static func header(_ dataBytes: Int) -> InlineArray<80, UInt8> {
    var page = InlineArray<80, UInt8>(repeating: 0)
    var span = page.mutableSpan
    // SAFETY: bytes have no padding, and any are valid.
    var words = unsafe span.mutableBytes
    words.store(Layout.Magic.data, at: Layout.Header.magic)
    words.store(UInt32(Layout.version), at: Layout.Header.version)
    words.store(UInt64(dataBytes), at: Layout.Header.dataBytes)
    words.store(~UInt64(0), at: Layout.Header.headCheck)
    return page
  }
}
