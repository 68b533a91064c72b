public import LogdWire

extension LogClient {
  /// Logs a message with fields.
  ///
  /// The message is made only when the severity is wanted. Waits when the ring is full, as
  /// ``LogClientOptions/overflow`` says; never longer than its limit. A record that is larger than
  /// the daemon accepts (64 KiB by default) has its message cut, then fields left out, and is marked.
  ///
  /// - Parameters:
  ///   - severity: a record less severe than the options or the daemon want is not sent.
  ///   - message: any text; one line in the log whatever it holds.
  ///   - fields: at most 128 by default.
  @inlinable
  public func log<let count: Int>(
    _ severity: Severity, _ message: @autoclosure () -> String, _ fields: [count of LogField],
    file: StaticString = #fileID, line: UInt = #line, function: StaticString = #function
  ) {
    guard isEnabled(severity) else { return }
    let text = message()
    if let place = actionPlace {
      return log(severity, text, fields.span, file, line, function, at: place)
    }
    var size = FrameSize(messageBytes: text.utf8.count)
    for index in 0..<count { size.add(fields[index]) }
    if hasSourceLocation { size = size.with(file, line, function) }
    guard let entry = core.begin(severity.rawValue, bytes: size.bytes) else { return }
    var frame = entry.frame
    frame.message(text, size)
    for index in 0..<count { frame.add(fields[index]) }
    if hasSourceLocation { frame = frame.with(file, line, function) }
    core.commit(entry, frame, severity.rawValue)
  }

  /// Logs a message without fields. See ``log(_:_:_:file:line:function:)``.
  @inlinable
  public func log(
    _ severity: Severity, _ message: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line, function: StaticString = #function
  ) {
    guard isEnabled(severity) else { return }
    let text = message()
    if let place = actionPlace {
      return log(severity, text, Span(), file, line, function, at: place)
    }
    var size = FrameSize(messageBytes: text.utf8.count)
    if hasSourceLocation { size = size.with(file, line, function) }
    guard let entry = core.begin(severity.rawValue, bytes: size.bytes) else { return }
    var frame = entry.frame
    frame.message(text, size)
    if hasSourceLocation { frame = frame.with(file, line, function) }
    core.commit(entry, frame, severity.rawValue)
  }

  /// Logs a message with as many fields as there are at run time.
  @inlinable
  public func log(
    _ severity: Severity, _ message: @autoclosure () -> String, fields: Span<LogField>,
    file: StaticString = #fileID, line: UInt = #line, function: StaticString = #function
  ) {
    guard isEnabled(severity) else { return }
    let text = message()
    if let place = actionPlace {
      return log(severity, text, fields, file, line, function, at: place)
    }
    var size = FrameSize(messageBytes: text.utf8.count)
    for index in fields.indices { size.add(fields[index]) }
    if hasSourceLocation { size = size.with(file, line, function) }
    guard let entry = core.begin(severity.rawValue, bytes: size.bytes) else { return }
    var frame = entry.frame
    frame.message(text, size)
    for index in fields.indices { frame.add(fields[index]) }
    if hasSourceLocation { frame = frame.with(file, line, function) }
    core.commit(entry, frame, severity.rawValue)
  }

  /// Logs a message within an action. By itself: what the others do without one stays small.
  @usableFromInline
  func log(
    _ severity: Severity, _ text: String, _ fields: Span<LogField>, _ file: StaticString,
    _ line: UInt, _ function: StaticString, at place: ActionPlace
  ) {
    var size = FrameSize(messageBytes: text.utf8.count)
    for index in fields.indices { size.add(fields[index]) }
    if hasSourceLocation { size = size.with(file, line, function) }
    size = size.with(place)
    guard let entry = core.begin(severity.rawValue, bytes: size.bytes) else { return }
    var frame = entry.frame
    frame.message(text, size)
    for index in fields.indices { frame.add(fields[index]) }
    if hasSourceLocation { frame = frame.with(file, line, function) }
    frame = frame.with(place)
    core.commit(entry, frame, severity.rawValue)
  }
}

extension LogClient {
  /// Logs a message with the fields that `each` gives: the same ones whenever it is called, and
  /// without a log call of its own, since a record is under way the second time.
  package func log(
    _ severity: Severity, _ text: String, each: ((LogField) -> Void) -> Void, file: String,
    line: UInt, function: String
  ) {
    var size = FrameSize(messageBytes: text.utf8.count)
    each { size.add($0) }
    let location: [3 of LogField] = [
      .string("code_file", file), .uint("code_line", line), .string("code_func", function),
    ]
    if hasSourceLocation { for index in location.indices { size.add(location[index]) } }
    let place = actionPlace
    if let place { size = size.with(place) }
    guard let entry = core.begin(severity.rawValue, bytes: size.bytes) else { return }
    var frame = entry.frame
    frame.message(text, size)
    each { frame.add($0) }
    if hasSourceLocation { for index in location.indices { frame.add(location[index]) } }
    if let place { frame = frame.with(place) }
    core.commit(entry, frame, severity.rawValue)
  }

  /// Logs a record of an action.
  func log(_ severity: Severity, _ text: String, fields: Span<LogField>, at place: ActionPlace) {
    var size = FrameSize(messageBytes: text.utf8.count)
    for index in fields.indices { size.add(fields[index]) }
    size = size.with(place)
    guard let entry = core.begin(severity.rawValue, bytes: size.bytes) else { return }
    var frame = entry.frame
    frame.message(text, size)
    for index in fields.indices { frame.add(fields[index]) }
    frame = frame.with(place)
    core.commit(entry, frame, severity.rawValue)
  }
}

extension FrameSize {
  @inlinable @inline(__always)
  mutating func add(_ field: LogField) {
    let valueBytes =
      switch field.value {
      case .string(let text): text.utf8.count
      case .int, .uint, .double: 8
      case .bool: 1
      }
    addField(keyBytes: field.key.utf8.count, valueBytes: valueBytes)
  }

  /// The answer is another value, here and below: one that is changed elsewhere could not be kept in
  /// registers by all the log calls that have no location.
  @usableFromInline
  func with(_ file: StaticString, _ line: UInt, _ function: StaticString) -> FrameSize {
    var size = self
    size.addField(keyBytes: 9, valueBytes: file.utf8CodeUnitCount)
    size.addField(keyBytes: 9, valueBytes: 8)
    size.addField(keyBytes: 9, valueBytes: function.utf8CodeUnitCount)
    return size
  }
}

extension FrameWriter {
  @inlinable @inline(__always)
  mutating func message(_ text: String, _ size: FrameSize) {
    unsafe text.withBytes { unsafe message($0, fieldBytes: size.fieldBytes) }
  }

  @inlinable @inline(__always)
  mutating func add(_ field: LogField) {
    // SAFETY: the bytes of strings are used within the closures only.
    unsafe field.key.withBytes { key in
      switch field.value {
      case .string(let text):
        unsafe text.withBytes { unsafe self.field(key, bytes: $0) }
      case .int(let number): unsafe self.field(key, int: number)
      case .uint(let number): unsafe self.field(key, uint: number)
      case .double(let number): unsafe self.field(key, double: number)
      case .bool(let truth): unsafe self.field(key, bool: truth)
      }
    }
  }

  @usableFromInline
  func with(_ file: StaticString, _ line: UInt, _ function: StaticString) -> FrameWriter {
    var frame = self
    // SAFETY: literals live for ever.
    unsafe frame.field(bytes("code_file"), bytes: bytes(file))
    unsafe frame.field(bytes("code_line"), uint: UInt64(line))
    unsafe frame.field(bytes("code_func"), bytes: bytes(function))
    return frame
  }

  private func bytes(_ text: StaticString) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
  }
}

extension String {
  /// The UTF-8 as it lies there. A native string is contiguous, and a short one is copied to the
  /// stack; only a string bridged from elsewhere, which Linux does not have, would be converted.
  @inlinable @inline(__always)
  func withBytes<Answer>(_ body: (UnsafeRawBufferPointer) -> Answer) -> Answer {
    let answer = unsafe utf8.withContiguousStorageIfAvailable {
      unsafe body(UnsafeRawBufferPointer($0))
    }
    if let answer { return answer }
    var copy = self
    return copy.withUTF8 { unsafe body(UnsafeRawBufferPointer($0)) }
  }
}
