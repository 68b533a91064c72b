internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import LogdWire

/// The two memory files of a ring, both made by the daemon. <doc:Protocol> has their layout.
///
/// The client writes the data file; the daemon only ever reads it with pread(2), so whatever the
/// client does to it (lying, punching holes) cannot make the daemon fault. The control page is
/// the daemon's; the client's descriptor for it is read-only.
struct RingFiles: ~Copyable, Sendable {
  let data: Descriptor
  let control: ControlPage
  /// What the daemon before this one has left in the control page; nil: this one made it.
  let left: ControlWords?

  init(id: UInt64, dataBytes: Int, severity: Severity) throws(SystemError) {
    let header = Self.header(dataBytes)
    let page = Self.controlPage(id, dataBytes, severity)
    let data = try Self.file("logd-ring", Layout.headerBytes + dataBytes, header.span)
    let control = try Self.file("logd-control", Layout.controlBytes, page.span)
    self.data = data
    self.control = ControlPage(control)
    left = nil
  }

  /// The files of a ring that an earlier daemon made and a bag has kept.
  ///
  /// They come from ourselves; that the control page is one is seen all the same. The data file is
  /// read as carefully as ever.
  init(
    data: consuming Descriptor, control: consuming Descriptor, id: UInt64, dataBytes: Int,
    scratch: borrowing Mapping
  ) throws(SystemError) {
    do throws(Errno) {
      left = try ControlWords.read(from: control, scratch, ring: id, dataBytes: dataBytes)
    } catch {
      throw SystemError("take up", "the memory of a ring", error)
    }
    self.data = data
    self.control = ControlPage(control)
  }

  /// The files of the intake's ring, whose control page is a part of its file.
  init(
    data: consuming Descriptor, control: consuming Mapping, of file: consuming Descriptor,
    from start: Int
  ) {
    self.data = data
    left = ControlWords(control)
    self.control = ControlPage(control, of: file, from: start)
  }

  /// What the producer has published; nil when that is no position it can have.
  func head(tail: UInt64, dataBytes: Int, _ scratch: borrowing Mapping) -> UInt64? {
    let words = try? ProducerWords.read(from: data, into: scratch, tail: tail, dataBytes: dataBytes)
    return words?.head
  }

  /// What a bag has to keep, beside the connection.
  var descriptors: [Int32] { [data.raw, control.file.raw] }

  /// Gives the memory back to the kernel, although a bag may hold the file a while longer.
  func discard() { clinux_punch(data.raw) }

  /// `head`: what is in it at the beginning; all else is 0.
  private static func file(
    _ name: String, _ byteCount: Int, _ head: Span<UInt8>
  ) throws(SystemError) -> Descriptor {
    do throws(Errno) {
      let file = Descriptor(owning: try check(unsafe clinux_memfd(name)))
      guard ftruncate(file.raw, byteCount) == 0 else { throw Errno.current }
      _ = try check(clinux_seal_size(file.raw))
      try file.write(head, at: 0)
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

  /// What a client finds in the control page.
  private static func controlPage(
    _ id: UInt64, _ dataBytes: Int, _ severity: Severity
  ) -> InlineArray<136, UInt8> {
    var page = InlineArray<136, UInt8>(repeating: 0)
    var span = page.mutableSpan
    // SAFETY: bytes have no padding, and any are valid.
    var words = unsafe span.mutableBytes
    words.store(Layout.Magic.control, at: Layout.Control.magic)
    words.store(UInt32(Layout.version), at: Layout.Control.version)
    words.store(id, at: Layout.Control.ring)
    words.store(UInt64(dataBytes), at: Layout.Control.dataBytes)
    words.store(UInt32(severity.rawValue), at: Layout.Control.severity)
    return page
  }

  /// A descriptor of the control page that cannot write: opened anew, after the file's mode was
  /// set so that another user cannot open it for writing either.
  func controlForClient(_ reopening: borrowing Reopening) throws(SystemError) -> Descriptor {
    do throws(Errno) {
      guard fchmod(control.file.raw, 0o400) == 0 else { throw Errno.current }
      return try reopening.readOnly(control.file)
    } catch {
      throw SystemError("reopen", "a control page", error)
    }
  }
}
