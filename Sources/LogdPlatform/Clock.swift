internal import CLinux

/// The two clocks that matter here, clock_gettime(2). Through the vDSO: no system call.
public enum Clock {
  /// CLOCK_MONOTONIC: never jumps; what stamps and deadlines are made of.
  @inline(__always) public static func monotonicNanoseconds() -> UInt64 { clinux_monotonic_ns() }

  /// CLOCK_REALTIME: nanoseconds since 1970, UTC; may be set at any time.
  @inline(__always) public static func realtimeNanoseconds() -> Int64 { clinux_realtime_ns() }
}
