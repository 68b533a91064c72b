internal import CLinux
internal import Glibc
internal import LogdPlatform

/// How the daemon is started, again and again: as this program was, but without a supervisor.
///
/// It is looked for by the name that this program was started with, so that after an upgrade the
/// next one is the new one; while there is nothing that could be executed, the old one once more.
struct DaemonProgram {
  private let path: String
  private let notifyAddress: String
  private static let ownFile = "/proc/self/exe"

  init(notifyAddress: String) {
    self.notifyAddress = notifyAddress
    path = Self.findPath()
  }

  /// Starts it with what the store holds; its process number.
  func start(_ store: borrowing DescriptorStore) throws(Errno) -> Int32 {
    // SAFETY: what is made here is freed below; the rest is the process's own and stays.
    let option = unsafe strdup("--no-supervise")
    let added = unsafe assignments(store).map { unsafe strdup($0) }
    defer { unsafe (added + [option]).forEach { unsafe free($0) } }
    let arguments = unsafe Self.arguments(option)
    let environment = unsafe Self.inherited + added + [nil]
    let descriptors = store.numbers
    return try check(
      unsafe arguments.withUnsafeBufferPointer { arguments in
        unsafe environment.withUnsafeBufferPointer { environment in
          unsafe descriptors.withUnsafeBufferPointer { descriptors in
            unsafe path.withCString { path in
              unsafe Self.ownFile.withCString { fallback in
                // The place is longer than any number.
                let digits = unsafe added[0]! + Self.listenPID.utf8.count
                var program = unsafe clinux_program(
                  path: path, fallback: fallback, arguments: arguments.baseAddress,
                  environment: environment.baseAddress, pid_digits: digits,
                  descriptors: descriptors.baseAddress, count: Int32(descriptors.count))
                return unsafe clinux_start(&program)
              }
            }
          }
        }
      })
  }

  // MARK: arguments and environment

  /// Our own, byte for byte, with another option first.
  private static func arguments(
    _ option: UnsafeMutablePointer<CChar>?
  ) -> [UnsafeMutablePointer<CChar>?] {
    let own = unsafe CommandLine.unsafeArgv
    var words: [UnsafeMutablePointer<CChar>?] = unsafe [own[0], option]
    for index in 1..<max(1, Int(CommandLine.argc)) {
      if unsafe strcmp(own[index]!, "--supervise") != 0 { unsafe words.append(own[index]) }
    }
    return unsafe words + [nil]
  }

  private static let listenPID = "LISTEN_PID="

  /// What is said to the daemon, sd_listen_fds(3); where its number goes, first.
  private func assignments(_ store: borrowing DescriptorStore) -> [String] {
    var list = ["\(Self.listenPID)000000000000", "NOTIFY_SOCKET=\(notifyAddress)"]
    if !store.numbers.isEmpty {
      list.append("LISTEN_FDS=\(store.numbers.count)")
      list.append("LISTEN_FDNAMES=\(store.names.joined(separator: ":"))")
    }
    return list
  }

  /// Our environment without what was said to us by another.
  private static var inherited: [UnsafeMutablePointer<CChar>?] {
    let ours = [listenPID, "LISTEN_FDS=", "LISTEN_FDNAMES=", "NOTIFY_SOCKET=", "WATCHDOG_"]
    var kept: [UnsafeMutablePointer<CChar>?] = unsafe []
    var next = unsafe environ
    while let variable = unsafe next.pointee {
      if !ours.contains(where: { unsafe strncmp($0, variable, $0.utf8.count) == 0 }) {
        unsafe kept.append(variable)
      }
      unsafe next += 1
    }
    return unsafe kept
  }

  // MARK: path

  /// The name that leads to this very program: the one it was started with, or the same found in
  /// PATH, or else what the kernel calls it.
  private static func findPath() -> String {
    let name = CommandLine.arguments.first ?? ""
    let own = try? FileStatus(of: ownFile).identity  // no /proc: nothing is the same
    for candidate in candidates(name) where (try? FileStatus(of: candidate).identity) == own {
      return candidate
    }
    return ownFile
  }

  private static func candidates(_ name: String) -> [String] {
    if name.contains("/") { return [try? Directory.absolute(name)].compactMap(\.self) }
    // SAFETY: copied before anybody could call setenv.
    let search = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin"
    return search.split(separator: ":").map { "\($0)/\(name)" }
  }
}
