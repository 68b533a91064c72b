import CAllocations
import LogdClient
import Logging
import LoggingLogd

/// What a statement of swift-log allocates, where swift-log itself need not.
struct LoggerAllocations {
  let client: LogClient

  /// Prints how often malloc was called, within an action as well.
  func count(_ calls: Int) {
    var logger = Logger(label: "a label that is longer than a small string") {
      LogdLogHandler(label: $0, client: client)
    }
    logger[metadataKey: "request"] = "a value that is longer than a small string"
    logger[metadataKey: "number"] = .stringConvertible(17)
    logger.info("first")
    let allocations = measure(logger, calls) + client.action("many") { measure(logger, calls) }
    print(allocations)
    if allocations > 0 { cstress_finish(1) }
  }

  private func measure(_ logger: Logger, _ calls: Int) -> Int {
    let before = callocations_count()
    for _ in 0..<calls {
      logger.info("a message that is longer than a small string")
      logger.debug("not wanted")
    }
    return Int(callocations_count() - before)
  }
}
