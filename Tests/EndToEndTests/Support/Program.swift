internal import Glibc

/// The programs under test: as they were built for release, not as a part of the tests.
enum Program: String {
  case logd, logctl, logbench
  case clientStress = "ClientStress"
  /// env(1), unshare(1) and systemd-socket-activate(1), which start another one.
  case env, unshare
  /// prlimit(1): what another process may have.
  case prlimit
  /// What reads and compresses what logctl shows.
  case gzip, jq
  case socketActivate = "systemd-socket-activate"
  /// What makes and breaks disks.
  case mount, umount, fsfreeze
  case mkfs = "mkfs.ext4"
  /// logd built with `-DCRASH_POINTS`.
  case crashLogd
  /// From PyPI, where `make` has installed it.
  case eliotTree
  /// Scripts beside the tests.
  case withSystemd = "with-systemd"
  case hungFile = "Support/hung-file"

  /// In `LOGD_BIN_DIR`, else where `make` puts them.
  var path: String {
    switch self {
    case .env, .unshare, .prlimit, .socketActivate, .mount, .umount, .gzip, .jq:
      "/usr/bin/\(rawValue)"
    case .fsfreeze, .mkfs: "/usr/sbin/\(rawValue)"
    case .crashLogd: Self.crashLogdPath ?? "LOGD_CRASH_BIN is not set"
    case .eliotTree: ".build/python/bin/eliot-tree"
    case .withSystemd, .hungFile: "Tests/\(rawValue)"
    default: "\(Self.directory)/\(rawValue)"
    }
  }

  static var directory: String { variable("LOGD_BIN_DIR") ?? ".build/release" }

  /// `Tests/run-suites` builds it and says where.
  static var crashLogdPath: String? { variable("LOGD_CRASH_BIN") }

  private static func variable(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }
}
