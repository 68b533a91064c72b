// What a C program says with syslog(3): for tests that put a socket of logd at /dev/log.
#include <stdio.h>
#include <syslog.h>
#include <unistd.h>

int main(void) {
  printf("%d\n", (int)getpid());
  openlog("csyslog", LOG_PID, LOG_DAEMON);
  for (int priority = LOG_EMERG; priority <= LOG_DEBUG; priority++) syslog(priority, "priority %d", priority);
  syslog(LOG_LOCAL5 | LOG_NOTICE, "another facility, 100%%");
  closelog();
  syslog(LOG_INFO, "opened by itself");
  return 0;
}
