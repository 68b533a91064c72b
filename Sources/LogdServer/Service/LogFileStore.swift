internal import LogdPlatform

/// The log file in the descriptor store, so that the next daemon finds it wherever somebody has
/// moved it: the batch that this one may leave half written is finished there.
struct LogFileStore {
  private let manager: ServiceManager?
  private var number = 0
  /// Those of earlier daemons, for the recovery.
  private(set) var inherited: [LogFile] = []
  private var names: [String] = []

  /// `log-0`, `log-1`, …: another name for each file, so that one goes when the next is there.
  private static let prefix = "log-"

  init(_ manager: ServiceManager?, path: String, from descriptors: inout InheritedDescriptors) {
    self.manager = manager
    for name in descriptors.names(prefix: Self.prefix) {
      guard let descriptor = descriptors.take(name) else { continue }
      names.append(name)
      number = max(number, (Int(name.dropFirst(Self.prefix.count)) ?? 0) + 1)
      // One that was removed is of no use: nobody would see what is written to it.
      if let file = LogFile(stored: descriptor, path: path) { inherited.append(file) }
    }
  }

  /// `file` takes the place of all that are stored. Where the manager does not take it, because its
  /// queue is full, a file that was not moved to another directory is found all the same.
  mutating func keep(_ file: LogFile) {
    inherited = []
    guard !file.isAbsent else { return clear() }
    guard let manager else { return }
    let name = "\(Self.prefix)\(number)"
    number += 1
    guard manager.offer(file.raw, name: name) else { return }
    for old in names { manager.remove(name: old) }
    names = [name]
  }

  /// At an orderly end, and where no file is kept, nothing is pending.
  mutating func clear() {
    for name in names { manager?.remove(name: name) }
    names = []
  }
}
