/// What can be asked on control.sock, in Varlink's own words.
public enum ControlInterface {
  public static let name = "io.logd"
  public static let serviceName = "org.varlink.service"

  public enum Method {
    public static let getStatus = "io.logd.GetStatus"
    public static let listClients = "io.logd.ListClients"
    public static let flush = "io.logd.Flush"
    public static let setSeverity = "io.logd.SetSeverity"
    public static let reload = "io.logd.Reload"
    public static let sync = "io.logd.Sync"
    public static let follow = "io.logd.Follow"
    public static let rotate = "io.logd.Rotate"
    public static let getInfo = "org.varlink.service.GetInfo"
    public static let getInterfaceDescription = "org.varlink.service.GetInterfaceDescription"
  }

  public enum Failure {
    public static let flushTimedOut = "io.logd.FlushTimedOut"
    public static let flushFailed = "io.logd.FlushFailed"
    public static let reloadFailed = "io.logd.ReloadFailed"
    public static let rotateFailed = "io.logd.RotateFailed"
    public static let permissionDenied = "io.logd.PermissionDenied"
    public static let tooManyFollowers = "io.logd.TooManyFollowers"
    public static let expectedMore = "org.varlink.service.ExpectedMore"
    public static let interfaceNotFound = "org.varlink.service.InterfaceNotFound"
    public static let methodNotFound = "org.varlink.service.MethodNotFound"
    public static let invalidParameter = "org.varlink.service.InvalidParameter"
  }

  public static let description = """
    # The log collector logd.
    interface io.logd

    type Status (
      # degraded: records do not reach the file, see reason
      state: (running, degraded, draining),
      reason: string,
      pid: int,
      version: string,
      uptime_seconds: float,
      # taken from rings = written + dropped + handed off + in the batch
      records_received: int,
      records_written: int,
      records_dropped: int,
      # taken by journald in the place of the file
      records_handed_off: int,
      records_in_batch: int,
      bytes_written: int,
      batches: int,
      # nothing below it is written
      severity: Severity,
      # older than the order window when they came
      records_late: int,
      # given up by the producers, because a ring was full
      producer_dropped: int,
      # in the rings, not yet looked at
      bytes_unparsed: int,
      # from lines.sock and syslog.sock: looked like JSON and was not; longer than limits.line_max;
      # beyond limits.rate_burst
      lines_malformed: int,
      lines_cut: int,
      records_suppressed: int,
      wakeups: int,
      clients: []Client,
      file: File,
      rings: Rings,
      journald: Journald,
      memory_bytes: int
    )

    type Severity (emerg, alert, crit, err, warning, notice, info, debug)

    type Client (
      pid: int,
      uid: int,
      gid: int,
      # the client's claim; the kernel vouches for the others
      ident: string,
      unit: string,
      comm: string,
      # native, lines, syslog
      door: string,
      records: int,
      bytes: int,
      dropped: int,
      # of clients that send text
      malformed: int,
      cut: int,
      suppressed: int,
      ring_bytes: int,
      ring_used: int,
      # age of the oldest record that is not in the file
      lag_ms: float,
      connected_seconds: float
    )

    type File (
      # empty: none is kept, journald.handoff is only
      path: string,
      bytes: int,
      rotations: int,
      synced_bytes: int,
      # in doubt for good: a sync of them failed
      suspect_bytes: int,
      # empty when all is well
      last_error: string
    )

    type Journald (
      handoff: (off, copy, fallback, only),
      # records go there now, and not into the file
      in_place_of_file: bool,
      # taken by journald, beside the file or in its place
      records: int,
      # too many waited, or there was no journald
      dropped: int,
      queued_bytes: int,
      # how long journald has not answered
      stuck_seconds: float
    )

    type Rings (
      count: int,
      bytes_used: int,
      bytes_capacity: int
    )

    # With 'more' a reply every interval_ms (100 to 60000, default 1000).
    method GetStatus(interval_ms: ?int) -> (status: Status)

    method ListClients() -> (clients: []Client)

    # Returns when everything that was logged before is written, or synced if durable.
    # timeout_ms: 0 to 86400000, default 10000.
    method Flush(durable: ?bool, timeout_ms: ?int) -> ()

    # So many records are in no file yet; 0: not all that was sent as text is read, or not all is synced.
    error FlushTimedOut (remaining: int)

    error FlushFailed (reason: string)

    # The methods from here on change something, or show the log. They are for root, the daemon's own user and the
    # members of listen.control.group.

    # Nothing below it is written from now on, until the next reload or start. Producers send
    # nothing below it any more.
    method SetSeverity(severity: Severity) -> ()

    # Reads the configuration again and opens the log file again, as SIGHUP does. Returns when that
    # is done.
    method Reload() -> ()

    # What was logged before is on the disk when it returns.
    # timeout_ms: 0 to 86400000, default 10000.
    method Sync(timeout_ms: ?int) -> ()

    # With 'more', which it needs: a reply for each line that is written from now on, without its
    # newline. missed: so many lines before it went by while this connection did not read.
    # Nothing else can be asked on the connection any more.
    method Follow() -> (line: string, missed: int)

    error TooManyFollowers (limit: int)

    # The log file becomes an archive, and a new one is begun. Returns when nothing more is written
    # to the archive: its path, or none if the log file was empty.
    method Rotate() -> (archive: ?string)

    # The log file stays as it is.
    error RotateFailed (reason: string)

    # The configuration has an error; the old one stays in force.
    error ReloadFailed (reason: string)

    error PermissionDenied ()

    """

  public static let serviceDescription = """
    # The Varlink service interface, as https://varlink.org/Service has it.
    interface org.varlink.service

    method GetInfo() -> (
      vendor: string,
      product: string,
      version: string,
      url: string,
      interfaces: []string
    )

    method GetInterfaceDescription(interface: string) -> (description: string)

    error InterfaceNotFound (interface: string)

    error MethodNotFound (method: string)

    error MethodNotImplemented (method: string)

    error InvalidParameter (parameter: string)

    error PermissionDenied ()

    error ExpectedMore ()

    """
}
