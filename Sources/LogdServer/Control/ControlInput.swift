/// Bytes from a control connection, until they are whole messages.
struct ControlInput {
  /// No call of ours needs more than a hundred bytes.
  static let bytesMax = 64 << 10

  private var bytes: [UInt8] = []
  /// Up to here there is no NUL, so that no byte is looked at twice.
  private var scanned = 0

  /// Whether a message is here that has no end within the limit.
  var isOverlong: Bool { bytes.count >= Self.bytesMax && scanned == bytes.count }

  /// How much may be added.
  var room: Int { Self.bytesMax - bytes.count }

  mutating func append(_ more: ArraySlice<UInt8>) {
    precondition(more.count <= room, "the caller reads no more than there is room for")
    bytes += more
  }

  /// The next whole message without its NUL.
  mutating func next() -> [UInt8]? {
    guard let end = bytes[scanned...].firstIndex(of: 0) else {
      scanned = bytes.count
      return nil
    }
    defer {
      bytes.removeSubrange(...end)
      scanned = 0
    }
    return Array(bytes[..<end])
  }
}
