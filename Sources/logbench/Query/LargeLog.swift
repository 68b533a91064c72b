internal import Glibc
internal import LogdPlatform

/// A text log of one day, as large as asked for: lines in time order, each with a number of its own.
struct LargeLog {
  let path: String
  let bytes: Int
  let lines: Int

  static let firstNumber = 1_000_000_000
  private static let day = "2026-11-21T"
  private static let idents = 16

  /// Writes the file. Patches digits of a few templates in place, so that the disk is what it
  /// waits for.
  init(_ path: String, bytes: Int) throws(SystemError) {
    self.path = path
    let lineBytes = Self.line(0).count
    lines = max(1, bytes / lineBytes)
    self.bytes = lines * lineBytes
    let number = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard number >= 0 else { throw SystemError("create", path, .current) }
    let file = Descriptor(owning: number)
    try Self.write(lines, to: file, path)
  }

  /// A time of day as `--since` takes it, so far into the file.
  func time(at share: Double) -> String {
    let seconds = Int(share * 86_400)
    return "\(Self.day)\(Self.two(seconds / 3600)):\(Self.two(seconds / 60 % 60)):"
      + "\(Self.two(seconds % 60))Z"
  }

  /// The number of the line so far into the file.
  func number(at share: Double) -> Int { Self.firstNumber + Int(share * Double(lines - 1)) }

  private static func write(
    _ lines: Int, to file: borrowing Descriptor, _ path: String
  ) throws(SystemError) {
    var templates = (0..<idents).map(line)
    var piece: [UInt8] = []
    piece.reserveCapacity(1 << 21)
    for index in 0..<lines {
      let kind = index % idents
      let micros = Int(Double(index) / Double(lines) * 86_400e6)
      patchTime(micros, &templates[kind])
      patch(firstNumber + index, &templates[kind], at: numberPlace, digits: 10)
      piece += templates[kind]
      if piece.count >= 1 << 20 || index == lines - 1 {
        try flush(&piece, file, path)
      }
    }
  }

  private static func flush(
    _ piece: inout [UInt8], _ file: borrowing Descriptor, _ path: String
  ) throws(SystemError) {
    var rest = piece[...]
    while !rest.isEmpty {
      let count = unsafe rest.withUnsafeBytes {
        unsafe Glibc.write(file.raw, $0.baseAddress, $0.count)
      }
      guard count > 0 else { throw SystemError("write", path, .current) }
      rest = rest.dropFirst(count)
    }
    piece.removeAll(keepingCapacity: true)
  }

  private static let head = "2026-11-21T00:00:00.000000Z info worker-00[1000]: "
  private static let message = "request served in due course and without trouble order="
  private static let numberPlace = head.utf8.count + message.utf8.count

  private static func line(_ kind: Int) -> [UInt8] {
    let head = "2026-11-21T00:00:00.000000Z info worker-\(two(kind))[\(1000 + kind)]: "
    return Array("\(head)\(message)0000000000 status=\(200 + kind) by=\"a b\" path=/a/b/c\n".utf8)
  }

  private static func patchTime(_ micros: Int, _ line: inout [UInt8]) {
    let seconds = micros / 1_000_000
    patch(seconds / 3600, &line, at: 11, digits: 2)
    patch(seconds / 60 % 60, &line, at: 14, digits: 2)
    patch(seconds % 60, &line, at: 17, digits: 2)
    patch(micros % 1_000_000, &line, at: 20, digits: 6)
  }

  private static func patch(_ value: Int, _ line: inout [UInt8], at place: Int, digits: Int) {
    var rest = value
    for index in stride(from: place + digits - 1, through: place, by: -1) {
      line[index] = UInt8(48 + rest % 10)
      rest /= 10
    }
  }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
