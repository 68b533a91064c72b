internal import CToml

/// A TOML document as a flat list of keys, each with the place where it stands.
///
/// toml++ is the parser because it knows the line and column of every key and value; the others at
/// hand know them for syntax errors only, and an operator looks for a wrong value far more often.
struct TomlDocument: Sendable, Equatable {
  /// Where something stands, from 1.
  struct Place: Sendable, Equatable, Comparable {
    var line: Int
    var column: Int

    static func < (a: Place, b: Place) -> Bool { (a.line, a.column) < (b.line, b.column) }
  }

  enum Value: Sendable, Equatable {
    case string(String)
    case integer(Int)
    case boolean(Bool)
    case table
    /// A floating-point number, a date, an array: nothing that a key of ours takes.
    case other
  }

  struct Entry: Sendable, Equatable {
    let path: String
    let value: Value
    let place: Place
    let valuePlace: Place
  }

  struct SyntaxError: Error, Equatable {
    let text: String
    let place: Place
  }

  /// In the order of the text.
  let entries: [Entry]

  /// Parses any bytes whatever; what is not TOML is an error.
  init(parsing bytes: [UInt8]) throws(SyntaxError) {
    let sink = Sink()
    var failure = ctoml_error()
    // SAFETY: `sink` outlives the call, which keeps neither it nor the bytes; entries are copied.
    let parsed = unsafe bytes.withUnsafeBytes { bytes in
      unsafe ctoml_parse(
        bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count,
        { entry, context in
          guard let entry = unsafe entry, let context = unsafe context else { return }
          let sink = unsafe Unmanaged<Sink>.fromOpaque(context).takeUnretainedValue()
          unsafe sink.entries.append(Entry(entry.pointee))
        }, Unmanaged.passUnretained(sink).toOpaque(), &failure)
    }
    if !parsed { throw SyntaxError(failure) }
    entries = sink.entries.sorted { $0.place < $1.place }
  }

  private final class Sink {
    var entries: [Entry] = []
  }
}

extension TomlDocument.Entry {
  fileprivate init(_ entry: ctoml_entry) {
    path = unsafe text(entry.path, entry.path_bytes)
    value =
      switch unsafe UInt32(bitPattern: entry.kind) {
      case CTOML_STRING.rawValue: unsafe .string(text(entry.string, entry.string_bytes))
      case CTOML_INTEGER.rawValue: unsafe .integer(Int(entry.integer))
      case CTOML_BOOLEAN.rawValue: unsafe .boolean(entry.integer != 0)
      case CTOML_TABLE.rawValue: .table
      default: .other
      }
    place = unsafe .init(line: Int(entry.line), column: Int(entry.column))
    valuePlace = unsafe .init(line: Int(entry.value_line), column: Int(entry.value_column))
  }
}

extension TomlDocument.SyntaxError {
  fileprivate init(_ error: ctoml_error) {
    // SAFETY: CToml ends the text with a NUL within the array.
    text = unsafe withUnsafeBytes(of: error.text) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    place = .init(line: max(1, Int(error.line)), column: max(1, Int(error.column)))
  }
}

// SAFETY: the caller says that `count` bytes are there; they are copied.
private func text(_ bytes: UnsafePointer<CChar>?, _ count: Int) -> String {
  let raw = unsafe UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : count)
  return unsafe String(decoding: raw, as: UTF8.self)
}
