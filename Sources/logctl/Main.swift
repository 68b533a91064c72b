internal import ArgumentParser
internal import LogdControl

@main
struct Main: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logctl",
    abstract: "Looks at logd and steers it, and reads its log.",
    discussion: """
      Colours are used on a terminal only, and not where NO_COLOR is set.

      Exit codes: 0 done, 1 not all done or nothing found, 2 damaged input, 64 usage, 69 no daemon \
      at that path, 74 I/O error, 77 not permitted, 78 configuration.

      Examples:
        logctl status
        logctl status --watch
        logctl flush --durable && cp /var/log/logd/logd.log /backup/
        logctl tail -n 100 -f
        logctl run --ident nightly -- /usr/local/bin/backup --all
        logctl tree --task 4c1b1b4c
      """,
    version: Version.text,
    subcommands: [
      StatusCommand.self, ClientsCommand.self, FlushCommand.self, SyncCommand.self,
      RotateCommand.self, ReloadCommand.self, LevelCommand.self, TailCommand.self,
      QueryCommand.self, MergeCommand.self, TreeCommand.self, MetricsCommand.self,
      SendCommand.self, RunCommand.self,
    ])

  @OptionGroup var daemon: DaemonOptions
}
