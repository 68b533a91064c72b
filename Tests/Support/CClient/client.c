// A program that uses liblogdclient as any C program does; compiled and run by `The C library`.
//
//   client MODE RUNTIME_DIR [ARGUMENT]
//
// Prints what it counted; ends with 1 and the line where something was not as logd.h says.
#define _GNU_SOURCE
#include <errno.h>
#include <logd.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(condition)                                                    \
  do {                                                                      \
    if (!(condition)) {                                                     \
      fprintf(stderr, "line %d: not so: %s\n", __LINE__, #condition);       \
      exit(1);                                                              \
    }                                                                       \
  } while (0)

static const char *directory;

static logd_client *open_with(int overflow, int timeout_ms) {
  logd_options options = {.size = sizeof options, .runtime_dir = directory, .overflow = overflow,
                          .timeout_ms = timeout_ms};
  logd_client *log = logd_open("cclient", &options);
  CHECK(log);
  return log;
}

static int say(logd_client *log, const char *text) {
  return logd_log(log, LOGD_INFO, text, strlen(text));
}

static logd_field integer(const char *key, int64_t value) {
  return (logd_field){.key = key, .key_length = strlen(key), .type = LOGD_INT, .value.i = value};
}

// ---------------------------------------------------------------- one record of every kind
static void every_kind(void) {
  logd_client *log = open_with(LOGD_BLOCK, 0);
  for (int severity = LOGD_EMERGENCY; severity <= LOGD_DEBUG; severity++) {
    CHECK(logd_enabled(log, severity) == 1);
    CHECK(logd_log(log, severity, "severity", 8) == 0);
  }
  logd_field fields[] = {
      {.key = "string", .key_length = 6, .value.string = {"a\0\n\xff", 4}},
      {.key = "int", .key_length = 3, .type = LOGD_INT, .value.i = INT64_MIN},
      {.key = "uint", .key_length = 4, .type = LOGD_UINT, .value.u = UINT64_MAX},
      {.key = "double", .key_length = 6, .type = LOGD_DOUBLE, .value.d = 0.1},
      {.key = "nan", .key_length = 3, .type = LOGD_DOUBLE, .value.d = NAN},
      {.key = "true", .key_length = 4, .type = LOGD_BOOL, .value.b = -7},
      {.key = "false", .key_length = 5, .type = LOGD_BOOL, .value.b = 0},
      {.key = "null", .key_length = 4, .value.string = {NULL, 9}},
      {.key = "unknown", .key_length = 7, .type = 99, .value.i = 1},
      {.key = NULL, .key_length = 5, .type = LOGD_INT, .value.i = 1},
  };
  CHECK(logd_log_fields(log, LOGD_INFO, "kinds\nof", 8, fields, sizeof fields / sizeof *fields) == 0);
  CHECK(logd_log(log, LOGD_INFO, NULL, 3) == 0);
  CHECK(logd_log_fields(log, LOGD_INFO, "no fields", 9, NULL, 4) == 0);
  CHECK(logd_log(log, 8, "x", 1) == -EINVAL);
  CHECK(logd_log(log, -1, "x", 1) == -EINVAL);
  CHECK(logd_flush(log, 10000, 0) == 0);
  CHECK(logd_flush(log, 10000, 1) == 0);
  CHECK(logd_unwritten(log) == 0 && logd_dropped(log) == 0 && logd_attached(log) == 1);
  logd_close(log, 1000);

  CHECK(logd_log(NULL, LOGD_INFO, "x", 1) == -EINVAL && logd_flush(NULL, 0, 0) == -EINVAL);
  CHECK(logd_enabled(NULL, 0) == 0 && logd_dropped(NULL) == 0 && logd_unwritten(NULL) == 0);
  logd_close(NULL, 0);
}

// ---------------------------------------------------------------- options of an older header
static void older_options(void) {
  // Compiled when `runtime_dir` was the last member: what lies behind it is something else.
  logd_options options;
  memset(&options, 0x55, sizeof options);
  options.size = offsetof(logd_options, ring_bytes);
  options.runtime_dir = directory;
  logd_client *log = logd_open("an ident & more", &options);
  CHECK(log && say(log, "older") == 0);
  CHECK(logd_enabled(log, LOGD_DEBUG) == 1);
  logd_close(log, 10000);
  CHECK(setenv("LOGD_RUNTIME_DIR", directory, 1) == 0);
  log = logd_open(NULL, NULL);
  CHECK(log && say(log, "no options") == 0);
  logd_close(log, 10000);
  logd_options least = {.size = sizeof least, .least_severity = LOGD_WARNING};
  log = logd_open("least", &least);
  CHECK(log && logd_enabled(log, LOGD_NOTICE) == 0 && logd_enabled(log, LOGD_WARNING) == 1);
  CHECK(say(log, "not wanted") == 0 && logd_dropped(log) == 0);
  logd_close(log, 10000);
}

// ---------------------------------------------------------------- threads and fork
enum { THREADS = 4, CHILDREN = 50, CHILD_RECORDS = 3 };
static logd_client *shared;
static volatile int is_ending;

static void *log_until_told(void *argument) {
  long counted = 0;
  logd_field fields[] = {integer("thread", (long)argument), integer("n", 0)};
  for (; !is_ending || counted < 1000; counted++) {
    fields[1].value.i = counted;
    CHECK(logd_log_fields(shared, LOGD_INFO, "thread", 6, fields, 2) == 0);
    if (counted % 64 == 0) usleep(1000); // a pace: the test reads them all back
  }
  return (void *)counted;
}

static void threads_and_forks(void) {
  pthread_t threads[THREADS];
  shared = open_with(LOGD_BLOCK, 0);
  for (long i = 0; i < THREADS; i++)
    CHECK(pthread_create(&threads[i], NULL, log_until_told, (void *)i) == 0);
  for (int i = 0; i < CHILDREN; i++) {
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      logd_field fields[] = {integer("own", getpid()), integer("n", 0)};
      for (int n = 0; n < CHILD_RECORDS; n++) {
        fields[1].value.i = n;
        CHECK(logd_log_fields(shared, LOGD_NOTICE, "child", 5, fields, 2) == 0);
      }
      logd_close(shared, 10000);
      _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
  }
  is_ending = 1;
  for (int i = 0; i < THREADS; i++) {
    void *counted;
    CHECK(pthread_join(threads[i], &counted) == 0);
    printf("%ld\n", (long)counted);
  }
  CHECK(logd_flush(shared, 10000, 0) == 0);
  logd_close(shared, 10000);
}

// ---------------------------------------------------------------- fork after a client was closed
static void fork_after_close(void) {
  logd_client *log = open_with(LOGD_BLOCK, 0);
  CHECK(say(log, "first") == 0);
  logd_close(log, 10000);
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    log = open_with(LOGD_BLOCK, 0);
    CHECK(say(log, "second") == 0);
    logd_close(log, 10000);
    _exit(0);
  }
  int status;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

// ---------------------------------------------------------------- no daemon
static void no_daemon(const char *file) {
  logd_options options = {.size = sizeof options, .runtime_dir = directory};
  options.undelivered = file ? LOGD_FILE : LOGD_REPORT;
  options.undelivered_file = file;
  logd_client *log = logd_open("cclient", &options);
  CHECK(log);
  logd_field fields[] = {integer("n", 1),
                         {.key = "d", .key_length = 1, .type = LOGD_DOUBLE, .value.d = 3}};
  CHECK(logd_log_fields(log, LOGD_WARNING, "left = over", 11, fields, 2) == 0);
  CHECK(say(log, "second") == 0);
  CHECK(logd_flush(log, 20, 0) == -ETIMEDOUT && logd_unwritten(log) == 2);
  CHECK(logd_attached(log) == 0);
  logd_close(log, 0);
}

// ---------------------------------------------------------------- a daemon that is stopped
/// Sends SIGSTOP, and returns once no thread runs any more: kill(2) returns before that.
static void stop(pid_t process) {
  char command[64];
  CHECK(kill(process, SIGSTOP) == 0);
  snprintf(command, sizeof command, "grep -hq '^State:.[^T]' /proc/%d/task/*/status", process);
  while (system(command) == 0) usleep(1000);
}

static void stopped(pid_t daemon, int overflow) {
  logd_client *log = open_with(overflow, 20);
  CHECK(say(log, "attached") == 0 && logd_flush(log, 10000, 0) == 0);
  stop(daemon);
  for (int i = 0; i < 17; i++) CHECK(say(log, "waiting") == 0);
  CHECK(logd_flush(log, 50, 0) == -ETIMEDOUT);
  CHECK(logd_unwritten(log) == 17);
  int dropped = 0;
  for (int i = 0; i < 50000 && dropped < (overflow == LOGD_DROP ? 50000 : 3); i++) {
    int result = say(log, "more");
    CHECK(result == 0 || result == -EAGAIN);
    if (result) dropped++;
  }
  CHECK(dropped > 0 && logd_dropped(log) == (uint64_t)dropped);
  printf("%d\n", (int)logd_unwritten(log));
  printf("%d\n", dropped);
  CHECK(kill(daemon, SIGCONT) == 0);
  logd_close(log, 10000);
}

// ---------------------------------------------------------------- so many records, for speed and exactness
static void many(long count) {
  logd_client *log = open_with(LOGD_BLOCK, 0);
  logd_field field = integer("n", 0);
  for (; field.value.i < count; field.value.i++)
    CHECK(logd_log_fields(log, LOGD_INFO, "record", 6, &field, 1) == 0);
  logd_close(log, 60000);
}

int main(int count, char **words) {
  CHECK(count >= 3);
  const char *mode = words[1], *argument = count > 3 ? words[3] : NULL;
  directory = words[2];
  if (!strcmp(mode, "kinds")) every_kind();
  else if (!strcmp(mode, "options")) older_options();
  else if (!strcmp(mode, "threads")) threads_and_forks();
  else if (!strcmp(mode, "closed")) fork_after_close();
  else if (!strcmp(mode, "absent")) no_daemon(argument);
  else if (!strcmp(mode, "drop")) stopped(atoi(argument), LOGD_DROP);
  else if (!strcmp(mode, "timeout")) stopped(atoi(argument), LOGD_BLOCK_TIMEOUT);
  else if (!strcmp(mode, "many")) many(atol(argument));
  else CHECK(!"a known mode");
  return 0;
}
