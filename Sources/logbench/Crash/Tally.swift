internal import Glibc
internal import LogdPlatform

/// What producers have done, in a file that they and we have mapped: it outlives a `kill -9`.
struct Tally: ~Copyable {
  private let words: Mapping
  private static let slotBytes = 64

  /// Words of a producer.
  enum Word: Int {
    /// Log calls that have returned.
    case returned = 0
    /// 1: it had its ring.
    case attached = 8
    /// Records that its client gave up.
    case dropped = 16
    /// Records that its client has said no daemon took.
    case undelivered = 24
    /// Its longest log call.
    case longestNs = 32
    /// 1: it came to its end.
    case done = 40
  }

  /// Words for all.
  enum Order: Int { case pause = 0, stop = 8 }

  /// Makes the file, or opens the one that is there.
  init(path: String, producers: Int) throws {
    let bytes = (producers + 1) * Self.slotBytes
    let number = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard number >= 0 else { throw SystemError("open", path, .current) }
    let file = Descriptor(owning: number)
    guard ftruncate(file.raw, bytes) == 0 else { throw SystemError("extend", path, .current) }
    words = try SystemError.naming("map", path) { () throws(Errno) in
      try Mapping(file: file.raw, byteCount: bytes)
    }
  }

  subscript(producer: Int, word: Word) -> UInt64 {
    get { words.load((producer + 1) * Self.slotBytes + word.rawValue) }
    nonmutating set { words.store((producer + 1) * Self.slotBytes + word.rawValue, newValue) }
  }

  subscript(order: Order) -> Bool {
    get { words.load(order.rawValue) != 0 }
    nonmutating set { words.store(order.rawValue, newValue ? 1 : 0) }
  }
}
