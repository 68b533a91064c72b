// Every key, in the order of config/logd.toml. A key is here when it does something.

extension ConfigurationKey {
  static let all: [ConfigurationKey] =
    listen + ring + order + file + limits + filter + journald

  private static let listen: [ConfigurationKey] = [
    .count(
      "listen.max_clients", \.listen.clientsMax, 1...65_536,
      "How many connections there may be to native.sock and lines.sock at a time. The next one",
      "is refused; a client of native.sock keeps its records until there is room. Each takes",
      "six descriptors where it is kept over a crash: LimitNOFILE (ulimit -n) must allow for them."),
    .count(
      "listen.max_clients_per_uid", \.listen.userClientsMax, 1...65_536,
      "How many of them may be of one user, so that nobody can take the places of others. By",
      "default that is no further limit."),
    .flag(
      "listen.native.enabled", \.listen.native.enabled,
      "native.sock: the way of the client libraries, through shared memory."),
    .mode(
      "listen.native.mode", \.listen.native.mode,
      "Who may log: writing to the socket is what it takes to connect."),
    .name(
      "listen.native.group", \.listen.native.group, "the name or number of a group",
      where: isGroup,
      "The group that the socket belongs to. Empty: the group of the daemon."),
    .flag(
      "listen.lines.enabled", \.listen.lines.enabled,
      "lines.sock: records as lines, from any language. Read into memory of a place for each",
      "connection, as large as limits.line_max rounded up to a power of two."),
    .mode(
      "listen.lines.mode", \.listen.lines.mode,
      "Who may log there."),
    .name(
      "listen.lines.group", \.listen.lines.group, "the name or number of a group",
      where: isGroup,
      "The group that the socket belongs to. Empty: the group of the daemon."),
    .flag(
      "listen.syslog.enabled", \.listen.syslog.enabled,
      "syslog.sock: datagrams of syslog(3). A link at /dev/log makes it the machine's."),
    .mode(
      "listen.syslog.mode", \.listen.syslog.mode,
      "Who may log there."),
    .name(
      "listen.syslog.group", \.listen.syslog.group, "the name or number of a group",
      where: isGroup,
      "The group that the socket belongs to. Empty: the group of the daemon."),
    .flag(
      "listen.control.enabled", \.listen.control.enabled,
      "control.sock: what logctl talks to. Without it there is no status."),
    .mode(
      "listen.control.mode", \.listen.control.mode,
      "Who may ask for the status."),
    .name(
      "listen.control.group", \.listen.control.group, "the name or number of a group",
      where: isGroup,
      "The group that the socket belongs to, and whose members may change something: logctl",
      "level, reload, sync, rotate. Empty: the group of the daemon, and nobody but root and",
      "the daemon's own user."),
  ]

  private static let ring: [ConfigurationKey] = [
    .size(
      "ring.size", \.ring.sizeBytes, 4096...(1 << 30), powerOfTwo: true,
      "The ring of a client that does not ask for a size of its own. It bridges the time in",
      "which the daemon does not read (it waits for the disk, it is being restarted); when it",
      "is full, the client blocks or drops, as it chose. Memory is taken as it is used."),
    .size(
      "ring.size_max", \.ring.sizeBytesMax, 4096...(1 << 30), powerOfTwo: true,
      "The largest ring a client can ask for; who asks for more gets this."),
    .size(
      "ring.total_max", \.ring.totalBytesMax, (1 << 20)...(1 << 40),
      "The rings of all clients together. When it is short, smaller rings are granted, then",
      "none."),
    .size(
      "ring.uid_max", \.ring.userBytesMax, (1 << 20)...(1 << 40),
      "The rings of all clients of one user together, so that nobody can take what others",
      "need."),
    .size(
      "ring.intake_size", \.ring.intakeBytes, (128 << 10)...(1 << 30), powerOfTwo: true,
      "The one ring of all clients of lines.sock and syslog.sock, a file in the runtime",
      "directory; its room is taken at the start. While it is full nothing is read of them, and",
      "they wait. A change takes effect at a start that finds it empty."),
  ]

  private static let order: [ConfigurationKey] = [
    .duration(
      "order.window", \.order.windowNanoseconds, 0...1_000_000_000,
      "How long a record may wait for an earlier one of another process. Longer: better",
      "order, and later lines. While records keep coming several are written at a time: then it",
      "may take four times as long again, 8 ms at most. 0: each is written as it is found.",
      "Nothing waits for a flush, for severity err and above, or when a ring is half full.")
  ]

  private static let file: [ConfigurationKey] = [
    .name(
      "file.path", \.file.path, "an absolute path", where: isPath,
      "The log file. Empty: /var/log/logd/logd.log for root and the system service, else",
      "$XDG_STATE_HOME/logd/logd.log. --log-file overrides it."),
    .mode(
      "file.mode", \.file.mode,
      "Who may read the log, when the file is made. A file that is there keeps its mode."),
    .name(
      "file.group", \.file.group, "the name or number of a group", where: isGroup,
      "The group that the file belongs to, of which the daemon has to be a member: in a drop-in of",
      "the unit with SupplementaryGroups=. Empty: the group of the daemon when the file is made."),
    .choice(
      "file.format", \.file.format,
      "text: for people and grep. json: one object a line, for programs. Both are read back",
      "without loss; text is shorter and faster."),
    .choice(
      "file.sync", \.file.sync,
      "When the file is forced to the disk. never: when the kernel likes, a power failure may",
      "cost half a minute. interval: every sync_interval, if something was written. always:",
      "after each batch; safe and slow, the disk decides how slow. A crash of logd or of a",
      "client loses nothing anyway."),
    .duration(
      "file.sync_interval", \.file.syncIntervalNanoseconds, 10_000_000...3_600_000_000_000,
      "How much time a power failure may cost where sync is \"interval\"."),
    .severity(
      "file.sync_severity", \.file.syncSeverity,
      "A record at least this severe is forced to the disk at once where sync is",
      "\"interval\"."),
    .size(
      "file.max_size", \.file.rotation.bytesMax, 0...(1 << 40),
      "A file that has become so large is an archive from then on, logd-20261121T024100Z.log",
      "for logd.log, and a new one is begun. It may become larger by what is written in the",
      "meantime. 0: never; then somebody else has to see that the disk does not fill."),
    .choice(
      "file.rotate_every", \.file.rotation.period,
      "The same at each turn of the hour, the day, the week (on Monday) or the month, local",
      "time. A file without a line stays."),
    .count(
      "file.keep_files", \.file.rotation.keptFiles, 0...1_000_000,
      "How many archives stay; the oldest are removed. 0: all."),
    .size(
      "file.keep_bytes", \.file.rotation.keptBytes, 0...(1 << 50),
      "How large all archives together may be; the oldest are removed. 0: no bound."),
    .duration(
      "file.keep_age", \.file.rotation.keptNanoseconds, 0...315_360_000_000_000_000,
      "How long an archive stays, by the time in its name. 0: for ever."),
    .choice(
      "file.compress", \.file.rotation.compression,
      "How archives are made smaller, at leisure, by a thread with nice 10: also those that",
      "are there already. zstd is several times faster than gzip."),
    .size(
      "file.min_free", \.file.rotation.freeBytesMin, 0...(1 << 50),
      "How much of the file system stays free: the oldest archives are removed for it, when a",
      "file is rotated and when the disk is full. 0: nothing is done."),
  ]

  private static let limits: [ConfigurationKey] = [
    .size(
      "limits.record_max", \.limits.recordBytesMax, 256...(128 << 10),
      "The largest record, message and fields together. A client cuts what is larger and",
      "marks it with _cut. Every ring holds at least two."),
    .count(
      "limits.fields_max", \.limits.fieldsMax, 0...1024,
      "The most fields of one record; the client leaves out the rest and marks the record",
      "with _cut."),
    .size(
      "limits.line_max", \.limits.lineBytesMax, 1024...(1 << 20),
      "The longest line of lines.sock and datagram of syslog.sock. What is longer is cut there",
      "and marked with _cut; so is a record that becomes larger than record_max."),
    .count(
      "limits.rate_burst", \.limits.rateBurst, 0...1_000_000_000,
      "How many records one client of lines.sock or syslog.sock may send in rate_interval. What",
      "is beyond is left out, and a record says how many that were. 0: no limit. Clients of",
      "native.sock have none: their rings bound them, and they choose what a full one means."),
    .duration(
      "limits.rate_interval", \.limits.rateIntervalNanoseconds, 1_000_000...86_400_000_000_000,
      "The interval of rate_burst."),
  ]

  private static let filter: [ConfigurationKey] = [
    .severity(
      "filter.severity", \.filter.severity,
      "Nothing below this is written. Clients are told, so that a call for less costs them",
      "nothing.")
  ]

  private static let journald: [ConfigurationKey] = [
    .choice(
      "journald.handoff", \.journald.handoff,
      "copy: what is in the file goes to journald too, with its fields. A journald that is",
      "stuck or absent costs only these copies: beyond 4MiB that wait they are dropped and",
      "counted. fallback: journald gets records only while the file cannot be written, or made",
      "anew, for longer than a quarter of a second; a disk that does not answer at all is waited",
      "for. only: there is no log file, and journald gets all. While it is stuck or absent",
      "records wait in the rings. To or from only takes a restart. Switch journald's own limit",
      "off (LogRateLimitIntervalSec=0 in logd.service): it throws away what counts as taken."),
    .severity(
      "journald.severity", \.journald.severity,
      "Nothing below this is handed off. Where journald is in the place of the file, fallback and",
      "only, it is kept nowhere, and counted as dropped."),
  ]

  /// Without control characters: a NUL would cut the path, and lines would not show the others.
  @Sendable private static func isPath(_ text: String) -> Bool {
    text.hasPrefix("/") && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
  }

  @Sendable private static func isGroup(_ text: String) -> Bool {
    text.utf8.count <= 32
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
          UInt8(ascii: "."):
          true
        default: false
        }
      }
  }
}
