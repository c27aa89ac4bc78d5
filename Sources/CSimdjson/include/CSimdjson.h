// A seam of simdjson (https://simdjson.org) for Swift: documents parsed to its tape, which Swift walks by itself
// (https://github.com/simdjson/simdjson/blob/master/doc/tape.md).
#ifndef SEGUE_CSIMDJSON_H
#define SEGUE_CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes behind a document that must be readable, whatever they hold.
enum { segue_json_padding = 64 };

typedef struct segue_json_parser segue_json_parser;

/// Null when there is no memory.
segue_json_parser *segue_json_create(void);
void segue_json_destroy(segue_json_parser *parser);

/// Parses one document. The tape and the strings are valid until the next call; 0, or an error for `segue_json_error`.
int segue_json_parse(
    segue_json_parser *parser, const uint8_t *bytes, size_t count, const uint64_t **tape, const uint8_t **strings);

/// What an error means, in English.
const char *segue_json_error(int code);

/// Has the processor fetch what lies there; nothing else.
static inline void segue_prefetch(const void *address) { __builtin_prefetch(address); }

#ifdef __cplusplus
}
#endif
#endif
