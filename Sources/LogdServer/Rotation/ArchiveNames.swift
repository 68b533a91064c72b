/// How archives of a log file are called: `logd-20261121T024100Z.log` for `logd.log`, with the time
/// of the rotation in UTC; `logd-20261121T024100Z-1.log` where that name is taken; and `.gz` or
/// `.zst` behind it once it is compressed.
struct ArchiveNames: Sendable {
  let directory: String
  /// `logd` and `.log`.
  private let stem: String
  private let suffix: String

  /// What a name in the directory says.
  struct Archive: Equatable, Sendable {
    let name: String
    /// The name of the archive before it was compressed.
    let plainName: String
    /// The time in the name, seconds since 1970.
    let closed: Int64
    /// What tells archives of the same second apart.
    let number: Int

    var isCompressed: Bool { name != plainName }

    /// In the order in which they were written, if the clock was not set back.
    func isOlder(than other: Archive) -> Bool {
      (closed, number, name) < (other.closed, other.number, other.name)
    }
  }

  static let compressedEndings = [".gz", ".zst"]

  /// `path`: of the log file, absolute.
  init(logFile path: String) {
    let slash = path.lastIndex(of: "/") ?? path.startIndex
    directory = slash == path.startIndex ? "/" : String(path[..<slash])
    let name = path[slash...].dropFirst()
    let dot = name.dropFirst().lastIndex(of: ".") ?? name.endIndex
    stem = String(name[..<dot])
    suffix = String(name[dot...])
  }

  func path(_ name: String) -> String { directory == "/" ? "/\(name)" : "\(directory)/\(name)" }

  /// The name for a file that is closed at that time, nanoseconds since 1970; `number` 0: the first
  /// choice.
  func name(closed: Int64, number: Int) -> String {
    let time = Timestamp.text(closed).filter { $0 != "-" && $0 != ":" }
    return "\(stem)-\(time)\(number == 0 ? "" : "-\(number)")\(suffix)"
  }

  /// Nil: no name of ours.
  func archive(_ name: String) -> Archive? {
    let ending = Self.compressedEndings.first { name.hasSuffix($0) } ?? ""
    let plain = name.dropLast(ending.count)
    guard plain.hasPrefix("\(stem)-"), plain.hasSuffix(suffix),
      plain.utf8.count >= stem.utf8.count + suffix.utf8.count + 17
    else { return nil }
    let middle = plain.dropFirst(stem.count + 1).dropLast(suffix.count)
    guard let closed = Timestamp.seconds(compact: middle.prefix(16)) else { return nil }
    let rest = middle.dropFirst(16)
    var number = 0
    if !rest.isEmpty {
      guard rest.first == "-", let given = Int(rest.dropFirst()), given > 0,
        "\(given)" == rest.dropFirst()
      else { return nil }
      number = given
    }
    return Archive(name: name, plainName: String(plain), closed: closed, number: number)
  }
}
