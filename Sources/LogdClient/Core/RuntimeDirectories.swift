internal import CLinux
internal import LogdWire

/// Where a daemon may be found: at most two directories, tried in this order.
struct RuntimeDirectories {
  /// Longer than a path of a socket may be, so that one that is too long is seen to be.
  typealias Path = ShortText<128>

  private(set) var first = Path()
  private(set) var second = Path()
  /// The second is in /tmp: it must be ours, and nobody else may enter.
  private(set) var mustBePrivate = false

  /// One that the caller names.
  init(_ path: RawSpan) { first = Path(cutting: path) }

  /// `LOGD_RUNTIME_DIR`, else `/run/logd` and then the user's own.
  init() {
    if let named = Self.environment("LOGD_RUNTIME_DIR") {
      first = named
      return
    }
    first = Path(cutting: "/run/logd")
    if var own = Self.environment("XDG_RUNTIME_DIR") {
      own.append("/logd")
      second = own
    } else {
      second = Path(cutting: "/tmp/logd-")
      second.append(decimal: UInt64(clinux_getuid()))
      mustBePrivate = true
    }
  }

  private static func environment(_ name: StaticString) -> Path? {
    // SAFETY: a literal ends in zero, and so does the answer, which is copied at once.
    name.withUTF8Buffer { buffer in
      guard let start = buffer.baseAddress,
        let value = unsafe clinux_environment(
          UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self)), unsafe value.pointee != 0
      else { return nil }
      var path = Path()
      var at = unsafe value
      while unsafe at.pointee != 0, path.count < 128 {
        path.append(UInt8(bitPattern: unsafe at.pointee))
        unsafe at += 1
      }
      return path
    }
  }
}

extension ShortText {
  mutating func append(_ text: StaticString) {
    // SAFETY: the index is below the count of a literal.
    for index in 0..<text.utf8CodeUnitCount { append(unsafe text.utf8Start[index]) }
  }

  mutating func append(decimal number: UInt64) {
    if number >= 10 { append(decimal: number / 10) }
    append(UInt8(ascii: "0") + UInt8(number % 10))
  }
}
