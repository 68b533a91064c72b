/// What a message of the daemon asks for, sd_notify(3): assignments, one a line. What is not known
/// is ignored.
struct Notification: Equatable {
  private(set) var isReady = false
  private(set) var stores = false
  private(set) var removes = false
  private(set) var name = "stored"

  /// The longest name that is taken, so that 1,024 of them fit into one environment variable.
  static let nameBytesMax = 64

  init(_ bytes: ArraySlice<UInt8>) {
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let text = String(decoding: line, as: UTF8.self)
      switch text {
      case "READY=1": isReady = true
      case "FDSTORE=1": stores = true
      case "FDSTOREREMOVE=1": removes = true
      default: take(name: text)
      }
    }
  }

  private mutating func take(name text: String) {
    let key = "FDNAME="
    let value = text.utf8.dropFirst(key.utf8.count)
    guard text.hasPrefix(key), (1...Self.nameBytesMax).contains(value.count),
      value.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") })
    else { return }
    name = String(value) ?? name
  }
}
