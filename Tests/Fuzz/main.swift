import CLinux
import Glibc

// libFuzzer over everything that reads what others wrote: `make fuzz`. LOGD_FUZZ names the subject; the
// arguments are libFuzzer's.

guard let name = unsafe getenv("LOGD_FUZZ").map({ unsafe String(cString: $0) }),
  let chosen = Subject(rawValue: name)
else {
  print("LOGD_FUZZ is one of: \(Subject.allCases.map(\.rawValue).joined(separator: " "))")
  exit(64)
}
let subject = chosen

@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
  _ count: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ one: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// The name that libFuzzer looks for.
@_cdecl("LLVMFuzzerTestOneInput")
public func readOne(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  // SAFETY: libFuzzer gives so many bytes.
  subject.read(unsafe Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}

var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = unsafe CommandLine.unsafeArgv
exit(unsafe runDriver(&count, &arguments) { bytes, count in unsafe readOne(bytes, count) })
