// What the pages of all reports are built of: one self-contained document with the style of page_style.h, tables,
// headings. Texts are escaped here (escape.h); what is drawn comes as SVG (svg.h).
#pragma once

#include <string>
#include <vector>

namespace hedge::report {

/// No scripts, nothing fetched: the page says so itself, so that no text from a file can change it.
std::string page_begin(const std::string& title);
std::string page_end();

std::string heading(const char* id, const char* title);
/// In place of what is empty.
std::string none(const char* sentence);

struct Column {
  const char* title;
  bool number = false;
};
/// `rows`: each "<tr>" + cells + "</tr>".
std::string table(const std::vector<Column>& columns, const std::string& rows);
std::string cell(const std::string& text, const char* classes = "");
std::string drawn_cell(const std::string& svg);

}  // namespace hedge::report
