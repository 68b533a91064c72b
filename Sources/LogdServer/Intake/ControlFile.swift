internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import LogdWire

/// A memory file with the control pages of a few clients of one user.
///
/// A few, because a descriptor and a mapping for each of thousands of clients are what the end of a daemon
/// and the start of the next one would take most of their time for. Not many, because no page is granted
/// twice: a client that was let go reads to its end what it was told last, so that one that stays keeps
/// the memory of all. On the I/O thread.
final class ControlFile {
  static let pageCount = 16
  private static let byteCount = pageCount * Layout.controlBytes

  let id: UInt64
  let uid: UInt32
  let file: Descriptor
  /// A bag has it.
  var isKept: Bool
  private let pages: ControlPages
  private var grantedCount: Int
  private var livingCount = 0

  init(id: UInt64, uid: UInt32) throws(SystemError) {
    do throws(Errno) {
      file = Descriptor(owning: try check(unsafe clinux_memfd("logd-control")))
      guard ftruncate(file.raw, Self.byteCount) == 0 else { throw Errno.current }
      _ = try check(clinux_seal_size(file.raw))
      // Another user who opens it anew, by /proc, cannot do so for writing.
      guard fchmod(file.raw, 0o400) == 0 else { throw Errno.current }
      pages = ControlPages(try Mapping(file: file.raw, byteCount: Self.byteCount))
    } catch {
      throw SystemError("create", "control pages", error)
    }
    self.id = id
    self.uid = uid
    isKept = false
    grantedCount = 0
  }

  /// One that an earlier daemon made and a bag has kept: no page of it is granted any more.
  init(id: UInt64, uid: UInt32, inherited: consuming Descriptor) throws(Errno) {
    let bytes = try FileStatus(of: inherited).bytes
    guard bytes == UInt64(Self.byteCount) else { throw Errno(EINVAL) }
    pages = ControlPages(try Mapping(file: inherited.raw, byteCount: Self.byteCount))
    file = inherited
    self.id = id
    self.uid = uid
    isKept = true
    grantedCount = Self.pageCount
  }

  var isFull: Bool { grantedCount == Self.pageCount }
  var isUnused: Bool { livingCount == 0 }

  /// The next page, with what the client of a new ring finds in it. Not of one that is full.
  func grant(ring: UInt64, dataBytes: Int, severity: Severity) -> ControlPage {
    let page = ControlPage(pages, at: grantedCount * Layout.controlBytes)
    page.store32(Layout.Control.magic, Layout.Magic.control)
    page.store32(Layout.Control.version, UInt32(Layout.version))
    page.store(Layout.Control.ring, ring)
    page.store(Layout.Control.dataBytes, UInt64(dataBytes))
    page.set(severity)
    grantedCount += 1
    return page
  }

  /// A page that an earlier daemon granted; throws EINVAL for what is no control page of that ring.
  func page(at offset: UInt64, ring: UInt64, dataBytes: Int) throws(Errno) -> ControlPage {
    guard offset <= UInt64(Self.byteCount - Layout.controlBytes),
      offset % UInt64(Layout.controlBytes) == 0
    else { throw Errno(EINVAL) }
    let page = ControlPage(pages, at: Int(offset))
    guard page.load32(Layout.Control.magic) == Layout.Magic.control,
      page.load32(Layout.Control.version) == UInt32(Layout.version),
      page.load(Layout.Control.ring) == ring,
      page.load(Layout.Control.dataBytes) == UInt64(dataBytes)
    else { throw Errno(EINVAL) }
    return page
  }

  /// A ring goes by one of its pages, until ``leave()``.
  func join() { livingCount += 1 }
  func leave() { livingCount -= 1 }

  /// A descriptor that cannot write, opened anew.
  func forClient(_ reopening: borrowing Reopening) throws(SystemError) -> Descriptor {
    do throws(Errno) {
      return try reopening.readOnly(file)
    } catch {
      throw SystemError("reopen", "control pages", error)
    }
  }
}
