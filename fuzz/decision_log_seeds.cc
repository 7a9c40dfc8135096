// Writes the first inputs of fuzz_decision_log into a folder: a log with every kind of record, and each record alone.
#include <cstdio>
#include <filesystem>

#include "base/file.h"
#include "format/decision_log_sample.h"

namespace hedge {
namespace {

base::Status write_seeds(const std::filesystem::path& corpus) {
  std::filesystem::create_directories(corpus);
  const auto records = format::sample_records();
  const auto all = format::encode_part(format::sample_run(), records);
  TRY(base::write_file(corpus / "log.hlog", std::span<const std::byte>(all)));
  std::vector<std::byte> room(format::kLogRecordBytesMax);
  for (std::size_t k = 0; k < records.size(); ++k)
    TRY(base::write_file(corpus / fmt::format("record_{}", k),
                         std::span<const std::byte>(room).first(format::encode(records[k], room))));
  return {};
}

}  // namespace
}  // namespace hedge

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fuzz_decision_log_seeds DIRECTORY\n");
    return 2;
  }
  const auto status = hedge::write_seeds(argv[1]);
  if (!status) std::fprintf(stderr, "fuzz_decision_log_seeds: %s\n", status.error().message.c_str());
  return status ? 0 : 1;
}
