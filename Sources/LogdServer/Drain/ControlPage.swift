internal import LogdPlatform
internal import LogdWire

/// What the daemon tells the client of a ring: its control page, which <doc:Protocol> describes.
///
/// To map a page and to touch it takes longer than all else that a starting daemon does for one of
/// thousands of clients. So the writer maps it when it first has something to say; and of a ring that was
/// taken up, when it has to wake somebody or to announce something: until then a tail is told with
/// pwrite(2), see ``note(_:)``.
// SAFETY: `mapping` is the writer's; `file` is a constant.
final class ControlPage: @unchecked Sendable {
  let file: Descriptor
  private let start: Int
  private var mapping: Mapping?

  /// A file of its own.
  init(_ file: consuming Descriptor) {
    self.file = file
    start = 0
    mapping = nil
  }

  /// A part of `file`, `mapping` being at `start` of it.
  init(_ mapping: consuming Mapping, of file: consuming Descriptor, from start: Int) {
    self.file = file
    self.start = start
    self.mapping = consume mapping
  }

  /// Has `words` store what there is to be said and wake who waits for it. Throws what mmap(2) says, and
  /// has said nothing then.
  @inline(__always)
  func tell(_ words: (borrowing Mapping) -> Void) throws(Errno) {
    if mapping == nil { try map() }
    switch mapping {
    case .some(let page): words(page)
    case .none: preconditionFailure("it is mapped by now")
    }
  }

  var isMapped: Bool {
    switch mapping {
    case .some: true
    case .none: false
    }
  }

  /// Tells the tail without a mapping, and wakes nobody. Eight bytes of a pwrite(2) need not be seen at
  /// once, so a client believes it only with its complement.
  func note(_ end: RingEnd) throws(Errno) {
    var words = InlineArray<24, UInt8>(repeating: 0)
    var span = words.mutableSpan
    // SAFETY: bytes have no padding, and any are valid.
    var bytes = unsafe span.mutableBytes
    let first = Layout.Control.droppedTaken
    bytes.store(end.droppedTaken, at: 0)
    bytes.store(end.tail, at: Layout.Control.told - first)
    bytes.store(~end.tail, at: Layout.Control.toldCheck - first)
    try file.write(words.span, at: UInt64(start + first))
  }

  private func map() throws(Errno) {
    mapping = try Mapping(file: file.raw, byteCount: Layout.controlBytes)
  }

  /// Has the producer send nothing below it. On the I/O thread, so not by the mapping; one byte of the
  /// word changes.
  func set(_ severity: Severity) {
    let byte: InlineArray<1, UInt8> = [severity.rawValue]
    // Our own file, in memory, and long enough.
    try? file.write(byte.span, at: UInt64(start + Layout.Control.severity))
  }
}
