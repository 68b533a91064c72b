import Foundation
import LogdPlatform
import Synchronization

/// A directory of its own with a log file that does not exist yet; removed with the object.
final class TemporaryLog: Sendable {
  let directory: String
  var path: String { "\(directory)/logd.log" }

  private static let made = Atomic<Int>(0)

  init() {
    let number = Self.made.wrappingAdd(1, ordering: .relaxed).newValue
    directory = "/tmp/logd-log-\(getpid())-\(number)"
    guard (try? Directory.make(directory, mode: 0o700)) == true else {
      fatalError("cannot make \(directory)")
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }  // /tmp is cleaned anyway

  /// Adds to the end of a file, which is made when it is missing.
  func append(_ text: String, to path: String? = nil) {
    let file = unsafe fopen(path ?? self.path, "a")
    unsafe fputs(text, file)
    unsafe fclose(file)
  }

  func rename(to other: String) { unsafe _ = Foundation.rename(path, other) }
}
