internal import LogdArchive

/// What a line of a measured record must be, byte for byte but for the numbers in it.
///
/// Recognizes such a line without making objects; everything else is left to the full reader.
struct ExpectedLine: Sendable {
  static let ident = "logbench"

  /// What a recognized line says.
  struct Found {
    var time: Int64
    var pid: UInt64
    var producer: Int
    var sequence: Int
    var stamp: UInt64
    /// Whether the daemon has noted that the call was more than a second before.
    var hasOldStamp: Bool
  }

  let format: LogFormat
  private let stamped: Bool
  private let beforeTime: [UInt8]
  private let beforePID: [UInt8]
  private let afterPID: [UInt8]
  private let filler: [UInt8]
  /// What follows the message, up to what the daemon may add.
  private let fields: [UInt8]
  private let oldStamp: [UInt8]
  private let end: [UInt8]
  private var times = TimestampReader()

  /// - Parameter doorFields: what the door adds in front of the workload's.
  init(
    _ format: LogFormat, _ workload: Workload, uid: UInt32 = 0,
    doorFields: [(key: String, value: BenchField)] = []
  ) {
    let list = doorFields + workload.fieldList
    self.format = format
    stamped = workload.stamp
    filler = BenchMessage.filler(workload.size - BenchMessage.bytesMin(stamped: stamped))
    switch format {
    case .text:
      beforeTime = []
      beforePID = Array(" info \(Self.ident)[".utf8)
      afterPID = Array("]: ".utf8)
      fields = list.flatMap { Array(" \($0.key)=\($0.value.inText)".utf8) }
      oldStamp = Array(" _stamp=\"".utf8)
      end = []
    case .json:
      beforeTime = Array("{\"ts\":\"".utf8)
      beforePID = Array("\",\"level\":\"info\",\"ident\":\"\(Self.ident)\",\"pid\":".utf8)
      afterPID = Array(",\"uid\":\(uid),\"msg\":\"".utf8)
      fields =
        Array("\"".utf8)
        + list.flatMap { Array(",\"\($0.key)\":\($0.value.inJSON)".utf8) }
      oldStamp = Array(",\"_stamp\":\"".utf8)
      end = Array("}".utf8)
    }
  }

  /// What follows the message in a line that we write ourselves.
  var tail: [UInt8] { fields + end }

  /// What stands before the message in a line that we write ourselves.
  func head(pid: Int32) -> [UInt8] {
    beforeTime + Array("2026-11-21T02:36:01.123456Z".utf8) + beforePID + Array("\(pid)".utf8)
      + afterPID
  }

  /// The bytes of a line, with its newline, of a process with such a number.
  func bytes(pid: Int32, message: Int) -> Int { head(pid: pid).count + message + tail.count + 1 }

  /// What the line says if it is exactly as expected.
  @inline(__always)
  mutating func find(_ line: Span<UInt8>) -> Found? {
    guard let time = times.time(in: line, at: beforeTime.count) else { return nil }
    var at = beforeTime.count + TimestampReader.bytes
    guard line.has(beforeTime, at: 0), line.has(beforePID, at: at) else { return nil }
    at += beforePID.count
    let pidPlace = at
    while at < line.count, line[at] &- 0x30 < 10 { at += 1 }
    guard at - pidPlace < 11, let pid = line.decimal(pidPlace..<at), line.has(afterPID, at: at)
    else {
      return nil
    }
    return found(line, message: at + afterPID.count, time: time, pid: pid)
  }

  @inline(__always)
  private func found(
    _ line: Span<UInt8>, message: Int, time: Int64, pid: UInt64
  ) -> Found? {
    func number(_ place: Range<Int>, after mark: UInt8) -> UInt64? {
      let here = message + place.lowerBound..<message + place.upperBound
      guard here.upperBound <= line.count, line[here.lowerBound - 1] == mark else { return nil }
      return line.decimal(here)
    }
    guard let producer = number(BenchMessage.producerPlace, after: UInt8(ascii: "p")),
      let sequence = number(BenchMessage.sequencePlace, after: UInt8(ascii: "n")),
      line[message + 5] == UInt8(ascii: " ")
    else { return nil }
    var stamp: UInt64 = 0
    if stamped {
      guard let found = number(BenchMessage.stampPlace, after: UInt8(ascii: "t")) else {
        return nil
      }
      stamp = found
    }
    let rest = message + BenchMessage.bytesMin(stamped: stamped)
    guard line.has(filler, at: rest), line.has(fields, at: rest + filler.count) else { return nil }
    let tail = rest + filler.count + fields.count
    let hasOldStamp = line.count > tail + end.count
    guard hasOldStamp ? endsWithOldStamp(line, tail) : line.has(end, at: tail) else { return nil }
    return Found(
      time: time, pid: pid, producer: Int(producer), sequence: Int(sequence), stamp: stamp,
      hasOldStamp: hasOldStamp)
  }

  /// Whether the rest of the line is the daemon's `_stamp` and nothing else.
  private func endsWithOldStamp(_ line: Span<UInt8>, _ at: Int) -> Bool {
    let time = at + oldStamp.count
    let close = time + TimestampReader.bytes
    var reader = times
    return line.has(oldStamp, at: at) && reader.time(in: line, at: time) != nil
      && line.has([UInt8(ascii: "\"")] + end, at: close) && line.count == close + 1 + end.count
  }
}

extension BenchField {
  fileprivate var inText: String {
    switch self {
    case .text(let text): text  // a path of harmless characters: bare
    case .number(let number): "\(number)"
    }
  }

  fileprivate var inJSON: String {
    switch self {
    case .text(let text): "\"\(text)\""
    case .number(let number): "\(number)"
    }
  }
}
