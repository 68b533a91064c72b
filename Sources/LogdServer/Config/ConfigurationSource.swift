public import LogdPlatform

/// Where a configuration comes from: layers, each over the one before.
public struct ConfigurationSource: Sendable {
  /// One file; a missing one is an error only if somebody asked for it.
  let file: String?
  let fileMustExist: Bool
  /// Its `*.toml` come after the file, in the order of their names.
  let dropIns: String?
  /// `SECTION.KEY=VALUE`, last.
  let assignments: [String]

  private static let systemFile = "/etc/logd/logd.toml"
  /// No configuration of ours comes near; a wrong file name does.
  private static let fileBytesMax = 1 << 20

  /// - Parameters:
  ///   - file: `--config`; `nil`: the file of the system or of the user, if there is one.
  ///   - assignments: `--set`, in their order.
  public init(file: String?, assignments: [String], environment: Environment) {
    let system = file == nil && environment.isSystem
    self.init(
      file: file ?? (system ? Self.systemFile : environment.userConfigurationFile),
      fileMustExist: file != nil, dropIns: system ? Self.systemFile + ".d" : nil,
      assignments: assignments)
  }

  init(file: String?, fileMustExist: Bool, dropIns: String?, assignments: [String]) {
    self.file = file
    self.fileMustExist = fileMustExist
    self.dropIns = dropIns
    self.assignments = assignments
  }

  /// Reads all layers. Blocks on the file system.
  ///
  /// - Throws: everything that is wrong; nothing of it is in force then.
  public func load() throws(ConfigurationError) -> Configuration {
    var reader = ConfigurationReader()
    if let file { read(file, mustExist: fileMustExist, into: &reader) }
    if let dropIns { readAll(in: dropIns, into: &reader) }
    for assignment in assignments { reader.set(assignment) }
    return try reader.finish()
  }

  private func read(_ file: String, mustExist: Bool, into reader: inout ConfigurationReader) {
    do {
      reader.parse(try FileContents.read(file, bytesMax: Self.fileBytesMax), source: file)
    } catch {
      if error.isMissing && !mustExist { return }
      reader.report(unreadable: file, error)
    }
  }

  private func readAll(in directory: String, into reader: inout ConfigurationReader) {
    do {
      for name in try Directory.names(in: directory).sorted() where name.hasSuffix(".toml") {
        read("\(directory)/\(name)", mustExist: true, into: &reader)
      }
    } catch {
      if !error.isMissing { reader.report(unreadable: directory, error) }
    }
  }
}
