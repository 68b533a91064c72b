/// The two formats of a log file.
public enum LogFormat: String, Hashable, Sendable, CaseIterable {
  case text, json

  /// The format that a line beginning like this would have: no text line begins with a brace.
  public static func of(_ line: Span<UInt8>) -> LogFormat {
    line.count > 0 && line[0] == UInt8(ascii: "{") ? .json : .text
  }

  /// Reads one line, without its newline.
  public func parse(_ line: Span<UInt8>) -> ParsedLine {
    switch self {
    case .text: TextLineParser().parse(line)
    case .json: JSONLineParser().parse(line)
    }
  }
}
