internal import Glibc

/// What the kernel knows of a file by its name, stat(2).
public struct FileStatus: Sendable {
  public enum Kind: Sendable { case regular, directory, link, socket, fifo, other }

  public let kind: Kind
  public let owner: UInt32
  public let group: UInt32
  /// The twelve permission bits.
  public let mode: UInt32
  public let bytes: UInt64
  /// The names it has; 0: it is open and has been removed.
  public let links: UInt64
  /// Device and inode: the file itself, whatever it is called by now.
  public let identity: Identity

  public struct Identity: Hashable, Sendable {
    public let device: UInt64
    public let inode: UInt64
  }

  /// Of what the name leads to; with `followingLinks: false`, of the link itself, lstat(2).
  public init(of path: String, followingLinks: Bool = true) throws(Errno) {
    var status = stat()
    let result = followingLinks ? unsafe stat(path, &status) : unsafe lstat(path, &status)
    if result != 0 { throw Errno.current }
    self.init(status)
  }

  /// Of an open file, fstat(2).
  public init(of descriptor: borrowing Descriptor) throws(Errno) {
    var status = stat()
    if unsafe fstat(descriptor.raw, &status) != 0 { throw Errno.current }
    self.init(status)
  }

  private init(_ status: stat) {
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .directory
      case S_IFLNK: .link
      case S_IFSOCK: .socket
      case S_IFIFO: .fifo
      default: .other
      }
    owner = status.st_uid
    group = status.st_gid
    mode = status.st_mode & 0o7777
    bytes = UInt64(max(0, status.st_size))
    links = UInt64(status.st_nlink)
    identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }
}
