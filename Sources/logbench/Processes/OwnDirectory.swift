internal import Glibc

/// Where this program is: the others of the project are beside it.
enum OwnDirectory {
  static func program(_ name: String) -> String { "\(path)/\(name)" }

  static var path: String {
    let own = unsafe realpath("/proc/self/exe", nil)
    defer { unsafe free(own) }
    let path = unsafe own.map { unsafe String(cString: $0) } ?? "./logbench"
    return path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
  }
}
