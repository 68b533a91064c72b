/// The numbers of version 1 of the protocol: where things are in messages and shared memory.
///
/// Specified in <doc:Protocol>; this file is the only place in Swift that knows an offset.
/// All sizes are bytes, all numbers in the machine's byte order.
public enum Layout {
  public static let version: UInt16 = 1
  public static let headerBytes = 4096
  /// A page of its own for each control block: a client maps the next one in its place at one stroke.
  public static let controlBytes = 4096
  /// No file of control blocks is larger than 1 GiB.
  public static let controlOffsetMax = 1 << 30
  public static let dataBytesMin = 4096
  /// No ring is larger than 1 GiB: a client maps it twice.
  public static let dataBytesMax = 1 << 30
  public static let frameAlignment = 8
  public static let identBytesMax = 64
  public static let keyBytesMax = 64
  /// The default of `limits.record_max`, and what a client cuts to before it has a ring.
  public static let recordBytesDefault = 64 << 10
  public static let fieldsDefault = 128
  public static let bell: UInt8 = 0x42
  /// `resume` in a grant: the daemon does not know the old ring.
  public static let unknownRing = UInt64.max

  public enum Magic {
    public static let message: UInt32 = 0x3144_474C
    public static let data: UInt32 = 0x5244_474C
    public static let control: UInt32 = 0x4344_474C
  }

  /// Offsets in what HELLO, GRANT and REFUSE have in common.
  public enum Message {
    public static let magic = 0
    public static let version = 4
    public static let type = 6
    public static let bytes = 8
  }

  public enum Hello {
    public static let ringBytes = 8
    public static let oldRing = 16
    public static let clock = 24
    public static let flags = 32
    public static let identBytes = 36
    public static let reserved = 40
    public static let ident = 48
  }

  public enum Grant {
    public static let ring = 8
    public static let dataBytes = 16
    public static let resume = 24
    public static let recordBytesMax = 32
    public static let fieldsMax = 36
    public static let droppedTaken = 40
    public static let controlOffset = 48
    public static let bytes = 56
  }

  public enum Refuse {
    public static let errno = 8
    public static let textBytes = 12
    public static let text = 16
  }

  /// Offsets in BELL, and its two sizes.
  public enum Bell {
    public static let stamp = 1
    public static let bytes = 1
    public static let stampedBytes = 9
  }

  /// Offsets in the header page of the data file.
  public enum Header {
    public static let magic = 0
    public static let version = 4
    public static let dataBytes = 8
    /// The words a producer writes start here; 56 bytes.
    public static let producer = 64
    public static let head = 64
    public static let headCheck = 72
    public static let dropped = 80
    public static let waiting = 88
    public static let flushTarget = 96
    public static let syncTarget = 104
    public static let calling = 112
    public static let producerBytes = 56
  }

  /// Offsets in the control block.
  public enum Control {
    public static let magic = 0
    public static let version = 4
    public static let ring = 8
    public static let dataBytes = 16
    public static let tail = 64
    public static let synced = 72
    public static let suspect = 80
    public static let droppedTaken = 88
    public static let sleep = 128
    public static let severity = 132
  }

  /// Offsets in a frame.
  public enum Frame {
    public static let bytes = 0
    public static let severity = 4
    public static let flags = 5
    public static let fieldCount = 6
    public static let stamp = 8
    public static let messageBytes = 16
    public static let message = 24
    public static let flagCut: UInt8 = 1
  }

  /// Offsets in a field of a frame.
  public enum Field {
    public static let type = 0
    public static let keyBytes = 1
    public static let valueBytes = 4
    public static let key = 8
  }

  /// Whom a futex wake on `tail` is for.
  public enum WaitBits {
    public static let room: UInt32 = 1
    public static let flush: UInt32 = 2
  }

  /// Bytes a frame takes in the ring: rounded up to the alignment of frames.
  @inline(__always)
  public static func padded(_ bytes: Int) -> Int {
    (bytes &+ (frameAlignment &- 1)) & ~(frameAlignment &- 1)
  }
}

/// What the writer says about itself in the control block: whether a doorbell is wanted.
///
/// The state is in the lowest two bits of the word, the epoch above. Each announcement has a new
/// epoch, so that a producer rings once for each.
public struct SleepWord: Sendable, Equatable {
  public enum State: UInt32, Sendable { case awake = 0, asleep = 1, lingering = 2 }

  public var rawValue: UInt32

  @inline(__always) public init(rawValue: UInt32) { self.rawValue = rawValue }
  @inline(__always) public init(_ state: State, epoch: UInt32) {
    rawValue = state.rawValue | epoch &<< 2
  }

  @inline(__always) public var epoch: UInt32 { rawValue &>> 2 }

  @inline(__always) public var isAwake: Bool { rawValue & 3 == State.awake.rawValue }

  /// Whether a producer that published a record of `severity` has to ring, if it has not yet for
  /// this epoch.
  @inline(__always) public func wantsBell(severity: UInt8) -> Bool {
    let state = rawValue & 3
    return state == State.asleep.rawValue
      || (state == State.lingering.rawValue && Self.isUrgent(severity))
  }

  /// Whether a record of `severity` does not wait for the order window: errors and above.
  @inline(__always) public static func isUrgent(_ severity: UInt8) -> Bool { severity <= 3 }
}

/// The type of a field's value on the wire.
public enum FieldType: UInt8, Sendable { case string = 1, int, double, bool, uint }
