internal import Glibc

/// The programs under test: as they were built for release, not as a part of the tests.
enum Program: String {
  case logd, logctl, logbench
  case clientStress = "ClientStress"
  /// env(1), unshare(1) and systemd-socket-activate(1), which start another one.
  case env, unshare
  case socketActivate = "systemd-socket-activate"

  /// In `LOGD_BIN_DIR`, else where `make` puts them.
  var path: String {
    switch self {
    case .env, .unshare, .socketActivate: "/usr/bin/\(rawValue)"
    default: "\(Self.directory)/\(rawValue)"
    }
  }

  static var directory: String {
    unsafe getenv("LOGD_BIN_DIR").map { unsafe String(cString: $0) } ?? ".build/release"
  }
}
