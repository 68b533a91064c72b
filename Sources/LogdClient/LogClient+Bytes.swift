public import LogdWire

extension LogClient {
  /// Logs a message that is there as bytes, with as many fields as there are at run time.
  ///
  /// For programs that have a buffer, not a string: nothing is made or converted. The bytes should
  /// be UTF-8; others are escaped in the log and read back as they were. Otherwise as
  /// ``log(_:_:_:file:line:function:)``, without the source location.
  @inlinable
  public func log(_ severity: Severity, bytes: Span<UInt8>, fields: Span<LogField>) {
    guard isEnabled(severity) else { return }
    if let place = actionPlace { return log(severity, bytes, fields, at: place) }
    var size = FrameSize(messageBytes: bytes.count)
    for index in fields.indices { size.add(fields[index]) }
    guard let entry = core.begin(severity.rawValue, bytes: size.bytes) else { return }
    var frame = entry.frame
    // SAFETY: the bytes are copied into the frame before the closure ends.
    unsafe bytes.withUnsafeBytes { unsafe frame.message($0, fieldBytes: size.fieldBytes) }
    for index in fields.indices { frame.add(fields[index]) }
    core.commit(entry, frame, severity.rawValue)
  }

  @usableFromInline
  func log(
    _ severity: Severity, _ bytes: Span<UInt8>, _ fields: Span<LogField>, at place: ActionPlace
  ) {
    var size = FrameSize(messageBytes: bytes.count)
    for index in fields.indices { size.add(fields[index]) }
    size = size.with(place)
    guard let entry = core.begin(severity.rawValue, bytes: size.bytes) else { return }
    var frame = entry.frame
    // SAFETY: as above.
    unsafe bytes.withUnsafeBytes { unsafe frame.message($0, fieldBytes: size.fieldBytes) }
    for index in fields.indices { frame.add(fields[index]) }
    frame = frame.with(place)
    core.commit(entry, frame, severity.rawValue)
  }
}
