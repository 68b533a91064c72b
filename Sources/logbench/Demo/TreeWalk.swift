internal import CLinux
internal import Glibc
internal import LogdPlatform

/// The regular files of a directory and all below it, in an order that is the same each time.
/// Links are not followed, names that begin with a dot and what cannot be looked at are left out.
struct TreeWalk {
  /// What is still to be looked at, the next one last.
  private var ahead: [String]

  init(_ directory: String) { ahead = [directory] }

  mutating func next() -> String? {
    while let path = ahead.popLast() {
      guard let status = try? FileStatus(of: path, followingLinks: false) else { continue }
      switch status.kind {
      case .regular: return path
      case .directory:
        let names = (try? Directory.names(in: path)) ?? []
        ahead += names.filter { !$0.hasPrefix(".") }.sorted(by: >).map { "\(path)/\($0)" }
      case .link, .socket, .fifo, .other: continue
      }
    }
    return nil
  }
}

extension Descriptor {
  /// open(2) for reading.
  static func reading(_ path: String) throws(Errno) -> Descriptor {
    let number = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard number >= 0 else { throw Errno.current }
    return Descriptor(owning: number)
  }
}
