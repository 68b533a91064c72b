extension ConfigurationKey {
  static func named(_ path: String) -> ConfigurationKey? { all.first { $0.path == path } }

  /// Whether keys of ours are below `path`.
  static func isSection(_ path: String) -> Bool { all.contains { $0.path.hasPrefix(path + ".") } }

  /// What to say of a key or section that is not ours.
  static func unknown(_ path: String) -> String {
    nearest(to: path).map { "unknown key; the nearest is \($0)" } ?? "unknown key"
  }

  /// The key or section that was probably meant: the right name in another section, or a slip of
  /// the finger.
  static func nearest(to path: String) -> String? {
    let name = path.split(separator: ".").last ?? ""
    if let moved = all.first(where: { $0.name == name }) { return moved.path }
    let known = all.map(\.path) + sections
    guard let best = known.min(by: { editDistance(path, $0) < editDistance(path, $1) })
    else { return nil }
    return editDistance(path, best) <= max(2, best.count / 3) ? best : nil
  }

  /// The sections in the order of their first key: `listen`, `listen.native`, …
  static var sections: [String] {
    var seen: [String] = []
    for key in all where !seen.contains(String(key.section)) { seen.append(String(key.section)) }
    return seen
  }
}
