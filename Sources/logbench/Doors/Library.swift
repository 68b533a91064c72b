internal import CLogd
internal import Glibc

/// The functions of `logd.h` that the measurements need, found in `liblogdclient.so`.
@safe struct Library: Sendable {
  typealias Open =
    @convention(c) (UnsafePointer<CChar>?, UnsafePointer<logd_options>?) -> OpaquePointer?
  typealias Log =
    @convention(c) (
      OpaquePointer?, Int32, UnsafePointer<CChar>?, Int, UnsafePointer<logd_field>?, Int
    ) -> Int32
  typealias Flush = @convention(c) (OpaquePointer?, Int32, Int32) -> Int32
  typealias Count = @convention(c) (OpaquePointer?) -> UInt64
  typealias Close = @convention(c) (OpaquePointer?, Int32) -> Void

  let open: Open
  let log: Log
  let flush: Flush
  let dropped: Count
  let unwritten: Count
  let close: Close

  /// Where `make release` puts it: beside this program.
  static func path() throws -> String {
    let path = OwnDirectory.program("liblogdclient.so.0")
    guard unsafe access(path, R_OK) == 0 else {
      throw Failure("no \(path): `make release` builds it")
    }
    return path
  }

  init() throws {
    let path = try Library.path()
    guard let library = unsafe dlopen(path, RTLD_NOW) else {
      throw Failure("\(path): \(unsafe String(cString: dlerror()))")
    }
    func find<Function>(_ name: String, _: Function.Type) throws -> Function {
      guard let address = unsafe dlsym(library, name) else { throw Failure("\(path): no \(name)") }
      // SAFETY: the types above are those of logd.h; the library is never unloaded.
      return unsafe unsafeBitCast(address, to: Function.self)
    }
    unsafe open = try find("logd_open", Open.self)
    unsafe log = try find("logd_log_fields", Log.self)
    unsafe flush = try find("logd_flush", Flush.self)
    unsafe dropped = try find("logd_dropped", Count.self)
    unsafe unwritten = try find("logd_unwritten", Count.self)
    unsafe close = try find("logd_close", Close.self)
  }
}
