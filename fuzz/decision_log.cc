// Whatever bytes a decision log holds: they are refused, or read up to where they are not whole. Checksums are made
// right before, since no mutation would ever get past them.
#include "format/decision_log.h"

#include <cstring>
#include <vector>

namespace hedge {
namespace {

/// Checksums as the bytes need them, record after record.
void sign(std::span<std::byte> bytes) {
  std::size_t at = format::kLogHeaderBytes;
  while (at + format::kLogRecordHeadBytes <= bytes.size()) {
    std::uint32_t size = 0;
    std::memcpy(&size, bytes.data() + at, sizeof(size));
    const std::size_t begin = at + format::kLogRecordHeadBytes;
    if (size == 0 || size > bytes.size() - begin) return;
    format::write_record_head(bytes.subspan(begin, size), bytes.subspan(at).first<format::kLogRecordHeadBytes>());
    at = begin + size;
  }
}

}  // namespace
}  // namespace hedge

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hedge;  // NOLINT: the harness is outside the namespace
  std::vector<std::byte> bytes(size);
  if (size > 0) std::memcpy(bytes.data(), data, size);
  (void)format::decode_record(bytes);
  sign(bytes);
  auto reader = format::LogReader::create(bytes, "input");
  if (!reader) return 0;
  std::vector<std::byte> room(format::kLogRecordBytesMax);
  while (const auto record = reader->next()) (void)format::encode(*record, room);
  return 0;
}
