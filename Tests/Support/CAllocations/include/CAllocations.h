// Counts the allocations of a program that is linked with it, by standing before glibc's malloc.
#ifndef CALLOCATIONS_H
#define CALLOCATIONS_H

#include <stdint.h>

/// How often malloc, calloc, realloc or an aligned relative was called since the program began.
uint64_t callocations_count(void);

/// Has `handler` called for `signal`; it may interrupt anything.
void cstress_on_signal(int signal, void (*handler)(int));
/// Sends `signal` to the calling thread every `interval_ns`; 0 ends it. Not inherited by a fork.
int cstress_timer(int signal, uint64_t interval_ns);
int cstress_fork(void);
/// _exit(2), for children.
void cstress_exit(int code);
/// exit(3), which writes what was printed.
void cstress_finish(int code);
int cstress_wait(int pid);
#endif
