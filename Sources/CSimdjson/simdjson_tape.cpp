#include "CSimdjson.h"

#include <new>
#include <simdjson.h>

static_assert(simdjson::SIMDJSON_PADDING <= segue_json_padding, "simdjson reads further than CSimdjson promises");

struct segue_json_parser {
  simdjson::dom::parser parser;
};

extern "C" segue_json_parser *segue_json_create(void) { return new (std::nothrow) segue_json_parser; }

extern "C" void segue_json_destroy(segue_json_parser *parser) { delete parser; }

extern "C" int segue_json_parse(
    segue_json_parser *parser, const uint8_t *bytes, size_t count, const uint64_t **tape, const uint8_t **strings) {
  const auto error = parser->parser.parse(bytes, count, false).error();
  if (error) return error;
  *tape = parser->parser.doc.tape.get();
  *strings = parser->parser.doc.string_buf.get();
  return 0;
}

extern "C" const char *segue_json_error(int code) { return simdjson::error_message(simdjson::error_code(code)); }
