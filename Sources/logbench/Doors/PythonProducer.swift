internal import FoundationEssentials

/// A producer that logs through Python's `logging` and our handler.
enum PythonProducer {
  /// For env(1), which finds `python3`.
  static func arguments(
    _ number: Int, _ directory: String, _ workload: Workload, _ client: ClientOptions
  ) throws -> [String] {
    let filler = BenchMessage.filler(workload.size - BenchMessage.bytesMin(stamped: false))
    let fields = workload.fieldList.map { key, value in
      switch value {
      case .text(let text): "\(key)=\(text)"
      case .number(let number): "\(key)#\(number)"
      }
    }
    let timeout =
      switch client.policy {
      case "drop": "0"
      case "timeout": "\(Double(client.timeout) / 1000)"
      default: "None"
      }
    return [
      "PYTHONPATH=\(try package())", "LOGD_CLIENT_LIBRARY=\(try Library.path())", "python3", "-c",
      script, "\(number)", directory, "\(workload.records)", "\(workload.warmup)",
      String(decoding: filler, as: UTF8.self), "\(client.ring)", timeout,
    ] + fields
  }

  /// Where the package is: in the repository above this program.
  private static func package() throws -> String {
    var directory = OwnDirectory.path[...]
    while let slash = directory.lastIndex(of: "/") {
      let package = "\(directory)/Sources/Python"
      if FileManager.default.fileExists(atPath: package + "/logd_client/__init__.py") {
        return package
      }
      directory = directory[..<slash]
    }
    throw Failure(
      "no Sources/Python above \(OwnDirectory.path): run the logbench of the repository's .build")
  }

  /// The life of ``ProducerLoop``, as Python tells it: gate and reports are descriptors 3 and 4.
  private static let script = """
    import logging, os, resource, sys, time
    import logd_client

    number, directory, records, warmup, filler, ring, timeout = sys.argv[1:8]
    number, records, warmup = int(number), int(records), int(warmup)
    extra = {}
    for field in sys.argv[8:]:
        key, is_text, value = field.partition("=") if "=" in field else field.partition("#")
        extra[key] = value if is_text == "=" else int(value)
    handler = logd_client.LogdHandler(
        "logbench", runtime_dir=directory, ring_bytes=int(ring),
        timeout=None if timeout == "None" else float(timeout), flush_timeout=60.0)
    log = logging.getLogger("logbench")
    logd_client.install(handler, logging.INFO)

    def put(first, count):
        for n in range(first, first + count):
            log.info("p%04d n%010d%s", number, n, filler, extra=extra or None)

    put(0, warmup)
    handler.flush()
    in_warmup = handler.dropped
    os.write(4, b"ready %d\\n" % number)
    os.read(3, 1)
    before = resource.getrusage(resource.RUSAGE_SELF)
    put(warmup, records)
    unflushed = 0 if handler.flush() else 1
    end, after = time.clock_gettime_ns(time.CLOCK_MONOTONIC), resource.getrusage(resource.RUSAGE_SELF)
    report = [
        number, warmup + records, handler.dropped, unflushed, end,
        int((after.ru_utime - before.ru_utime) * 1e9), int((after.ru_stime - before.ru_stime) * 1e9),
        0, 0, in_warmup, 0,
    ]
    os.write(4, b"done " + b" ".join(b"%d" % word for word in report) + b"\\n")
    handler.close()
    """
}
