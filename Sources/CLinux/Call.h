#ifndef CLINUX_CALL_H
#define CLINUX_CALL_H

#include "CLinux.h"

#include <errno.h>

// The result of a call that says -1 and errno, as a negative errno; EINTR retried here and only here.
#define RETRY(call)                                 \
  __extension__({                                   \
    __typeof__(call) r_;                            \
    do r_ = (call); while (r_ == -1 && errno == EINTR); \
    r_ == -1 ? (__typeof__(r_))-errno : r_;         \
  })

#endif
