internal import CLinux

extension Descriptor {
  /// Sends `bytes` over a stream and removes what was taken, send(2).
  ///
  /// Never blocks: where not all is taken EAGAIN is thrown like any other failure.
  public func send(_ bytes: inout ArraySlice<UInt8>) throws(Errno) {
    while !bytes.isEmpty {
      // SAFETY: valid for the call, the size is passed along.
      let result = unsafe bytes.withUnsafeBytes { bytes in
        unsafe clinux_send(raw, bytes.baseAddress, UInt64(bytes.count))
      }
      bytes = bytes.dropFirst(Int(try check(result)))
    }
  }

  /// Sends one packet with descriptors, sendmsg(2), SCM_RIGHTS.
  ///
  /// Never blocks: EAGAIN is thrown like any other failure.
  public func send(_ packet: Span<UInt8>, with descriptors: [Int32]) throws(Errno) {
    // SAFETY: the buffers are valid for the call, their sizes are passed along.
    let result = unsafe packet.withUnsafeBufferPointer { bytes in
      unsafe descriptors.withUnsafeBufferPointer { numbers in
        unsafe clinux_send_fds(
          raw, bytes.baseAddress, UInt64(bytes.count), numbers.baseAddress, Int32(numbers.count))
      }
    }
    _ = try check(result)
  }

  /// Sends one packet of the first `count` bytes with descriptors.
  ///
  /// Never blocks: EAGAIN is thrown like any other failure.
  public func send<let n: Int>(
    _ packet: InlineArray<n, UInt8>, count: Int, with descriptors: [Int32]
  ) throws(Errno) {
    precondition(count <= n, "the packet holds what is sent")
    try send(packet.span.extracting(0..<count), with: descriptors)
  }

  /// Takes the oldest datagram out of a socket, whatever is in it.
  public func takeOutDatagram() {
    var byte: UInt8 = 0
    // SAFETY: one byte; that the datagram is longer does not matter.
    unsafe _ = clinux_receive(raw, &byte, 1, false)
  }

  /// SO_PASSCRED: every datagram that comes says who has sent it.
  public func passCredentials() throws(Errno) { _ = try check(clinux_pass_credentials(raw)) }
}
