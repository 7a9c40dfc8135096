#include "pipeline/log_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>

#include "base/background_thread.h"
#include "base/descriptor.h"
#include "base/file.h"
#include "capture/hand_over.h"
#include "format/log_directory.h"
#include "pipeline/byte_ring.h"

namespace hedge::pipeline {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using base::ErrorKind;
using base::fail;
using base::Status;
using Clock = std::chrono::steady_clock;

namespace {

constexpr auto kSync = 1s;     // a lost supply costs no more than this
constexpr auto kRetry = 1s;    // between two tries after a disk has failed
constexpr int kPartsKept = 8;  // the limit is kept by whole parts: one leaves, the others stay
constexpr const char* kLockFile = ".lock";

Status os_failure(const fs::path& path, const char* what) {
  return fail(ErrorKind::kIo, "{}: {}: {}", path.string(), what, std::strerror(errno));
}

Status write_all(int file, std::span<const std::byte> bytes, const fs::path& path) {
  return base::write_all(file, bytes) ? Status() : os_failure(path, "cannot write");
}

/// Frames that are not in the log; a record once the log goes on.
struct Missing {
  format::LogGap gap;
  void add(std::int64_t index) {
    if (gap.frames == 0) gap.first_index = index;
    ++gap.frames;
    gap.last_index = index;
  }
};

}  // namespace

struct LogWriter::Impl {
  explicit Impl(LogWriterOptions given, format::LogRun described)
      : options(std::move(given)),
        run(std::move(described)),
        ring(options.ring_bytes),
        scratch(format::kLogFrameBytesMax) {}

  // The frame's thread.
  bool push(std::span<const std::byte> record) {
    while (!ring.push(record)) {
      if (!options.every_frame) return false;
      std::this_thread::sleep_for(1ms);
    }
    wakeup.post();
    return true;
  }
  bool push_gap() {
    std::array<std::byte, 64> bytes;
    const std::size_t size = format::encode(format::LogRecord(missing.gap), bytes);
    if (!push(std::span(bytes).first(size))) return false;
    missing = {};
    return true;
  }

  // The writing thread.
  void write();
  void drain();
  void take_notes();
  void append(std::span<const std::byte> record);
  bool ready();
  bool flush();
  void failed(const base::Error& error);
  Status open_part();
  void sync_if_due(bool now);
  std::uint64_t part_bytes_max() const { return options.bytes_max / kPartsKept; }

  const LogWriterOptions options;
  format::LogRun run;
  base::Descriptor lock;

  // Of the frame's thread.
  ByteRing ring;
  std::vector<std::byte> scratch;
  Missing missing;
  std::int64_t frames_pushed = 0;

  capture::Wakeup wakeup;
  std::atomic<bool> stopping{false};

  // Of the writing thread.
  std::uint32_t next_number = 1;
  base::Descriptor part;
  fs::path path;
  std::uint64_t part_bytes = 0;
  std::vector<std::byte> waiting;         // whole records, for one write
  std::vector<std::int64_t> waiting_for;  // the frames in it
  Missing unwritten;
  Clock::time_point failed_at{}, synced_at{};
  bool unsynced = false;

  std::atomic<std::int64_t> frames{0}, lost{0}, parts{0}, evicted{0};
  std::atomic<std::uint64_t> bytes{0};
  mutable std::mutex mutex;  // never taken by the frame's thread
  std::string error;
  std::vector<std::string> notes;
  std::int64_t end_frames = -1;  // set before `stopping`

  std::thread writing;
};

Status LogWriter::Impl::open_part() {
  part = base::Descriptor();
  std::vector<format::LogFile> files = TRY(format::list_parts(options.directory));
  evicted += format::make_room(files, part_bytes_max(), options.bytes_max);
  path = format::part_path(options.directory, next_number);
  part = base::Descriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644));
  if (!part) return os_failure(path, "cannot create");
  ++next_number;
  std::vector<std::byte> begin = format::part_header();
  const std::size_t header = begin.size();
  begin.resize(header + format::kLogRecordHeadBytes + format::kLogRecordBytesMax);
  const std::size_t size =
      format::encode(format::LogRecord(run), std::span(begin).subspan(header + format::kLogRecordHeadBytes));
  if (size == 0 || size > part_bytes_max() / 2)
    return fail(ErrorKind::kUsage, "{}: max_mb is too small: the description of the run alone takes {} of {} bytes",
                options.directory.string(), size, part_bytes_max());
  begin.resize(header + format::kLogRecordHeadBytes + size);
  format::write_record_head(std::span(begin).subspan(header + format::kLogRecordHeadBytes),
                            std::span(begin).subspan(header).first<format::kLogRecordHeadBytes>());
  TRY(write_all(part.get(), begin, path));
  TRY(base::sync_path(options.directory));
  ++run.part;
  ++parts;
  part_bytes = begin.size();
  bytes += begin.size();
  unsynced = true;
  return {};
}

void LogWriter::Impl::failed(const base::Error& problem) {
  part = base::Descriptor();  // its last record may be torn: what follows begins a part of its own
  failed_at = Clock::now();
  const std::scoped_lock guard(mutex);
  if (error != problem.message && options.log) options.log("the decision log stops: " + problem.message);
  error = problem.message;
}

bool LogWriter::Impl::ready() {
  if (part) return true;
  if (failed_at != Clock::time_point{} && Clock::now() - failed_at < kRetry && !stopping) return false;
  const Status opened = open_part();
  if (!opened) failed(opened.error());
  return opened.has_value();
}

bool LogWriter::Impl::flush() {
  if (waiting.empty()) return true;
  bool written = ready();
  if (written)
    if (const Status put = write_all(part.get(), waiting, path); !put) {
      failed(put.error());
      written = false;
    }
  if (written) {
    frames += std::ssize(waiting_for);
    bytes += waiting.size();
    part_bytes += waiting.size();
    unsynced = true;
    if (std::exchange(failed_at, {}) != Clock::time_point{}) {
      const std::scoped_lock guard(mutex);
      error.clear();
    }
  } else {
    for (const std::int64_t index : waiting_for) unwritten.add(index);
    lost += std::ssize(waiting_for);
  }
  waiting.clear();
  waiting_for.clear();
  return written;
}

void LogWriter::Impl::append(std::span<const std::byte> record) {
  const std::uint64_t size = format::kLogRecordHeadBytes + record.size();
  if (part && part_bytes + waiting.size() + size > part_bytes_max()) {
    flush();
    sync_if_due(true);
    part = base::Descriptor();
  }
  const std::size_t at = waiting.size();
  waiting.resize(at + size);
  format::write_record_head(record, std::span(waiting).subspan(at).first<format::kLogRecordHeadBytes>());
  std::ranges::copy(record, waiting.begin() + static_cast<std::ptrdiff_t>(at + format::kLogRecordHeadBytes));
  if (record[0] == static_cast<std::byte>(format::LogRecordType::kFrame)) {
    std::int64_t index = 0;
    std::memcpy(&index, record.data() + format::kLogFrameIndexAt, sizeof(index));
    waiting_for.push_back(index);
  }
}

void LogWriter::Impl::drain() {
  constexpr std::size_t kOneWrite = 256 << 10;
  while (const auto record = ring.front()) {
    if (unwritten.gap.frames > 0) {  // first what went before; it counts again if this does not get through either
      std::array<std::byte, 64> bytes_of_gap;
      const Missing before = std::exchange(unwritten, {});
      append(std::span(bytes_of_gap).first(format::encode(format::LogRecord(before.gap), bytes_of_gap)));
      if (!flush()) unwritten = before;
    }
    append(*record);
    ring.pop();
    if (waiting.size() >= kOneWrite || unwritten.gap.frames > 0 || !part) flush();
  }
  take_notes();
  flush();
}

void LogWriter::Impl::take_notes() {
  std::vector<std::string> taken;
  {
    const std::scoped_lock guard(mutex);
    taken.swap(notes);
  }
  if (taken.empty()) return;
  std::vector<std::byte> room(4096);
  for (std::string& text : taken) {
    text.resize(std::min<std::size_t>(text.size(), 4000));
    const format::LogNote note{.steady_ns = Clock::now().time_since_epoch() / 1ns, .text = std::move(text)};
    append(std::span(room).first(format::encode(format::LogRecord(note), room)));
  }
}

void LogWriter::Impl::sync_if_due(bool now) {
  if (!unsynced || !part || (!now && Clock::now() - synced_at < kSync)) return;
  if (::fdatasync(part.get()) != 0) return failed(os_failure(path, "cannot sync").error());
  unsynced = false;
  synced_at = Clock::now();
}

void LogWriter::Impl::write() {
  base::run_in_background();
  while (true) {
    if (unsynced)
      wakeup.wait_for(500ms);
    else
      wakeup.wait();
    const bool last = stopping;  // read before the ring: what was pushed before it was set is still written
    drain();
    sync_if_due(false);
    if (!last) continue;
    std::array<std::byte, 64> end;
    if (unwritten.gap.frames > 0) {
      append(std::span(end).first(format::encode(format::LogRecord(unwritten.gap), end)));
      flush();
    }
    append(std::span(end).first(format::encode(format::LogRecord(format::LogEnd{.frames = end_frames}), end)));
    flush();
    sync_if_due(true);
    return;
  }
}

base::Result<std::unique_ptr<LogWriter>> LogWriter::create(LogWriterOptions options, format::LogRun run) {
  std::error_code error;
  fs::create_directories(options.directory, error);
  if (error)
    return fail(ErrorKind::kIo, "{}: cannot make the directory: {}", options.directory.string(), error.message());
  auto impl = std::make_unique<Impl>(std::move(options), std::move(run));
  const fs::path& directory = impl->options.directory;
  impl->lock = base::Descriptor(::open((directory / kLockFile).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!impl->lock) return std::unexpected(os_failure(directory, "cannot write to it").error());
  if (::flock(impl->lock.get(), LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorKind::kUnavailable, "{}: another process writes its decision log there", directory.string());
  const auto files = TRY(format::list_parts(directory));
  if (!files.empty()) impl->next_number = files.back().number + 1;
  TRY(impl->open_part());
  Impl* self = impl.get();
  impl->writing = std::thread([self] { self->write(); });
  return std::unique_ptr<LogWriter>(new LogWriter(std::move(impl)));  // NOLINT: the constructor is private
}

bool LogWriter::push(const format::LogFrame& frame) {
  Impl& impl = *impl_;
  ++impl.frames_pushed;
  const std::size_t size = format::encode(frame, impl.scratch);
  // A gap is told when the log goes on, not once for each frame that is missing.
  const bool goes_on = impl.options.every_frame || impl.ring.free_bytes() > size + 128;
  const bool room = size > 0 && (impl.missing.gap.frames == 0 || (goes_on && impl.push_gap()));
  if (room && impl.push(std::span(impl.scratch).first(size))) return true;
  impl.missing.add(frame.index);
  ++impl.lost;
  return false;
}

void LogWriter::note(std::string text) {
  if (impl_->options.log) impl_->options.log(text);
  {
    const std::scoped_lock guard(impl_->mutex);
    impl_->notes.push_back(std::move(text));
  }
  impl_->wakeup.post();
}

Status LogWriter::finish() {
  Impl& impl = *impl_;
  if (impl.writing.joinable()) {
    while (impl.missing.gap.frames > 0 && !impl.push_gap()) std::this_thread::sleep_for(1ms);
    impl.end_frames = impl.frames_pushed;
    impl.stopping = true;
    impl.wakeup.post();
    impl.writing.join();
  }
  if (const std::string error = stats().error; !error.empty())
    return fail(ErrorKind::kIo, "the decision log is not complete: {}", error);
  return {};
}

LogWriterStats LogWriter::stats() const {
  const Impl& impl = *impl_;
  LogWriterStats stats{
      .frames = impl.frames, .lost = impl.lost, .parts = impl.parts, .evicted = impl.evicted, .bytes = impl.bytes};
  const std::scoped_lock guard(impl.mutex);
  stats.error = impl.error;
  return stats;
}

LogWriter::LogWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

LogWriter::~LogWriter() {
  if (impl_) static_cast<void>(finish());
}

}  // namespace hedge::pipeline
