internal import ArgumentParser

/// Measures logd, and what it is compared with, and checks what was written.
@main struct Logbench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures logd against the simplest ways to write one file, and checks the file.",
    discussion: """
      Every measurement ends with an account of every record in the file: lost, doubled, out of
      order, torn. The exit code is 1 if there is one, however fast it was.

      Examples:
        logbench standard                        the set of `make bench`, under three minutes
        logbench load --producers 16 --fields 2  one run
        logbench versus --against ./logd.before  two builds of logd under the same load, by turns
        logbench doors                           1 M records each through C, Swift, swift-log, Python
        logbench latency --end-to-end            what a log call takes, and the way to the file
        logbench reference --producers 4         append, buffered append, stream collector
        logbench idle --clients 1000             what connected clients cost that say nothing
        logbench query --size 10GiB              logctl query on a large file, beside grep -F
        logbench crash --kills 1000              kills the daemon again and again under full load
        logbench demo                            the demonstration of `make run`
      """,
    subcommands: [
      Standard.self, Load.self, Versus.self, Doors.self, Latency.self, Reference.self, Idle.self,
      QueryBench.self,
      Produce.self,
      Collect.self,
      Hold.self, Demo.self, HashFiles.self, Crash.self, CrashProduce.self,
    ],
    defaultSubcommand: Standard.self)
}
