internal import LogdWire

/// Who may have how much memory for rings: in total and for each user.
///
/// One ring takes at most a quarter of what is left, so that smaller and smaller ones are granted as
/// memory gets short, down to two of the largest records; then none.
struct RingMemory {
  private let configuration: Configuration.Ring
  private let leastBytes: Int
  private(set) var totalBytes = 0
  private var userBytes: [UInt32: Int] = [:]

  init(_ configuration: Configuration) {
    self.configuration = configuration.ring
    leastBytes = Self.powerOfTwo(atLeast: max(2 * configuration.limits.recordBytesMax, 4096))
  }

  /// The size of the ring to grant, which is now accounted for; nil: there is no room.
  mutating func reserve(wished: UInt64, uid: UInt32) -> Int? {
    let wish = wished == 0 ? configuration.sizeBytes : Int(clamping: wished)
    var size = Self.powerOfTwo(atLeast: max(leastBytes, min(wish, configuration.sizeBytesMax)))
    let left = min(
      configuration.totalBytesMax - totalBytes,
      configuration.userBytesMax - userBytes[uid, default: 0])
    while size > left / 4, size > leastBytes { size /= 2 }
    guard size <= left else { return nil }
    adopt(size, uid: uid)
    return size
  }

  /// Accounts for exactly so much, if there is room for it.
  mutating func reserve(exactly byteCount: Int, uid: UInt32) -> Bool {
    guard totalBytes + byteCount <= configuration.totalBytesMax,
      userBytes[uid, default: 0] + byteCount <= configuration.userBytesMax
    else { return false }
    adopt(byteCount, uid: uid)
    return true
  }

  /// Accounts for a ring that an earlier daemon granted, whatever the limits are by now.
  mutating func adopt(_ byteCount: Int, uid: UInt32) {
    totalBytes += byteCount
    userBytes[uid, default: 0] += byteCount
  }

  mutating func release(_ byteCount: Int, uid: UInt32) {
    totalBytes -= byteCount
    userBytes[uid, default: 0] -= byteCount
    if userBytes[uid] == 0 { userBytes[uid] = nil }
  }

  static func powerOfTwo(atLeast byteCount: Int) -> Int {
    1 << (Int.bitWidth - max(byteCount - 1, 1).leadingZeroBitCount)
  }
}
