// logd.h - log records to logd(8) from C, or from any language that can call C.
//
//   logd_client *log = logd_open("worker", NULL);
//   logd_log(log, LOGD_INFO, "request served", 14);
//   logd_close(log, 1000);
//
// Link with `pkg-config --cflags --libs logd`. The library needs libc alone.
//
// Errors     Every function that returns int returns 0 or a negative errno; errno itself is left alone.
//            A NULL client is -EINVAL. A log call never fails for want of a daemon: without one
//            records are kept in memory, under the same bound and policy as in a ring, until one comes.
// Blocking   logd_log and logd_log_fields wait only while the ring is full, and at most 10 ms for the ring of
//            another daemon, no longer than the options say; logd_open, logd_flush and logd_close wait as long as is said there. A log call makes a
//            system call when the daemon sleeps, when the ring is full, and at most once in 100 ms.
// Memory     A client is its ring (1 MiB of shared memory) and 20 KiB. Log calls do not allocate.
// Threads    Everything but logd_close may be called from any thread at any time; records of one process
//            stand in the log in the order of its calls.
// Signals    logd_log, logd_log_fields, logd_enabled and logd_dropped may be called in a signal handler. One that
//            interrupted another call of its own thread drops its record, counts it, and returns -EAGAIN.
//            Calls are not ended by a signal (no -EINTR).
// fork       Safe at any moment, also with threads, in a signal handler and by raw clone: the child goes
//            on with the same logd_client, under its own pid, over a ring of its own, and logd_dropped begins at
//            0. A child should logd_close, or logd_flush, before it ends: what it logged lately may otherwise be
//            lost when no daemon had answered it yet. vfork children must not log.
// exec       Nothing is left: all descriptors are close-on-exec.
// Death      A record whose call has returned survives the end of this process, also by kill -9, once the
//            daemon has answered (about 0.1 ms after logd_open); it survives the daemon's end as well.
#ifndef LOGD_H
#define LOGD_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A connection to logd and the ring of memory that is shared with it. Keep one for the life of the
/// program.
typedef struct logd_client logd_client;

/// Severities, syslog(3)'s.
enum {
  LOGD_EMERGENCY = 0,
  LOGD_ALERT = 1,
  LOGD_CRITICAL = 2,
  LOGD_ERROR = 3,
  LOGD_WARNING = 4,
  LOGD_NOTICE = 5,
  LOGD_INFO = 6,
  LOGD_DEBUG = 7
};

/// What a log call does while the ring is full.
enum {
  LOGD_BLOCK_TIMEOUT = 0, ///< waits up to timeout_ms, then drops the record: the default
  LOGD_BLOCK = 1,         ///< waits for room, however long it takes
  LOGD_DROP = 2           ///< drops the record at once
};

/// What logd_close does with records that no daemon has taken.
enum {
  LOGD_REPORT = 0, ///< says how many there are, in one line on standard error: the default
  LOGD_STDERR = 1, ///< writes them to standard error, as lines of the log file's text format
  LOGD_FILE = 2    ///< appends them to undelivered_file, made with mode 0640 if need be
};

/// All zero but `size` is the default; other values than those named here count as 0. New members are
/// added at the end: a program that was compiled with a shorter structure keeps working.
typedef struct logd_options {
  size_t size;                  ///< sizeof(logd_options): what of it is there
  const char *runtime_dir;      ///< directory of native.sock, at most 95 bytes. NULL or empty:
                                ///< LOGD_RUNTIME_DIR, then /run/logd, then the user's own
  uint64_t ring_bytes;          ///< wished size of the ring, rounded up to a power of two from 8 KiB to
                                ///< 1 GiB; the daemon may grant less. 0: 1 MiB
  int overflow;                 ///< LOGD_BLOCK_TIMEOUT, LOGD_BLOCK, LOGD_DROP
  int timeout_ms;               ///< for LOGD_BLOCK_TIMEOUT; 0 or less: 1000
  int least_severity;           ///< 1 to 7: less severe records are not sent; 0: LOGD_DEBUG
  int undelivered;              ///< LOGD_REPORT, LOGD_STDERR, LOGD_FILE
  const char *undelivered_file; ///< for LOGD_FILE, at most 4095 bytes
} logd_options;

/// The type of a field's value.
enum { LOGD_STRING = 0, LOGD_INT = 1, LOGD_UINT = 2, LOGD_DOUBLE = 3, LOGD_BOOL = 4 };

/// One field of a record.
typedef struct logd_field {
  const char *key;   ///< UTF-8, need not end in NUL; cut to 64 bytes; without one it is left out
  size_t key_length; ///< bytes
  int type;          ///< LOGD_STRING and so on; a field of any other type is left out
  union {
    struct {
      const char *bytes; ///< any bytes, UTF-8 if it is text; NULL is empty
      size_t length;
    } string;
    int64_t i;
    uint64_t u;
    double d;
    int b; ///< 0: false
  } value;
} logd_field;

/// Connects, and waits at most 100 ms for the ring; 0.1 ms is usual, none without a daemon. `ident` is
/// the program's name in the log, 1 to 64 of A-Z a-z 0-9 . _ @ / + -; other bytes become `_`. `options`
/// may be NULL. All strings are copied. NULL only without memory. Of more than 64 clients in one
/// process those beyond notice a fork at their first call in the child, not before.
logd_client *logd_open(const char *ident, const logd_options *options);

/// Logs a message of `length` bytes, any bytes: it becomes one line whatever it holds. It is copied into
/// memory shared with the daemon before this returns. A record above the daemon's limit (64 KiB, 128
/// fields) has its message cut, then fields left out, and is marked.
/// -EAGAIN: dropped and counted, because the ring was full for too long, or this call interrupted
/// another one. -EINVAL: no such severity. What nobody wants (see logd_enabled) is not sent and
/// returns 0.
int logd_log(logd_client *, int severity, const char *message, size_t length);

/// The same with `count` fields.
int logd_log_fields(logd_client *, int severity, const char *message, size_t length,
                    const logd_field *fields, size_t count);

/// 1 when a record of that severity would be written, by the options and by what the daemon wants now,
/// else 0. One load from memory: ask before a message is made that costs much.
int logd_enabled(const logd_client *, int severity);

/// Waits until everything that this process logged before is in the file; with `durable` not 0 also on
/// the disk. `timeout_ms` below 0: as long as it takes. A daemon that dies meanwhile is waited for.
/// -ETIMEDOUT: not all of it in that time, see logd_unwritten; nothing is lost, flush again.
/// -EIO, with `durable`: the disk failed to sync, since this was said last, or nothing was logged since:
/// whether all survives a power failure is unknown. -EAGAIN: in a handler that interrupted a log call.
int logd_flush(logd_client *, int timeout_ms, int durable);

/// How many records of this process are not in the file yet. Walks over them: for reports, not for loops.
uint64_t logd_unwritten(logd_client *);

/// 1 when a daemon was there since this process began, although it may have gone meanwhile; 0 when none was:
/// then logd_flush would wait for the first one to come.
int logd_attached(logd_client *);

/// How many records this process has dropped. The daemon writes the same number into the log.
uint64_t logd_dropped(const logd_client *);

/// Flushes for at most `timeout_ms` (below 0: as long as it takes), but does not wait for a daemon that
/// never was there; ends the connection, reports or writes what no daemon has taken, and frees the
/// client: nobody may use it during this call or afterwards.
void logd_close(logd_client *, int timeout_ms);

#ifdef __cplusplus
}
#endif
#endif
