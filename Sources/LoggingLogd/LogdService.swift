public import LogdClient
public import ServiceLifecycle

/// Sees to it that everything is written before a program of ServiceLifecycle ends.
///
/// Runs until graceful shutdown or cancellation and flushes then. A group stops its services in the
/// reverse of their order: put this one first, so that what the others say at their end is written
/// too.
///
/// ```swift
/// let group = ServiceGroup(services: [LogdService(), server], logger: logger)
/// ```
public struct LogdService: Service {
  private let client: LogClient
  private let timeout: Duration

  /// - Parameter timeout: how long the flush may take.
  public init(
    client: LogClient = LogdLogHandler.processClient, timeout: Duration = .seconds(5)
  ) {
    self.client = client
    self.timeout = timeout
  }

  /// - Throws: ``LogdClient/FlushError`` when not everything is known to be written; then nothing is
  ///   lost yet, see there.
  public func run() async throws {
    do {
      try await gracefulShutdown()
    } catch {
      // Cancelled: the time is short, but what is there is to be written all the same.
    }
    // In a task of its own, which a cancellation of this one does not end.
    try await Task { try await client.flush(timeout: timeout) }.value
  }
}
