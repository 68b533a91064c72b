import LogdPlatform
import LogdServer
import Glibc
@main struct Main {
  static func main() {
    var c = Configuration()
    if CommandLine.arguments.count > 3 { c.file.format = .json }
    do {
      let paths = try RuntimePaths(runtimeDirectory: CommandLine.arguments[1], logFile: CommandLine.arguments[2], configuration: c, environment: .current)
      exit(Daemon(configuration: c, paths: paths).run().rawValue)
    } catch { print(error); exit(1) }
  }
}
