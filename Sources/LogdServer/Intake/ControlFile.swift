internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import LogdWire

/// A memory file with the control blocks of a few clients of one user.
///
/// Of many, because a descriptor and a mapping for each of thousands of clients are what the end of a daemon
/// and the start of the next one would take most of their time for. Not of all, because no block is granted
/// twice: a client that was let go reads to its end what it was told last, so that one that stays keeps
/// the memory of all. On the I/O thread.
final class ControlFile {
  static let blockCountMax = 64
  /// When there are many blocks already that belong to nobody any more.
  static let blockCountLeast = 16

  let blockCount: Int
  let id: UInt64
  let uid: UInt32
  let file: Descriptor
  /// A bag has it.
  var isKept: Bool
  private let memory: ControlMemory
  private var grantedCount: Int
  private var livingCount = 0

  init(id: UInt64, uid: UInt32, blockCount: Int = blockCountMax) throws(SystemError) {
    let byteCount = blockCount * Layout.controlBytes
    do throws(Errno) {
      file = Descriptor(owning: try check(unsafe clinux_memfd("logd-control")))
      guard ftruncate(file.raw, byteCount) == 0 else { throw Errno.current }
      _ = try check(clinux_seal_size(file.raw))
      // Another user who opens it anew, by /proc, cannot do so for writing.
      guard fchmod(file.raw, 0o400) == 0 else { throw Errno.current }
      memory = ControlMemory(try Mapping(file: file.raw, byteCount: byteCount))
    } catch {
      throw SystemError("create", "control blocks", error)
    }
    self.blockCount = blockCount
    self.id = id
    self.uid = uid
    isKept = false
    grantedCount = 0
  }

  /// One that an earlier daemon made and a bag has kept: no block of it is granted any more.
  init(id: UInt64, uid: UInt32, inherited: consuming Descriptor) throws(Errno) {
    let bytes = try FileStatus(of: inherited).bytes
    let (blocks, rest) = bytes.quotientAndRemainder(dividingBy: UInt64(Layout.controlBytes))
    guard rest == 0, blocks > 0, blocks <= UInt64(Self.blockCountMax) else { throw Errno(EINVAL) }
    blockCount = Int(blocks)
    memory = ControlMemory(try Mapping(file: inherited.raw, byteCount: Int(bytes)))
    file = inherited
    self.id = id
    self.uid = uid
    isKept = true
    grantedCount = blockCount
  }

  var isFull: Bool { grantedCount == blockCount }
  var isUnused: Bool { livingCount == 0 }

  /// The next block, with what the client of a new ring finds in it. Not of one that is full.
  func grant(ring: UInt64, dataBytes: Int, severity: Severity) -> ControlBlock {
    let block = ControlBlock(memory, at: grantedCount * Layout.controlBytes)
    block.store32(Layout.Control.magic, Layout.Magic.control)
    block.store32(Layout.Control.version, UInt32(Layout.version))
    block.store(Layout.Control.ring, ring)
    block.store(Layout.Control.dataBytes, UInt64(dataBytes))
    block.set(severity)
    grantedCount += 1
    return block
  }

  /// A block that an earlier daemon granted; throws EINVAL for what is no control block of that ring.
  func block(at offset: UInt64, ring: UInt64, dataBytes: Int) throws(Errno) -> ControlBlock {
    guard offset <= UInt64((blockCount - 1) * Layout.controlBytes),
      offset % UInt64(Layout.controlBytes) == 0
    else { throw Errno(EINVAL) }
    let block = ControlBlock(memory, at: Int(offset))
    guard block.load32(Layout.Control.magic) == Layout.Magic.control,
      block.load32(Layout.Control.version) == UInt32(Layout.version),
      block.load(Layout.Control.ring) == ring,
      block.load(Layout.Control.dataBytes) == UInt64(dataBytes)
    else { throw Errno(EINVAL) }
    return block
  }

  /// A ring goes by one of its blocks, until ``leave()``.
  func join() { livingCount += 1 }
  func leave() { livingCount -= 1 }

  /// A descriptor that cannot write, opened anew.
  func forClient(_ reopening: borrowing Reopening) throws(SystemError) -> Descriptor {
    do throws(Errno) {
      return try reopening.readOnly(file)
    } catch {
      throw SystemError("reopen", "control blocks", error)
    }
  }
}
