internal import Glibc

/// The programs under test: as they were built for release, not as a part of the tests.
enum Program: String {
  case logd, logctl, logbench
  case clientStress = "ClientStress"

  /// In `LOGD_BIN_DIR`, else where `make` puts them.
  var path: String {
    let directory = unsafe getenv("LOGD_BIN_DIR").map { unsafe String(cString: $0) }
    return "\(directory ?? ".build/release")/\(rawValue)"
  }
}
