internal import CLinux
public import LogdWire

/// The place of one record in an action: four fields, written without an allocation.
@usableFromInline
struct ActionPlace {
  private let action: LogAction
  private let number: UInt64
  /// Whether it is a record of the program, not one of the action itself.
  private let isMessage: Bool

  init(in action: LogAction, isMessage: Bool) {
    self.action = action
    number = action.takeNumber()
    self.isMessage = isMessage
  }

  func add(to size: inout FrameSize) {
    size.addField(keyBytes: 9, valueBytes: action.taskUUID.utf8.count)
    size.addField(keyBytes: 10, valueBytes: action.level.utf8.count + Decimal(number).count)
    size.addField(keyBytes: 9, valueBytes: 8)
    if isMessage { size.addField(keyBytes: 12, valueBytes: action.client.ident.utf8.count) }
  }

  func add(to frame: inout FrameWriter) {
    frame.add(.string("task_uuid", action.taskUUID))
    // SAFETY: the bytes are used within the closures only.
    unsafe "task_level".withBytes { key in
      unsafe action.level.withBytes { level in
        unsafe Decimal(number).withBytes { unsafe frame.field(key, bytes: level, $0) }
      }
    }
    frame.add(.double("timestamp", Double(clinux_realtime_ns()) / 1e9))
    if isMessage { frame.add(.string("message_type", action.client.ident)) }
  }
}

/// `/12`: a number of a child.
private struct Decimal {
  private var bytes = InlineArray<21, UInt8>(repeating: UInt8(ascii: "/"))
  private(set) var count = 1

  init(_ number: UInt64) {
    var rest = number
    repeat {
      bytes[21 - count] = UInt8(truncatingIfNeeded: rest % 10) + 0x30
      count += 1
      rest /= 10
    } while rest > 0
  }

  func withBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
    // SAFETY: the bytes live for the call.
    unsafe bytes.span.extracting(last: count).withUnsafeBytes { unsafe body($0) }
  }
}

extension FrameSize {
  @usableFromInline
  func with(_ place: ActionPlace) -> FrameSize {
    var size = self
    place.add(to: &size)
    return size
  }
}

extension FrameWriter {
  @usableFromInline
  func with(_ place: ActionPlace) -> FrameWriter {
    var frame = self
    place.add(to: &frame)
    return frame
  }
}
