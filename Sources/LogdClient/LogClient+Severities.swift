public import LogdWire

// One pair of methods for each of syslog's severities: with fields and without.
extension LogClient {
  /// Logs with severity emergency: the system is unusable. See ``log(_:_:_:file:line:function:)``.
  @inlinable
  public func emergency<let count: Int>(
    _ message: @autoclosure () -> String, _ fields: [count of LogField],
    file: StaticString = #fileID, line: UInt = #line, function: StaticString = #function
  ) {
    log(.emergency, message(), fields, file: file, line: line, function: function)
  }

  /// Logs with severity emergency and without fields.
  @inlinable
  public func emergency(
    _ message: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line, function: StaticString = #function
  ) {
    log(.emergency, message(), file: file, line: line, function: function)
  }

  /// Logs with severity alert: somebody must act at once. See ``log(_:_:_:file:line:function:)``.
  @inlinable
  public func alert<let count: Int>(
    _ message: @autoclosure () -> String, _ fields: [count of LogField],
    file: StaticString = #fileID, line: UInt = #line, function: StaticString = #function
  ) {
    log(.alert, message(), fields, file: file, line: line, function: function)
  }

  /// Logs with severity alert and without fields.
  @inlinable
  public func alert(
    _ message: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line, function: StaticString = #function
  ) {
    log(.alert, message(), file: file, line: line, function: function)
  }

  /// Logs with severity critical: a part has failed for good. See ``log(_:_:_:file:line:function:)``.
  @inlinable
  public func critical<let count: Int>(
    _ message: @autoclosure () -> String, _ fields: [count of LogField],
    file: StaticString = #fileID, line: UInt = #line, function: StaticString = #function
  ) {
    log(.critical, message(), fields, file: file, line: line, function: function)
  }

  /// Logs with severity critical and without fields.
  @inlinable
  public func critical(
    _ message: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line, function: StaticString = #function
  ) {
    log(.critical, message(), file: file, line: line, function: function)
  }

  /// Logs with severity error: an operation has failed. See ``log(_:_:_:file:line:function:)``.
  @inlinable
  public func error<let count: Int>(
    _ message: @autoclosure () -> String, _ fields: [count of LogField],
    file: StaticString = #fileID, line: UInt = #line, function: StaticString = #function
  ) {
    log(.error, message(), fields, file: file, line: line, function: function)
  }

  /// Logs with severity error and without fields.
  @inlinable
  public func error(
    _ message: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line, function: StaticString = #function
  ) {
    log(.error, message(), file: file, line: line, function: function)
  }

  /// Logs with severity warning: something will fail if nothing changes. See ``log(_:_:_:file:line:function:)``.
  @inlinable
  public func warning<let count: Int>(
    _ message: @autoclosure () -> String, _ fields: [count of LogField],
    file: StaticString = #fileID, line: UInt = #line, function: StaticString = #function
  ) {
    log(.warning, message(), fields, file: file, line: line, function: function)
  }

  /// Logs with severity warning and without fields.
  @inlinable
  public func warning(
    _ message: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line, function: StaticString = #function
  ) {
    log(.warning, message(), file: file, line: line, function: function)
  }

  /// Logs with severity notice: normal, but worth a look. See ``log(_:_:_:file:line:function:)``.
  @inlinable
  public func notice<let count: Int>(
    _ message: @autoclosure () -> String, _ fields: [count of LogField],
    file: StaticString = #fileID, line: UInt = #line, function: StaticString = #function
  ) {
    log(.notice, message(), fields, file: file, line: line, function: function)
  }

  /// Logs with severity notice and without fields.
  @inlinable
  public func notice(
    _ message: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line, function: StaticString = #function
  ) {
    log(.notice, message(), file: file, line: line, function: function)
  }

  /// Logs with severity info: what the program does. See ``log(_:_:_:file:line:function:)``.
  @inlinable
  public func info<let count: Int>(
    _ message: @autoclosure () -> String, _ fields: [count of LogField],
    file: StaticString = #fileID, line: UInt = #line, function: StaticString = #function
  ) {
    log(.info, message(), fields, file: file, line: line, function: function)
  }

  /// Logs with severity info and without fields.
  @inlinable
  public func info(
    _ message: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line, function: StaticString = #function
  ) {
    log(.info, message(), file: file, line: line, function: function)
  }

  /// Logs with severity debug: for its developers. See ``log(_:_:_:file:line:function:)``.
  @inlinable
  public func debug<let count: Int>(
    _ message: @autoclosure () -> String, _ fields: [count of LogField],
    file: StaticString = #fileID, line: UInt = #line, function: StaticString = #function
  ) {
    log(.debug, message(), fields, file: file, line: line, function: function)
  }

  /// Logs with severity debug and without fields.
  @inlinable
  public func debug(
    _ message: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line, function: StaticString = #function
  ) {
    log(.debug, message(), file: file, line: line, function: function)
  }
}
