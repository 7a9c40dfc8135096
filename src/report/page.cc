#include "report/page.h"

#include <fmt/format.h>

#include "report/escape.h"
#include "report/page_style.h"

namespace hedge::report {

std::string page_begin(const std::string& title) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<title>{}</title><style>{}</style></head><body>\n",
      html_text(title), kPageStyle);
}

std::string page_end() { return "</body></html>\n"; }

std::string heading(const char* id, const char* title) { return fmt::format("<h2 id=\"{}\">{}</h2>\n", id, title); }

std::string none(const char* sentence) { return fmt::format("<p class=\"quiet\">{}</p>\n", sentence); }

std::string table(const std::vector<Column>& columns, const std::string& rows) {
  std::string head;
  for (const Column& column : columns)
    head += fmt::format(R"(<th scope="col"{}>{}</th>)", column.number ? R"( class="n")" : "", column.title);
  return fmt::format("<div class=\"scroll\"><table><thead><tr>{}</tr></thead><tbody>\n{}</tbody></table></div>\n", head,
                     rows);
}

std::string cell(const std::string& text, const char* classes) {
  return fmt::format(R"(<td class="{}">{}</td>)", classes, html_text(text));
}

std::string drawn_cell(const std::string& svg) { return fmt::format("<td>{}</td>", svg); }

}  // namespace hedge::report
