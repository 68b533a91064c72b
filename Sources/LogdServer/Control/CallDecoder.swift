internal import LogdControl

/// Decodes calls. One that is the same as the last, whoever has sent it, is not decoded again: who watches
/// the daemon asks the same all the time, and on a slow machine decoding takes half of the time of an
/// answer. On the I/O thread.
final class CallDecoder {
  private var last: (message: [UInt8], call: VarlinkCall)?

  /// Any bytes whatever; nil: they are no call.
  func decode(_ message: [UInt8]) -> VarlinkCall? {
    if let last, last.message == message { return last.call }
    guard let call = VarlinkCall(decoding: message) else { return nil }
    last = (message, call)
    return call
  }
}
