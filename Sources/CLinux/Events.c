// What is waited for: epoll, signals, names in a directory.
#define _GNU_SOURCE
#include "Call.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

_Static_assert((int)CLINUX_EPOLLIN == (int)EPOLLIN && (int)CLINUX_EPOLLOUT == (int)EPOLLOUT &&
                   (int)CLINUX_EPOLLERR == (int)EPOLLERR && (int)CLINUX_EPOLLHUP == (int)EPOLLHUP &&
                   (int)CLINUX_EPOLLRDHUP == (int)EPOLLRDHUP, "epoll");

int clinux_poll(int fd, int events, int timeout_ms) {
  struct pollfd p = {.fd = fd, .events = (short)events};
  int r = poll(&p, 1, timeout_ms);
  return r < 0 ? -errno : r == 0 ? 0 : p.revents;
}

#define EVENTS_MAX 64
int clinux_epoll_create(void) { return RETRY(epoll_create1(EPOLL_CLOEXEC)); }
static int control(int epoll, int op, int fd, uint32_t events, uint64_t data) {
  struct epoll_event e = {.events = events, .data = {.u64 = data}};
  return RETRY(epoll_ctl(epoll, op, fd, &e));
}
int clinux_epoll_add(int e, int fd, uint32_t events, uint64_t data) {
  return control(e, EPOLL_CTL_ADD, fd, events, data);
}
int clinux_epoll_modify(int e, int fd, uint32_t events, uint64_t data) {
  return control(e, EPOLL_CTL_MOD, fd, events, data);
}
int clinux_epoll_remove(int e, int fd) { return control(e, EPOLL_CTL_DEL, fd, 0, 0); }
int clinux_epoll_wait(int epoll, struct clinux_event *out, int capacity, int timeout_ms) {
  struct epoll_event e[EVENTS_MAX];
  int n = epoll_wait(epoll, e, capacity < EVENTS_MAX ? capacity : EVENTS_MAX, timeout_ms);
  if (n < 0) return -errno;
  for (int i = 0; i < n; i++) out[i] = (struct clinux_event){e[i].events, e[i].data.u64};
  return n;
}
int clinux_eventfd(void) { return RETRY(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)); }
static struct timespec span(uint64_t ns) {
  return (struct timespec){.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
}
int clinux_timerfd(void) { return RETRY(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)); }
int clinux_timerfd_set(int fd, uint64_t at_ns) {
  struct itimerspec at = {.it_value = span(at_ns)};
  return RETRY(timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL));
}
int clinux_await_either(int a, int b, int64_t timeout_ns) {
  struct pollfd p[2] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};
  struct timespec timeout = span(timeout_ns < 0 ? 0 : (uint64_t)timeout_ns);
  int r = ppoll(p, 2, timeout_ns < 0 ? NULL : &timeout, NULL);
  return r < 0 ? -errno : (p[0].revents != 0) | (p[1].revents != 0) << 1;
}
int clinux_signalfd(const int *signals, int count) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
  int r = pthread_sigmask(SIG_BLOCK, &set, NULL);
  return r != 0 ? -r : RETRY(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}
int clinux_signalfd_read_sender(int fd, bool *is_kernel) {
  struct signalfd_siginfo s;
  if (RETRY(read(fd, &s, sizeof s)) != (ssize_t)sizeof s) return 0;
  *is_kernel = s.ssi_code > 0;
  return (int)s.ssi_signo;
}
int clinux_signalfd_read(int fd) {
  bool is_kernel;
  return clinux_signalfd_read_sender(fd, &is_kernel);
}

int clinux_inotify(void) { return RETRY(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)); }
int clinux_inotify_watch(int inotify, const char *directory) {
  return RETRY(inotify_add_watch(inotify, directory,
                                 IN_MODIFY | IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ONLYDIR));
}
