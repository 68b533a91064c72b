internal import ArgumentParser

/// A way for a program's records to the daemon.
enum Door: String, ExpressibleByArgument, CaseIterable, Codable, Sendable {
  case swift, c
  case swiftLog = "swift-log"
  case python

  /// Fields that it adds in front of those of the workload.
  var ownFields: [(key: String, value: BenchField)] {
    switch self {
    case .swift, .c: []
    case .swiftLog: [("label", .text(ExpectedLine.ident))]
    case .python: [("logger", .text(ExpectedLine.ident))]
    }
  }

  /// What it cannot do of a workload; nil: all of it.
  func objection(_ workload: Workload) -> String? {
    switch self {
    case .swift, .c: nil
    case .swiftLog where workload.fields > 1:
      "--through swift-log takes one field at most: metadata have no order"
    case .swiftLog: nil
    case .python where workload.rate > 0 || workload.stamp:
      "--through python takes neither --rate nor --stamp"
    case .python: nil
    }
  }

  /// The producer process: this program again, or Python.
  var program: String { self == .python ? "/usr/bin/env" : Child.ownProgram }

  func arguments(
    _ number: Int, _ directory: String, _ workload: Workload, _ client: ClientOptions
  ) throws -> [String] {
    guard self == .python else {
      return ["produce", "--number", "\(number)", "--into", rawValue, "--path", directory]
        + workload.arguments + client.arguments
    }
    return try PythonProducer.arguments(number, directory, workload, client)
  }
}
