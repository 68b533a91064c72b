// Clocks, and numbers as text.
#define _GNU_SOURCE
#include "Call.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static uint64_t nanoseconds(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
uint64_t clinux_monotonic_ns(void) { return nanoseconds(CLOCK_MONOTONIC); }
int64_t clinux_realtime_ns(void) { return (int64_t)nanoseconds(CLOCK_REALTIME); }
uint64_t clinux_thread_cpu_ns(void) { return nanoseconds(CLOCK_THREAD_CPUTIME_ID); }
uint64_t clinux_process_cpu_ns(void) { return nanoseconds(CLOCK_PROCESS_CPUTIME_ID); }

bool clinux_ticks_make_clock(void) {
#if defined(__x86_64__)
  char name[4] = "";
  int fd = open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t bytes = read(fd, name, sizeof name);
  close(fd);
  return bytes == 4 && memcmp(name, "tsc\n", 4) == 0;
#else
  return false;
#endif
}

int clinux_utc_offset(int64_t seconds) {
  time_t t = (time_t)seconds;
  struct tm local;
  tzset();  // the zone may have changed since
  return localtime_r(&t, &local) ? (int)local.tm_gmtoff : 0;
}

int clinux_format_double(double value, uint8_t out[32]) {
  for (int digits = 15; digits <= 17; digits++) {
    int n = snprintf((char *)out, 32, "%.*g", digits, value);
    if (digits == 17 || strtod((char *)out, NULL) == value) return n;
  }
  return 0;
}

double clinux_parse_double(const void *text, uint64_t count) {
  char digits[64];
  if (count >= sizeof digits) count = sizeof digits - 1;
  memcpy(digits, text, count);
  digits[count] = 0;
  return strtod(digits, NULL);
}
