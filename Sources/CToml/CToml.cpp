#include "CToml.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

// Three things of toml++ 3.3 that a wrong document must not reach:
// 1. It asserts what some documents make untrue (`[,`), and assumes it where NDEBUG is set, which is
//    worse. Here an untrue assertion is an exception and the document is refused.
// 2. A Latin letter where white space may stand runs into __builtin_unreachable in its character
//    tables; here it is simply no white space.
// 3. It bounds the depth of values, not that of dotted keys, see `isUnfit`.
#undef NDEBUG
#define TOML_ASSERT(expression) ((expression) ? void() : throw std::logic_error("malformed"))
#define TOML_EXCEPTIONS 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 16
#include <toml++/impl/forward_declarations.h>
#undef TOML_UNREACHABLE
#define TOML_UNREACHABLE return false
#include <toml++/impl/unicode.h>
#undef TOML_UNREACHABLE
#define TOML_UNREACHABLE __builtin_unreachable()
#include <toml++/toml.h>

namespace {

struct Visitor {
  void (*body)(const ctoml_entry *, void *);
  void *context;
};

bool isBare(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string joined(const std::string &prefix, std::string_view key) {
  std::string part = isBare(key) ? std::string(key) : '"' + std::string(key) + '"';
  return prefix.empty() ? part : prefix + '.' + part;
}

void visit(const toml::table &table, const std::string &prefix, const Visitor &visitor) {
  for (auto &&[key, node] : table) {
    const std::string path = joined(prefix, key.str());
    ctoml_entry entry{};
    entry.path = path.data();
    entry.path_bytes = path.size();
    // Of a table toml++ knows the place of its header better than that of its key.
    const auto at = node.is_table() ? node.source().begin : key.source().begin;
    entry.line = at.line;
    entry.column = at.column;
    entry.value_line = node.source().begin.line;
    entry.value_column = node.source().begin.column;
    entry.kind = CTOML_OTHER;
    if (auto *string = node.as_string()) {
      entry.kind = CTOML_STRING;
      entry.string = string->get().data();
      entry.string_bytes = string->get().size();
    } else if (auto *integer = node.as_integer()) {
      entry.kind = CTOML_INTEGER;
      entry.integer = integer->get();
    } else if (auto *boolean = node.as_boolean()) {
      entry.kind = CTOML_BOOLEAN;
      entry.integer = boolean->get() ? 1 : 0;
    } else if (node.is_table()) {
      entry.kind = CTOML_TABLE;
    }
    visitor.body(&entry, visitor.context);
    if (auto *inner = node.as_table()) visit(*inner, path, visitor);
  }
}

void describe(ctoml_error *error, std::string_view text, toml::source_position at) {
  const size_t count = std::min(text.size(), sizeof error->text - 1);
  std::memcpy(error->text, text.data(), count);
  error->text[count] = 0;
  error->line = at.line;
  error->column = at.column;
}

// What toml++ does not survive: it goes down dotted keys by recursion, and 30,000 dots are the end
// of the stack. Comments may be as dotted as they like.
constexpr int dots_max = 64;

bool isUnfit(std::string_view text, ctoml_error *error) {
  toml::source_position at{1, 0};
  int dots = 0;
  bool comment = false, blank = true;
  for (const char c : text) {
    at.column++;
    if (c == '\n') {
      at = {at.line + 1, 0};
      dots = 0;
      comment = false;
      blank = true;
    } else if (blank && c == '#') {
      comment = true;
    } else if (c == '.' && !comment && ++dots > dots_max) {
      describe(error, "more than 64 dots in one line", at);
      return true;
    }
    blank = blank && (c == ' ' || c == '\t' || c == '\n');
  }
  return false;
}

// An assertion does not say where: the first line with which the beginning of the text trips it too.
uint32_t malformedLine(std::string_view text) {
  uint32_t line = 0;
  for (size_t begin = 0, end = 0; end != text.npos; begin = end + 1) {
    end = text.find('\n', begin);
    line++;
    try {
      (void)toml::parse(text.substr(0, end));
    } catch (const toml::parse_error &) {
    } catch (const std::exception &) {
      break;
    }
  }
  return line;
}

} // namespace

bool ctoml_parse(const char *bytes, size_t count, void (*body)(const ctoml_entry *, void *),
                 void *context, ctoml_error *error) {
  const std::string_view document(bytes, count);
  try {
    if (isUnfit(document, error)) return false;
    visit(toml::parse(document), std::string(), Visitor{body, context});
    return true;
  } catch (const toml::parse_error &failure) {
    describe(error, failure.description(), failure.source().begin);
  } catch (const std::logic_error &) {
    describe(error, "malformed key or section", toml::source_position{malformedLine(document), 1});
  } catch (const std::exception &failure) {
    describe(error, failure.what(), toml::source_position{1, 1});
  }
  return false;
}
