internal import CLinux
public import LogdPlatform

/// A log file and the archives that rotation has put beside it:
/// `logd-20261121T024100Z.log`, also with `.gz` or `.zst`, beside `logd.log`.
public struct LogChain: Sendable {
  public let path: String
  public let directory: String
  /// `logd` and `.log` of `logd.log`.
  private let stem: String
  private let suffix: String

  /// An archive, known by its name.
  public struct Archive: Sendable {
    /// Without `.gz` or `.zst`.
    public let name: String
    public fileprivate(set) var path: String
    /// The file was closed then, in nanoseconds since 1970, and less than a second later.
    public let closed: Int64
    /// What follows the time in the name, of archives of the same second.
    fileprivate let number: Int

    /// No record in it is much later.
    var latest: Int64 { closed.saturatingAdd(1_000_000_000) }
  }

  public init(_ path: String) {
    self.path = path
    let slash = path.lastIndex(of: "/")
    directory = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
    let dot = name.dropFirst().lastIndex(of: ".") ?? name.endIndex
    stem = String(name[..<dot])
    suffix = String(name[dot...])
  }

  /// The archives, oldest first; of one that is there plain and compressed, the plain one.
  public func archives() throws(SystemError) -> [Archive] {
    let names = try SystemError.naming("read", directory) { () throws(Errno) in
      try Directory.names(in: directory)
    }
    var found: [String: Archive] = [:]
    for name in names.sorted(by: { $0.utf8.count > $1.utf8.count }) {
      if let archive = archive(name) { found[archive.name] = archive }
    }
    return found.values.sorted {
      ($0.closed, $0.number, $0.name) < ($1.closed, $1.number, $1.name)
    }
  }

  /// All files of the log, oldest first, opened. Archives are opened under their new name when they
  /// are compressed meanwhile; one that is removed meanwhile is left out.
  ///
  /// - Throws: when the log file itself cannot be read, or an archive for another reason than that
  ///   it is gone.
  public func open() throws(SystemError) -> [LogFile] {
    while true {
      let live = try awaitLive()
      var files: [LogFile] = []
      for archive in try archives() {
        if let file = try open(archive) { files.append(file) }
      }
      // Rotated meanwhile, it would be among the archives as well, perhaps compressed already.
      if try openLive()?.status.identity == live.status.identity { return files + [live] }
    }
  }

  /// The log file. Between two steps of a rotation nobody has its name: with archives beside it, it is
  /// waited for, a second at most.
  private func awaitLive() throws(SystemError) -> LogFile {
    let deadline = Clock.monotonicNanoseconds() &+ 1_000_000_000
    while true {
      do throws(SystemError) {
        return try LogFile(path, isLive: true)
      } catch {
        guard error.errno.isMissing, (try? archives())?.isEmpty == false,
          Clock.monotonicNanoseconds() < deadline
        else { throw error }
        _ = clinux_poll(-1, 0, 1)
      }
    }
  }

  /// Nil when it is gone.
  func open(_ archive: Archive) throws(SystemError) -> LogFile? {
    for ending in ["", ".gz", ".zst"] {
      do throws(SystemError) {
        return try LogFile("\(directory)/\(archive.name)\(ending)", archive: archive)
      } catch {
        if !error.errno.isMissing { throw error }
      }
    }
    return nil
  }

  /// What a name in the directory says; nil when it is not the name of an archive.
  private func archive(_ name: String) -> Archive? {
    var base = name[...]
    for ending in [".gz", ".zst"] where base.hasSuffix(ending) {
      base = base.dropLast(ending.count)
    }
    guard base.hasPrefix("\(stem)-"), base.hasSuffix(suffix) else { return nil }
    let middle = base.dropFirst(stem.count + 1).dropLast(suffix.count)
    guard let time = Self.time(middle.prefix(16)) else { return nil }
    let rest = middle.dropFirst(16)
    guard rest.isEmpty || rest.first == "-" || rest.first == "." else { return nil }
    return Archive(
      name: String(base), path: "\(directory)/\(name)", closed: time,
      number: Int(rest.dropFirst()) ?? 0)
  }

  /// `20261121T024100Z`
  private static func time(_ text: Substring) -> Int64? {
    let digits = text.filter { $0.isASCII && $0.isNumber }
    guard text.count == 16, digits.count == 14, text.dropFirst(8).first == "T", text.last == "Z"
    else { return nil }
    func number(_ from: Int, _ count: Int) -> Int {
      Int(digits.dropFirst(from).prefix(count)) ?? 0
    }
    var time = CalendarTime(year: number(0, 4), month: number(4, 2), day: number(6, 2))
    (time.hour, time.minute, time.second) = (number(8, 2), number(10, 2), number(12, 2))
    return Int64(saturatingSeconds: time.secondsUTC)
  }
}
