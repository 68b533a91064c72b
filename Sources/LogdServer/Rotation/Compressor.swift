// An archive gets smaller:
//
//   plain ──▶ .NAME.gz.new written ──▶ synced ──▶ named NAME.gz ──▶ plain removed
//
// Killed before the new name, what was written is removed and it starts over. Killed after it, both
// are there, and the plain one is removed: if the other says that it holds as many bytes. Else
// neither is touched: it may be somebody else's.

internal import CLinux
internal import CZstd
internal import Glibc
internal import LogdPlatform
internal import Synchronization

/// Compresses one archive at a time, on a thread that nobody waits for.
struct Compressor: Sendable {
  let names: ArchiveNames
  /// Not ``Configuration/Compression/none``.
  let compression: Configuration.Compression
  let stop: StopFlag

  private static let chunkBytes = 256 << 10
  private static let unfinished = ".new"

  private var ending: String { compression == .gzip ? ".gz" : ".zst" }

  /// Whether a name is that of a file that nobody will finish.
  static func isUnfinished(_ name: String, _ names: ArchiveNames) -> Bool {
    guard name.hasPrefix("."), name.hasSuffix(unfinished) else { return false }
    let middle = name.dropFirst().dropLast(unfinished.utf8.count)
    return names.archive(String(middle))?.isCompressed ?? false
  }

  /// Puts the compressed form in the place of a plain archive, unless it is told to stop, or there
  /// is a compressed form already that is not this one's.
  func compress(_ name: String) throws(SystemError) {
    let path = names.path(name)
    let target = names.path(name + ending)
    try SystemError.naming("compress", path) { () throws(Errno) in
      let plain = try Self.open(path, O_RDONLY)
      let status = try FileStatus(of: plain)
      if (try? FileStatus(of: target, followingLinks: false)) == nil {
        let temporary = names.path(".\(name)\(ending)\(Self.unfinished)")
        let file = try Self.open(temporary, O_RDWR | O_CREAT | O_TRUNC)
        guard try copy(plain, status, to: file) else { return }
        _ = try check(unsafe clinux_rename_new(temporary, target))
        CrashPoint.afterCompress.pass()
      } else if try !holds(status.bytes, target) {
        return
      }
      if unsafe unlink(path) != 0 { throw Errno.current }
    }
  }

  /// Whether all of it came to be in `file`, on the disk, with the mode and the owners of the other.
  private func copy(
    _ plain: borrowing Descriptor, _ status: FileStatus, to file: borrowing Descriptor
  ) throws(Errno) -> Bool {
    let stream: any CompressingStream =
      compression == .gzip
      ? try GzipStream(to: file.raw) : try ZstdStream(to: file.raw, bytes: status.bytes)
    var buffer = [UInt8](repeating: 0, count: Self.chunkBytes)
    var offset: UInt64 = 0
    while offset < status.bytes {
      if stop.isSet { return false }
      let wanted = min(UInt64(buffer.count), status.bytes - offset)
      let count = try check(unsafe clinux_pread(plain.raw, &buffer, wanted, offset))
      if count == 0 { throw Errno(EIO) }  // somebody has cut it
      try stream.put(buffer, count: Int(count))
      offset += UInt64(count)
      if offset > status.bytes / 2 { CrashPoint.inCompress.pass() }
    }
    try stream.finish()
    guard fchmod(file.raw, mode_t(status.mode)) == 0, fsync(file.raw) == 0 else {
      throw Errno.current
    }
    // Not permitted where the group is none of the daemon's: then it has the daemon's own.
    _ = fchown(file.raw, .max, status.group)
    return true
  }

  private static func open(_ path: String, _ flags: Int32) throws(Errno) -> Descriptor {
    let number = unsafe Glibc.open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
    guard number >= 0 else { throw Errno.current }
    return Descriptor(owning: number)
  }

  /// Whether a compressed file says that so many bytes are in it: the last four of gzip, modulo
  /// 2³², the frame's head of zstd.
  private func holds(_ bytes: UInt64, _ path: String) throws(Errno) -> Bool {
    let file = try Self.open(path, O_RDONLY)
    let size = try FileStatus(of: file).bytes
    var part = [UInt8](repeating: 0, count: compression == .gzip ? 4 : 18)
    guard size >= UInt64(part.count) else { return false }
    let offset = compression == .gzip ? size - 4 : 0
    _ = try check(unsafe clinux_pread(file.raw, &part, UInt64(part.count), offset))
    if compression == .gzip {
      let said = part.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      return said == UInt32(truncatingIfNeeded: bytes)
    }
    return unsafe part.withUnsafeBytes { head in
      // SAFETY: the head is there for the call.
      unsafe ZSTD_getFrameContentSize(head.baseAddress, head.count) == bytes
    }
  }
}

/// What a thread that has much to do looks at now and then.
final class StopFlag: Sendable {
  private let flag = Atomic<Bool>(false)

  var isSet: Bool { flag.load(ordering: .relaxed) }

  func set() { flag.store(true, ordering: .relaxed) }
}
