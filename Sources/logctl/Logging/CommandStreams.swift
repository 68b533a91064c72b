internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import LogdWire

/// Both streams of a command, as they come, into records.
final class CommandStreams {
  private struct Stream {
    let severity: Severity
    var lines: LineSplitter
  }

  private let producer: Producer
  private var streams: [Stream]

  init(_ producer: Producer, _ output: Severity, _ errors: Severity) {
    self.producer = producer
    streams = [output, errors].map {
      Stream(severity: $0, lines: LineSplitter(bytesMax: producer.pieceBytesMax))
    }
  }

  /// Until both have ended: nobody can write to them any more.
  func copy(_ command: RunningCommand) throws {
    var waiting = [command.output.raw, command.errors.raw].map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    var block = [UInt8](repeating: 0, count: 128 << 10)
    while waiting.contains(where: { $0.fd >= 0 }) {
      guard unsafe poll(&waiting, 2, -1) > 0 else { continue }  // a signal: again
      for index in 0..<2 where waiting[index].revents != 0 {
        if try !take(index, waiting[index].fd, &block) { waiting[index].fd = -1 }
      }
    }
  }

  /// Reads once; false at the end.
  private func take(
    _ index: Int, _ descriptor: Int32, _ block: inout [UInt8]
  ) throws -> Bool {
    let count: Int
    do {
      count = try InputStream.read(descriptor, into: &block)
    } catch {
      throw SystemError("read", "the command's output", error)
    }
    let severity = streams[index].severity
    if count == 0 {
      streams[index].lines.finish { [producer] line, _ in
        producer.log(severity, bytes: line, lineBreak: "eof")
      }
      return false
    }
    streams[index].lines.take(block.span.extracting(..<count)) { [producer] line, end in
      producer.log(severity, bytes: line, lineBreak: end == .full ? "line_max" : nil)
    }
    return true
  }
}
