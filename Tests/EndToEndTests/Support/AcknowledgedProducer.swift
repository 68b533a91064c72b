internal import Glibc
internal import LogdArchive
internal import LogdPlatform
internal import Testing

/// A process that logs 0, 1, 2, … and says in its output how many calls have returned.
final class AcknowledgedProducer {
  let process: RunningProgram
  private let output: Descriptor

  init(_ place: Place) throws {
    process = try place.start(
      .clientStress, [place.runtimeDirectory, "acknowledged", "1000000000"])
    output = Descriptor(owning: unsafe open(process.output, O_RDONLY | O_CLOEXEC))
  }

  /// How many of its log calls have returned.
  var returned: UInt64 {
    var count: UInt64 = 0
    return unsafe pread(output.raw, &count, 8, 0) == 8 ? count : 0
  }
}

extension Place {
  /// Sees that of each process that was killed every record whose call had returned is in the file,
  /// once and in order.
  func expectAll(_ returned: [Int32: UInt64], sourceLocation: SourceLocation = #_sourceLocation)
    throws
  {
    var numbers: [Int32: [Int64]] = [:]
    for record in try records() where record.ident == "stress" {
      guard case .integer(let number) = record.value("n") else { continue }
      numbers[record.pid, default: []].append(number)
    }
    for (pid, count) in returned {
      // The last record may be published while its call has not returned.
      let found = numbers[pid] ?? []
      let isWhole = found.count == Int(count) || found.count == Int(count) + 1
      #expect(
        isWhole, "\(found.count) of \(count) of process \(pid)", sourceLocation: sourceLocation)
      let isInOrder = found == Array(0..<Int64(found.count))
      #expect(isInOrder, "of process \(pid)", sourceLocation: sourceLocation)
    }
  }
}
