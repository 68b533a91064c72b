internal import Glibc

/// The programs under test: as they were built for release, not as a part of the tests.
enum Program: String {
  case logd, logctl, logbench
  case clientStress = "ClientStress"
  /// env(1) and unshare(1), which start another one.
  case env, unshare

  /// In `LOGD_BIN_DIR`, else where `make` puts them.
  var path: String {
    if self == .env || self == .unshare { return "/usr/bin/\(rawValue)" }
    return "\(Self.directory)/\(rawValue)"
  }

  static var directory: String {
    unsafe getenv("LOGD_BIN_DIR").map { unsafe String(cString: $0) } ?? ".build/release"
  }
}
