import LogdPlatform
import Testing

@testable import LogdServer

@Suite struct `Where the configuration comes from` {
  private let log = TemporaryLog()

  private func source(_ variables: [String: String] = [:], set: [String] = [])
    -> ConfigurationSource
  {
    ConfigurationSource(
      file: nil, assignments: set, environment: Environment(userID: 7, variables: variables))
  }

  @Test func `a user needs no file`() throws {
    #expect(try source(["XDG_CONFIG_HOME": log.directory]).load() == Configuration())
    #expect(try source().load() == Configuration())
  }

  @Test func `a user's file is read, the command line after it`() throws {
    _ = try Directory.make("\(log.directory)/logd", mode: 0o700)
    log.append(
      "listen.max_clients = 5\nlimits.fields_max = 6", to: "\(log.directory)/logd/logd.toml")
    let configuration = try source(
      ["XDG_CONFIG_HOME": log.directory], set: ["limits.fields_max=7"]
    ).load()
    #expect(configuration.listen.clientsMax == 5)
    #expect(configuration.limits.fieldsMax == 7)
  }

  @Test func `a file that is a directory is an error`() throws {
    let source = ConfigurationSource(
      file: log.directory, assignments: [], environment: Environment(userID: 7, variables: [:]))
    let error = #expect(throws: ConfigurationError.self) { try source.load() }
    #expect(error?.description == "\(log.directory): cannot read it: Is a directory")
  }

  @Test func `the files beside the file come in the order of their names`() throws {
    let file = "\(log.directory)/logd.toml"
    _ = try Directory.make(file + ".d", mode: 0o700)
    log.append("listen.max_clients = 1\nlimits.fields_max = 1", to: file)
    log.append("limits.fields_max = 3", to: file + ".d/20-b.toml")
    log.append("limits.fields_max = 2\norder.window = \"9ms\"", to: file + ".d/10-a.toml")
    log.append("nonsense", to: file + ".d/99-c.toml.bak")
    let source = ConfigurationSource(
      file: file, fileMustExist: true, dropIns: file + ".d", assignments: [])
    let configuration = try source.load()
    #expect(configuration.listen.clientsMax == 1)
    #expect(configuration.limits.fieldsMax == 3)
    #expect(configuration.order.windowNanoseconds == 9_000_000)
    log.append("[nonsense]", to: file + ".d/30.toml")
    let error = #expect(throws: ConfigurationError.self) { try source.load() }
    #expect(error?.description == "\(file).d/30.toml:1:1: nonsense: unknown key")
  }
}
