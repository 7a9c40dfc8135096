#include "format/decision_log.h"

#include <algorithm>
#include <cstring>

#include "base/crc32c.h"
#include "format/byte_stream.h"

namespace hedge::format {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;

/// Little-endian fields into given room; one that does not fit makes it full, and nothing more is written.
class RoomWriter {
 public:
  explicit RoomWriter(std::span<std::byte> room) : room_(room) {}
  template <class T>
    requires std::is_arithmetic_v<T> || std::is_enum_v<T>
  void put(T value) {
    put_bytes(&value, sizeof(T));
  }
  void put(const std::string& text) {
    put(static_cast<std::uint32_t>(text.size()));
    put_bytes(text.data(), text.size());
  }
  void put(const std::vector<std::string>& texts) {
    put(static_cast<std::uint32_t>(texts.size()));
    for (const std::string& text : texts) put(text);
  }
  void put(const LogBox& box) {
    for (const float value : {box.x, box.y, box.width, box.height}) put(value);
  }
  /// 0: it was full.
  std::size_t used() const { return full_ ? 0 : used_; }

 private:
  void put_bytes(const void* bytes, std::size_t size) {
    full_ = full_ || size > room_.size() - used_;
    if (full_ || size == 0) return;
    std::memcpy(room_.data() + used_, bytes, size);
    used_ += size;
  }
  std::span<std::byte> room_;
  std::size_t used_ = 0;
  bool full_ = false;
};

template <class T>
void put_count(RoomWriter& out, const std::vector<T>& items) {
  out.put(static_cast<std::uint32_t>(items.size()));
}

std::uint8_t flags(std::initializer_list<bool> bits) {
  unsigned value = 0, bit = 1;
  for (const bool set : bits) {
    if (set) value |= bit;
    bit <<= 1;
  }
  return static_cast<std::uint8_t>(value);
}

void write(RoomWriter& out, const LogRun& run) {
  out.put(LogRecordType::kRun);
  out.put(run.run_id);
  out.put(run.part);
  out.put(run.wall_ns);
  out.put(run.steady_ns);
  for (const std::string* text :
       {&run.software, &run.isa, &run.pipeline_file, &run.pipeline_text, &run.card_file, &run.card_text,
        &run.track_text, &run.model, &run.model_sha256, &run.onnx_sha256, &run.small_model, &run.small_model_sha256,
        &run.small_card_file, &run.small_card_text, &run.source})
    out.put(*text);
  for (const std::vector<std::string>* texts : {&run.labels, &run.shapes, &run.freezes, &run.disabled_passes})
    out.put(*texts);
  out.put(run.threads);
  out.put(flags({run.source_is_live, run.source_loops}));
  out.put(run.frames_per_second);
}

void write(RoomWriter& out, const LogRule& rule) {
  out.put(rule.rule);
  out.put(flags({rule.condition, rule.on, rule.rising, rule.falling}));
  put_count(out, rule.tracks);
  for (const std::int32_t track : rule.tracks) out.put(track);
  put_count(out, rule.readings);
  for (const LogReading& reading : rule.readings) {
    out.put(reading.quantity);
    out.put(reading.track);
    out.put(reading.value);
  }
}

void write(RoomWriter& out, const LogTrack& track) {
  out.put(track.id);
  out.put(track.class_id);
  out.put(track.box);
  out.put(track.score);
  out.put(track.velocity);
  out.put(track.first_seen_ns);
  out.put(track.last_seen_ns);
  out.put(track.hits);
  out.put(flags({track.confirmed, track.visible}));
}

void write(RoomWriter& out, const LogFrame& frame) {
  out.put(LogRecordType::kFrame);
  for (const std::int64_t value : {frame.index, frame.captured_ns, frame.stream_ns, frame.time_ns}) out.put(value);
  out.put(frame.width);
  out.put(frame.height);
  out.put(frame.name);
  out.put(frame.segment);
  out.put(frame.ordinal);
  for (const std::uint64_t hash : {frame.picture_hash, frame.input_hash, frame.output_hash}) out.put(hash);
  out.put(frame.dropped);
  out.put(frame.misses);
  for (const std::int64_t time : frame.times_ns) out.put(time);
  put_count(out, frame.numbers);
  for (const double number : frame.numbers) out.put(number);
  put_count(out, frame.detections);
  for (const LogDetection& detection : frame.detections) {
    out.put(detection.class_id);
    out.put(detection.score);
    out.put(detection.box);
    out.put(detection.track);
  }
  put_count(out, frame.classes);
  for (const LogClass& one : frame.classes) {
    out.put(one.class_id);
    out.put(one.score);
  }
  put_count(out, frame.tracks);
  for (const LogTrack& track : frame.tracks) write(out, track);
  put_count(out, frame.rules);
  for (const LogRule& rule : frame.rules) write(out, rule);
  put_count(out, frame.actuators);
  for (const LogActuator& actuator : frame.actuators) {
    out.put(actuator.state);
    out.put(actuator.rule);
  }
  out.put(frame.rung);
  out.put(flags({frame.overruled, frame.tracker_light, frame.small_engine}));
}

void write(RoomWriter& out, const LogGap& gap) {
  out.put(LogRecordType::kGap);
  for (const std::int64_t value : {gap.frames, gap.first_index, gap.last_index}) out.put(value);
}

void write(RoomWriter& out, const LogNote& note) {
  out.put(LogRecordType::kNote);
  out.put(note.steady_ns);
  out.put(note.text);
}

void write(RoomWriter& out, const LogEnd& end) {
  out.put(LogRecordType::kEnd);
  out.put(end.frames);
}

class RecordReader {
 public:
  explicit RecordReader(std::span<const std::byte> bytes) : in_(bytes) {}

  template <class T>
  base::Status get(T& value) {
    value = TRY(in_.get<T>());
    return {};
  }
  base::Status get(std::string& text) {
    text = TRY(in_.text());
    return {};
  }
  base::Status get(std::vector<std::string>& texts) {
    texts.resize(TRY(in_.count(sizeof(std::uint32_t))));
    for (std::string& text : texts) TRY(get(text));
    return {};
  }
  base::Status get(LogBox& box) {
    for (float* value : {&box.x, &box.y, &box.width, &box.height}) TRY(get(*value));
    return {};
  }
  /// `bits` in order, lowest first; further ones belong to a later version.
  base::Status get_flags(std::initializer_list<bool*> bits) {
    unsigned value = TRY(in_.get<std::uint8_t>());
    for (bool* bit : bits) {
      *bit = (value & 1) != 0;
      value >>= 1;
    }
    return {};
  }
  /// Items of at least `bytes_min` each.
  template <class T, class Read>
  base::Status get_list(std::vector<T>& items, std::size_t bytes_min, Read read) {
    items.resize(TRY(in_.count(bytes_min)));
    for (T& item : items) TRY(read(item));
    return {};
  }

 private:
  ByteReader in_;
};

Result<LogRun> read_run(RecordReader& in) {
  LogRun run;
  TRY(in.get(run.run_id));
  TRY(in.get(run.part));
  TRY(in.get(run.wall_ns));
  TRY(in.get(run.steady_ns));
  for (std::string* text :
       {&run.software, &run.isa, &run.pipeline_file, &run.pipeline_text, &run.card_file, &run.card_text,
        &run.track_text, &run.model, &run.model_sha256, &run.onnx_sha256, &run.small_model, &run.small_model_sha256,
        &run.small_card_file, &run.small_card_text, &run.source})
    TRY(in.get(*text));
  for (std::vector<std::string>* texts : {&run.labels, &run.shapes, &run.freezes, &run.disabled_passes})
    TRY(in.get(*texts));
  TRY(in.get(run.threads));
  TRY(in.get_flags({&run.source_is_live, &run.source_loops}));
  TRY(in.get(run.frames_per_second));
  return run;
}

base::Status read(RecordReader& in, LogRule& rule) {
  TRY(in.get(rule.rule));
  TRY(in.get_flags({&rule.condition, &rule.on, &rule.rising, &rule.falling}));
  TRY(in.get_list(rule.tracks, 4, [&](std::int32_t& track) { return in.get(track); }));
  return in.get_list(rule.readings, 14, [&](LogReading& reading) -> base::Status {
    TRY(in.get(reading.quantity));
    TRY(in.get(reading.track));
    return in.get(reading.value);
  });
}

base::Status read(RecordReader& in, LogTrack& track) {
  TRY(in.get(track.id));
  TRY(in.get(track.class_id));
  TRY(in.get(track.box));
  TRY(in.get(track.score));
  TRY(in.get(track.velocity));
  TRY(in.get(track.first_seen_ns));
  TRY(in.get(track.last_seen_ns));
  TRY(in.get(track.hits));
  return in.get_flags({&track.confirmed, &track.visible});
}

base::Status read_boxes(RecordReader& in, LogFrame& frame) {
  TRY(in.get_list(frame.detections, 28, [&](LogDetection& detection) -> base::Status {
    TRY(in.get(detection.class_id));
    TRY(in.get(detection.score));
    TRY(in.get(detection.box));
    return in.get(detection.track);
  }));
  TRY(in.get_list(frame.classes, 8, [&](LogClass& one) -> base::Status {
    TRY(in.get(one.class_id));
    return in.get(one.score);
  }));
  return in.get_list(frame.tracks, 65, [&](LogTrack& track) { return read(in, track); });
}

Result<LogFrame> read_frame(RecordReader& in) {
  LogFrame frame;
  for (std::int64_t* value : {&frame.index, &frame.captured_ns, &frame.stream_ns, &frame.time_ns}) TRY(in.get(*value));
  TRY(in.get(frame.width));
  TRY(in.get(frame.height));
  TRY(in.get(frame.name));
  TRY(in.get(frame.segment));
  TRY(in.get(frame.ordinal));
  for (std::uint64_t* hash : {&frame.picture_hash, &frame.input_hash, &frame.output_hash}) TRY(in.get(*hash));
  TRY(in.get(frame.dropped));
  TRY(in.get(frame.misses));
  for (std::int64_t& time : frame.times_ns) TRY(in.get(time));
  TRY(in.get_list(frame.numbers, 8, [&](double& number) { return in.get(number); }));
  TRY(read_boxes(in, frame));
  TRY(in.get_list(frame.rules, 11, [&](LogRule& rule) { return read(in, rule); }));
  TRY(in.get_list(frame.actuators, 3, [&](LogActuator& actuator) -> base::Status {
    TRY(in.get(actuator.state));
    return in.get(actuator.rule);
  }));
  TRY(in.get(frame.rung));
  TRY(in.get_flags({&frame.overruled, &frame.tracker_light, &frame.small_engine}));
  return frame;
}

Result<LogGap> read_gap(RecordReader& in) {
  LogGap gap;
  for (std::int64_t* value : {&gap.frames, &gap.first_index, &gap.last_index}) TRY(in.get(*value));
  return gap;
}

Result<LogNote> read_note(RecordReader& in) {
  LogNote note;
  TRY(in.get(note.steady_ns));
  TRY(in.get(note.text));
  return note;
}

Result<LogEnd> read_end(RecordReader& in) {
  LogEnd end;
  TRY(in.get(end.frames));
  return end;
}

template <class T>
T read_at(std::span<const std::byte> bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

bool is_known(std::byte type) {
  return type >= static_cast<std::byte>(LogRecordType::kRun) && type <= static_cast<std::byte>(LogRecordType::kEnd);
}

}  // namespace

std::size_t encode(const LogFrame& frame, std::span<std::byte> room) {
  RoomWriter out(room);
  write(out, frame);
  return out.used();
}

std::size_t encode(const LogRecord& record, std::span<std::byte> room) {
  RoomWriter out(room);
  std::visit([&](const auto& one) { write(out, one); }, record);
  return out.used();
}

void write_record_head(std::span<const std::byte> record, std::span<std::byte, kLogRecordHeadBytes> head) {
  const auto size = static_cast<std::uint32_t>(record.size());
  const std::uint32_t crc = base::crc32c(record);
  std::memcpy(head.data(), &size, sizeof(size));
  std::memcpy(head.data() + sizeof(size), &crc, sizeof(crc));
}

std::vector<std::byte> part_header() {
  ByteWriter out;
  out.put(std::as_bytes(std::span(kLogMagic)));
  out.put(kLogMajor);
  out.put(kLogMinor);
  out.put(std::uint32_t{0});
  return std::move(out.bytes());
}

Result<LogRecord> decode_record(std::span<const std::byte> bytes) {
  if (bytes.empty()) return fail(ErrorKind::kInvalid, "an empty record");
  RecordReader in(bytes.subspan(1));
  switch (static_cast<LogRecordType>(bytes[0])) {
    case LogRecordType::kRun: return TRY(read_run(in));
    case LogRecordType::kFrame: return TRY(read_frame(in));
    case LogRecordType::kGap: return TRY(read_gap(in));
    case LogRecordType::kNote: return TRY(read_note(in));
    case LogRecordType::kEnd: return TRY(read_end(in));
  }
  return fail(ErrorKind::kUnsupported, "a record of type {}", static_cast<int>(bytes[0]));
}

Result<LogReader> LogReader::open(const std::filesystem::path& path) {
  base::MappedFile map = TRY(base::MappedFile::open(path));
  LogReader reader = TRY(create(map.bytes(), path.string()));
  reader.map_ = std::move(map);
  return reader;
}

Result<LogReader> LogReader::create(std::span<const std::byte> bytes, std::string name) {
  if (bytes.size() < kLogHeaderBytes || std::memcmp(bytes.data(), kLogMagic, sizeof(kLogMagic)) != 0)
    return fail(ErrorKind::kInvalid, "{}: is no decision log", name);
  if (const auto major = read_at<std::uint16_t>(bytes, sizeof(kLogMagic)); major != kLogMajor)
    return fail(ErrorKind::kUnsupported, "{}: is a decision log of layout {}; this build reads {}", name, major,
                kLogMajor);
  LogReader reader(bytes.subspan(kLogHeaderBytes), std::move(name));
  const auto first = reader.take();
  if (!first) return fail(ErrorKind::kInvalid, "{}: its first record is not whole: the run was cut off", reader.name_);
  auto record = decode_record(*first);
  if (!record) return base::in_context(record.error(), reader.name_);
  if (!std::holds_alternative<LogRun>(*record))
    return fail(ErrorKind::kInvalid, "{}: does not begin with the description of its run", reader.name_);
  reader.run_ = std::get<LogRun>(std::move(*record));
  return reader;
}

std::optional<std::span<const std::byte>> LogReader::take() {
  if (rest_.empty() || !damage_.empty()) return std::nullopt;
  const auto torn = [&] {
    damage_ = fmt::format("{}: the last {} bytes are no whole record: it was cut off there", name_, rest_.size());
    return std::nullopt;
  };
  if (rest_.size() < kLogRecordHeadBytes) return torn();
  const auto size = read_at<std::uint32_t>(rest_, 0), crc = read_at<std::uint32_t>(rest_, 4);
  if (size == 0 || size > kLogRecordBytesMax || size > rest_.size() - kLogRecordHeadBytes) return torn();
  const auto record = rest_.subspan(kLogRecordHeadBytes, size);
  if (base::crc32c(record) != crc) return torn();
  rest_ = rest_.subspan(kLogRecordHeadBytes + size);
  return record;
}

std::optional<LogRecord> LogReader::next() {
  while (const auto bytes = take()) {
    if (!is_known((*bytes)[0])) continue;
    auto record = decode_record(*bytes);
    if (record) return std::move(*record);
    damage_ = fmt::format("{}: a record breaks its format: {}", name_, record.error().message);
  }
  return std::nullopt;
}

}  // namespace hedge::format
