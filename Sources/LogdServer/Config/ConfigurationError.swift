/// Everything that is wrong with a configuration, in the order of the text.
public struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// One thing that is wrong, and where.
  public struct Problem: Equatable, Sendable, CustomStringConvertible {
    /// The file, or `--set`.
    public let source: String
    /// Line and column, from 1; `nil` for `--set` and for a file that cannot be read.
    public let line: Int?
    public let column: Int?
    /// The key as written; `nil` where the text is no TOML.
    public let key: String?
    /// What was expected, what was found, and the nearest known key.
    public let text: String

    /// `FILE:LINE:COLUMN: KEY: TEXT`, as editors understand it.
    public var description: String {
      var parts = [source]
      if let line, let column { parts[0] += ":\(line):\(column)" }
      if let key { parts.append(key) }
      parts.append(text)
      return parts.joined(separator: ": ")
    }
  }

  public let problems: [Problem]

  /// One problem a line.
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
