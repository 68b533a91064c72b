// Counts the allocations of a program that is linked with it, by standing before glibc's malloc.
#ifndef CALLOCATIONS_H
#define CALLOCATIONS_H

#include <stdint.h>

/// How often malloc, calloc, realloc or an aligned relative was called since the program began.
uint64_t callocations_count(void);

/// Has `handler` called for `signal`; it may interrupt anything.
void cstress_on_signal(int signal, void (*handler)(int));
/// Sends `signal` to one thread, known by its number from `cstress_thread`.
int cstress_signal_thread(unsigned long thread, int signal);
unsigned long cstress_thread(void);
int cstress_fork(void);
/// _exit(2), for children.
void cstress_exit(int code);
/// exit(3), which writes what was printed.
void cstress_finish(int code);
int cstress_wait(int pid);
#endif
