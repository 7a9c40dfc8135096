// The decision log: what was seen, decided and sent, frame by frame, so that it can be explained and run again bit by
// bit. docs/formats/decision_log.md is the layout; writer and reader share this file.
//
// A log is a row of parts (format/log_directory.h). Each part begins with the run's description and then holds records
// with a checksum each, so whatever a killed process or a lost supply leaves is readable up to its last whole record.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace hedge::format {

inline constexpr char kLogMagic[8] = {'H', 'E', 'D', 'G', 'L', 'O', 'G', '\n'};
inline constexpr std::uint16_t kLogMajor = 1, kLogMinor = 0;
inline constexpr std::size_t kLogHeaderBytes = 16;
inline constexpr std::size_t kLogRecordHeadBytes = 8;        ///< size and checksum before each record
inline constexpr std::size_t kLogRecordBytesMax = 4 << 20;   ///< a reader believes no larger one
inline constexpr std::size_t kLogFrameBytesMax = 256 << 10;  ///< of a frame's record
inline constexpr std::size_t kLogFrameIndexAt = 1;           ///< of a frame's record: where its index stands

enum class LogRecordType : std::uint8_t { kRun = 1, kFrame = 2, kGap = 3, kNote = 4, kEnd = 5 };

/// What ran: all that is needed to build the same pipeline again, the model's weights and the pictures excepted.
struct LogRun {
  std::string run_id;                        ///< the same in all parts of a run
  std::uint32_t part = 1;                    ///< counts the parts of the run
  std::int64_t wall_ns = 0;                  ///< Unix time of the run's begin
  std::int64_t steady_ns = 0;                ///< the capture clock at the same moment
  std::string software;                      ///< name and version
  std::string isa;                           ///< instructions in use
  std::string pipeline_file, pipeline_text;  ///< empty: run without a pipeline file
  std::string card_file, card_text;
  std::vector<std::string> labels;              ///< of the card, wherever they stood
  std::string track_text;                       ///< of `hedge run --track`; empty: the pipeline's own
  std::string model;                            ///< absolute path
  std::string model_sha256;                     ///< of that file
  std::string onnx_sha256;                      ///< of the model it was compiled from; empty: not known
  std::string small_model, small_model_sha256;  ///< of the ladder's smaller engine; empty: there is none
  std::string small_card_file, small_card_text;
  std::vector<std::string> shapes, freezes, disabled_passes;  ///< options of the compilation
  std::uint32_t threads = 1;
  std::string source;            ///< as it was given
  bool source_is_live = false;   ///< a camera: its frames are not to be had again
  bool source_loops = false;     ///< a file that was begun again at its end
  double frames_per_second = 0;  ///< nominal; 0: not known

  bool operator==(const LogRun&) const = default;
};

struct LogBox {
  float x = 0, y = 0, width = 0, height = 0;
  bool operator==(const LogBox&) const = default;
};

struct LogDetection {
  std::int32_t class_id = 0;
  float score = 0;
  LogBox box;
  std::int32_t track = -1;
};

struct LogClass {
  std::int32_t class_id = 0;
  float score = 0;
};

struct LogTrack {
  std::int32_t id = 0, class_id = 0;
  LogBox box;
  float score = 0;
  LogBox velocity;
  std::int64_t first_seen_ns = 0, last_seen_ns = 0;
  std::int32_t hits = 0;
  bool confirmed = false, visible = false;
};

struct LogReading {
  std::uint16_t quantity = 0;  ///< of the rule
  std::int32_t track = -1;     ///< -1: of the frame
  double value = 0;
};

struct LogRule {
  std::uint16_t rule = 0;
  bool condition = false, on = false, rising = false, falling = false;
  std::vector<std::int32_t> tracks;
  std::vector<LogReading> readings;
};

/// What an actuator was handed.
struct LogActuator {
  std::uint8_t state = 0;  ///< act::State: 0 off, 1 on, 2 SAFE
  std::int16_t rule = -1;  ///< that turned it on last; -1: none
};

/// Stages whose times a frame has, in this order.
enum class LogTime : std::uint8_t { kWait, kPreprocess, kInfer, kDecode, kTrack, kRules, kDecision, kAct, kActuation };
inline constexpr std::size_t kLogTimes = 9;

inline constexpr std::uint8_t kNoRung = 255;  ///< no [safety]

struct LogFrame {
  std::int64_t index = 0;        ///< in the source, frames that were dropped included
  std::int64_t captured_ns = 0;  ///< steady clock
  std::int64_t stream_ns = 0;    ///< position in a file
  std::int64_t time_ns = 0;      ///< the clock that motion is measured by
  std::int32_t width = 0, height = 0;
  std::string name;                      ///< of a still image
  std::uint32_t segment = 0;             ///< of the recorded frames that has this one; 0: not recorded
  std::uint32_t ordinal = 0;             ///< in the segment, from 0
  std::uint64_t picture_hash = 0;        ///< hash64 of the BGR rows without gaps
  std::uint64_t input_hash = 0;          ///< of the input tensor, or of the bytes in its place
  std::uint64_t output_hash = 0;         ///< of the output tensors' hashes, in the model's order
  std::int64_t dropped = 0, misses = 0;  ///< frames and deadlines since the start
  std::int64_t times_ns[kLogTimes] = {};
  std::vector<double> numbers;  ///< by rules::FrameNumber
  std::vector<LogDetection> detections;
  std::vector<LogClass> classes;
  std::vector<LogTrack> tracks;
  std::vector<LogRule> rules;  ///< in the verdict's order
  std::vector<LogActuator> actuators;
  std::uint8_t rung = kNoRung;                       ///< of the degradation ladder: guard::Rung
  bool overruled = false;                            ///< SAFE held: what the actuators were handed did not count
  bool tracker_light = false, small_engine = false;  ///< what the ladder had given up
};

/// Frames that were decided on and are not in the log: the disk was not fast enough, or failed.
struct LogGap {
  std::int64_t frames = 0;
  std::int64_t first_index = 0, last_index = 0;
};

/// One line for people.
struct LogNote {
  std::int64_t steady_ns = 0;
  std::string text;
};

/// The run ended by itself. A log without it was cut off.
struct LogEnd {
  std::int64_t frames = 0;  ///< decided on
};

using LogRecord = std::variant<LogRun, LogFrame, LogGap, LogNote, LogEnd>;

/// Type and fields into `room`; the bytes used, or 0 where they do not fit. Allocates nothing.
std::size_t encode(const LogRecord& record, std::span<std::byte> room);
std::size_t encode(const LogFrame& frame, std::span<std::byte> room);

/// Size and checksum that go before an encoded record.
void write_record_head(std::span<const std::byte> record, std::span<std::byte, kLogRecordHeadBytes> head);
/// What a part begins with.
std::vector<std::byte> part_header();

/// Of bytes that nobody checked: type and fields, all of them.
base::Result<LogRecord> decode_record(std::span<const std::byte> bytes);

/// Reads one part, record by record, as far as it is whole.
class LogReader {
 public:
  /// kInvalid: no log, or another layout; also where not even the first record is whole.
  static base::Result<LogReader> open(const std::filesystem::path& path);
  /// Of bytes that outlive the reader; `name` for errors.
  static base::Result<LogReader> create(std::span<const std::byte> bytes, std::string name);

  const LogRun& run() const { return run_; }
  /// The next record behind the run; nothing at the end, and where the bytes are not whole any more: see damage(). A
  /// record of a type that only a later version knows is passed over.
  std::optional<LogRecord> next();
  /// One line about what could not be read; empty: nothing (so far).
  const std::string& damage() const { return damage_; }

 private:
  LogReader(std::span<const std::byte> bytes, std::string name) : rest_(bytes), name_(std::move(name)) {}
  /// The next whole record's bytes.
  std::optional<std::span<const std::byte>> take();

  std::optional<base::MappedFile> map_;
  std::span<const std::byte> rest_;
  std::string name_, damage_;
  LogRun run_;
};

}  // namespace hedge::format
