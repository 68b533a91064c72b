internal import CLinux
internal import Glibc
internal import LogdPlatform
internal import LogdWire

/// The two memory files of a ring, both made by the daemon. <doc:Protocol> has their layout.
///
/// The client writes the data file; the daemon only ever reads it with pread(2), so whatever the
/// client does to it (lying, punching holes) cannot make the daemon fault. The control page is
/// the daemon's; the client's descriptor for it is read-only.
struct RingFiles: ~Copyable, Sendable {
  let data: Descriptor
  let control: Mapping
  private let controlFile: Descriptor
  /// What the daemon before this one has left in the control page; nil: this one made it.
  let left: ControlWords?

  init(id: UInt64, dataBytes: Int, severity: Severity) throws(SystemError) {
    let data = try Self.file("logd-ring", Layout.headerBytes + dataBytes)
    let controlFile = try Self.file("logd-control", Layout.controlBytes)
    let control = try Self.map(controlFile, Layout.controlBytes)
    let header = try Self.map(data, Layout.headerBytes)
    header.store32(Layout.Header.magic, Layout.Magic.data)
    header.store32(Layout.Header.version, UInt32(Layout.version))
    header.store(Layout.Header.dataBytes, UInt64(dataBytes))
    header.store(Layout.Header.headCheck, ~0)
    control.store32(Layout.Control.magic, Layout.Magic.control)
    control.store32(Layout.Control.version, UInt32(Layout.version))
    control.store(Layout.Control.ring, id)
    control.store(Layout.Control.dataBytes, UInt64(dataBytes))
    control.store32(Layout.Control.severity, UInt32(severity.rawValue))
    self.data = data
    self.controlFile = controlFile
    self.control = control
    left = nil
  }

  /// The files of a ring that an earlier daemon made and a bag has kept.
  ///
  /// They come from ourselves; that the control page is one is seen all the same. The data file is
  /// read as carefully as ever.
  init(
    data: consuming Descriptor, control controlFile: consuming Descriptor, id: UInt64,
    dataBytes: Int, scratch: borrowing Mapping
  ) throws(SystemError) {
    let left: ControlWords
    let control: Mapping
    do throws(Errno) {
      left = try ControlWords.read(from: controlFile, scratch, ring: id, dataBytes: dataBytes)
      control = try Mapping(file: controlFile.raw, byteCount: Layout.controlBytes)
    } catch {
      throw SystemError("take up", "the memory of a ring", error)
    }
    self.data = data
    self.controlFile = controlFile
    self.control = control
    self.left = left
  }

  /// The files of the intake's ring, whose control page is a part of its file.
  init(data: consuming Descriptor, control: consuming Mapping, of file: consuming Descriptor) {
    self.data = data
    self.control = control
    controlFile = file
    left = nil
  }

  /// How far the client knows it to be drained.
  var end: RingEnd {
    RingEnd(
      tail: control.load(Layout.Control.tail),
      droppedTaken: control.load(Layout.Control.droppedTaken))
  }

  /// What the producer has published; nil when that is no position it can have.
  func head(tail: UInt64, dataBytes: Int, _ scratch: borrowing Mapping) -> UInt64? {
    let words = try? ProducerWords.read(from: data, into: scratch, tail: tail, dataBytes: dataBytes)
    return words?.head
  }

  /// What a bag has to keep, beside the connection.
  var descriptors: [Int32] { [data.raw, controlFile.raw] }

  /// Gives the memory back to the kernel, although a bag may hold the file a while longer.
  func discard() { clinux_punch(data.raw) }

  private static func file(_ name: String, _ byteCount: Int) throws(SystemError) -> Descriptor {
    do throws(Errno) {
      let file = Descriptor(owning: try check(unsafe clinux_memfd(name)))
      guard ftruncate(file.raw, byteCount) == 0 else { throw Errno.current }
      _ = try check(clinux_seal_size(file.raw))
      return file
    } catch {
      throw SystemError("create", "the memory of a ring", error)
    }
  }

  private static func map(
    _ file: borrowing Descriptor, _ byteCount: Int
  ) throws(SystemError) -> Mapping {
    do throws(Errno) {
      return try Mapping(file: file.raw, byteCount: byteCount)
    } catch {
      throw SystemError("map", "the memory of a ring", error)
    }
  }

  /// A descriptor of the control page that cannot write: opened anew, after the file's mode was
  /// set so that another user cannot open it for writing either.
  func controlForClient(_ reopening: borrowing Reopening) throws(SystemError) -> Descriptor {
    do throws(Errno) {
      guard fchmod(controlFile.raw, 0o400) == 0 else { throw Errno.current }
      return try reopening.readOnly(controlFile)
    } catch {
      throw SystemError("reopen", "a control page", error)
    }
  }
}
