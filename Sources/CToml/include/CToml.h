// toml++ behind one C function: every key of a document with its line and column.
//
// No exception leaves it, nothing is kept after it returns. Documents are bounded by the caller.
#ifndef CTOML_H
#define CTOML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum ctoml_kind {
  CTOML_STRING = 1,
  CTOML_INTEGER = 2,
  CTOML_BOOLEAN = 3,
  CTOML_TABLE = 4,
  CTOML_OTHER = 5, // a floating-point number, a date, an array
};

/// One key. The bytes of `path` and `string` are UTF-8 without a final NUL, and gone after the call.
struct ctoml_entry {
  const char *path; // "ring.size"; a part that is not a bare key stands in quotes
  size_t path_bytes;
  const char *string; // of a CTOML_STRING
  size_t string_bytes;
  int64_t integer; // of a CTOML_INTEGER, and 0 or 1 of a CTOML_BOOLEAN
  uint32_t line, column;             // of the key, from 1
  uint32_t value_line, value_column; // of the value, from 1
  int kind;
};

struct ctoml_error {
  char text[256]; // UTF-8, ended by NUL
  uint32_t line, column;
};

/// Parses a document and calls `body` for every key, tables before what they hold. False: `error` says
/// why, and `body` was not called.
bool ctoml_parse(const char *bytes, size_t count, void (*body)(const struct ctoml_entry *, void *),
                 void *context, struct ctoml_error *error);

#ifdef __cplusplus
}
#endif
#endif
