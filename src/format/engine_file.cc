#include "format/engine_file.h"

#include <algorithm>
#include <map>

#include "base/aligned_buffer.h"
#include "base/crc32c.h"
#include "base/file.h"
#include "format/attribute_bytes.h"
#include "format/engine_layout.h"

namespace hedge::format {
namespace {

using base::ErrorKind;
using base::fail;
using base::Result;
using base::Status;
using program::Program;

void put_indices(ByteWriter& out, const std::vector<std::int32_t>& indices) {
  out.put(static_cast<std::uint32_t>(indices.size()));
  for (const std::int32_t index : indices) out.put(index);
}

Result<std::vector<std::int32_t>> get_indices(ByteReader& in) {
  std::vector<std::int32_t> indices(TRY(in.count(sizeof(std::int32_t))));
  for (std::int32_t& index : indices) index = TRY(in.get<std::int32_t>());
  return indices;
}

std::vector<std::byte> encode_tensors(const Program& program) {
  ByteWriter out;
  out.put(program.arena_bytes);
  out.put(static_cast<std::uint32_t>(program.tensors.size()));
  for (const program::ProgramTensor& tensor : program.tensors) {
    out.put(tensor.name);
    put_type(out, tensor.type);
    out.put(tensor.packing);
    out.put(tensor.place);
    out.put(tensor.offset);
    out.put(tensor.size_bytes);
  }
  return std::move(out.bytes());
}

Status decode_tensors(std::span<const std::byte> bytes, Program& program) {
  ByteReader in(bytes);
  program.arena_bytes = TRY(in.get<std::uint64_t>());
  program.tensors.resize(TRY(in.count(24)));
  for (program::ProgramTensor& tensor : program.tensors) {
    tensor.name = TRY(in.text());
    tensor.type = TRY(get_type(in));
    tensor.packing = TRY(in.text());
    tensor.place = TRY(in.get<program::Place>());
    if (tensor.place > program::Place::kBand) return fail(ErrorKind::kInvalid, "tensor '{}' lies nowhere", tensor.name);
    tensor.offset = TRY(in.get<std::uint64_t>());
    tensor.size_bytes = TRY(in.get<std::uint64_t>());
  }
  return {};
}

std::vector<std::byte> encode_steps(const Program& program) {
  ByteWriter out;
  out.put(static_cast<std::uint32_t>(program.steps.size()));
  for (const program::Step& step : program.steps) {
    for (const std::string* text : {&step.label, &step.domain, &step.op, &step.kernel}) out.put(*text);
    out.put(static_cast<std::int32_t>(step.opset));
    put_attributes(out, step.attributes);
    put_indices(out, step.inputs);
    put_indices(out, step.outputs);
  }
  return std::move(out.bytes());
}

Status decode_steps(std::span<const std::byte> bytes, Program& program) {
  ByteReader in(bytes);
  program.steps.resize(TRY(in.count(32)));
  for (program::Step& step : program.steps) {
    for (std::string* text : {&step.label, &step.domain, &step.op, &step.kernel}) *text = TRY(in.text());
    step.opset = TRY(in.get<std::int32_t>());
    step.attributes = TRY(get_attributes(in));
    step.inputs = TRY(get_indices(in));
    step.outputs = TRY(get_indices(in));
  }
  return {};
}

std::vector<std::byte> encode_ports(const Program& program) {
  ByteWriter out;
  put_indices(out, program.inputs);
  put_indices(out, program.outputs);
  return std::move(out.bytes());
}

std::vector<std::byte> encode_provenance(const program::Provenance& provenance) {
  ByteWriter out;
  for (const std::string* text :
       {&provenance.model_name, &provenance.model_sha256, &provenance.compiler_version, &provenance.command})
    out.put(*text);
  return std::move(out.bytes());
}

Status decode_provenance(std::span<const std::byte> bytes, program::Provenance& provenance) {
  ByteReader in(bytes);
  for (std::string* text :
       {&provenance.model_name, &provenance.model_sha256, &provenance.compiler_version, &provenance.command})
    *text = TRY(in.text());
  return {};
}

std::vector<std::byte> encode_portable(const std::vector<program::DenseOrigin>& origins) {
  ByteWriter out;
  out.put(static_cast<std::uint32_t>(origins.size()));
  for (const program::DenseOrigin& origin : origins) {
    out.put(origin.tensor);
    out.put(origin.crc);
  }
  return std::move(out.bytes());
}

Status decode_portable(std::span<const std::byte> bytes, Program& program) {
  ByteReader in(bytes);
  auto& origins = program.portable.emplace(TRY(in.count(sizeof(std::int32_t) + sizeof(std::uint32_t))));
  for (program::DenseOrigin& origin : origins) {
    origin.tensor = TRY(in.get<std::int32_t>());
    origin.crc = TRY(in.get<std::uint32_t>());
  }
  return {};
}

std::vector<std::byte> encode_bands(const std::vector<program::RowBands>& bands) {
  ByteWriter out;
  out.put(static_cast<std::uint32_t>(bands.size()));
  for (const program::RowBands& chain : bands) {
    out.put(chain.first_step);
    out.put(chain.steps);
    out.put(chain.rows);
  }
  return std::move(out.bytes());
}

Status decode_bands(std::span<const std::byte> bytes, Program& program) {
  ByteReader in(bytes);
  program.bands.resize(TRY(in.count(3 * sizeof(std::int32_t))));
  for (program::RowBands& chain : program.bands) {
    chain.first_step = TRY(in.get<std::int32_t>());
    chain.steps = TRY(in.get<std::int32_t>());
    chain.rows = TRY(in.get<std::int32_t>());
  }
  return {};
}

/// Few tensors do.
bool has_pitch(const program::ProgramTensor& tensor) { return tensor.pitch != 0; }

std::vector<std::byte> encode_pitches(const Program& program) {
  ByteWriter out;
  out.put(static_cast<std::uint32_t>(std::ranges::count_if(program.tensors, has_pitch)));
  for (std::size_t k = 0; k < program.tensors.size(); ++k)
    if (has_pitch(program.tensors[k])) {
      out.put(static_cast<std::int32_t>(k));
      out.put(program.tensors[k].pitch);
    }
  return std::move(out.bytes());
}

Status decode_pitches(std::span<const std::byte> bytes, Program& program) {
  ByteReader in(bytes);
  const std::size_t count = TRY(in.count(sizeof(std::int32_t) + sizeof(std::uint64_t)));
  for (std::size_t k = 0; k < count; ++k) {
    const auto index = TRY(in.get<std::int32_t>());
    if (index < 0 || static_cast<std::size_t>(index) >= program.tensors.size())
      return fail(ErrorKind::kInvalid, "a pitch of tensor {} of {}", index, program.tensors.size());
    program.tensors[static_cast<std::size_t>(index)].pitch = TRY(in.get<std::uint64_t>());
  }
  return {};
}

/// CRC of header and table with the CRC's own field zero.
std::uint32_t header_crc(std::span<const std::byte> head) {
  std::vector<std::byte> copy(head.begin(), head.end());
  std::fill_n(copy.begin() + kHeaderCrcAt, 4, std::byte{0});
  return base::crc32c(copy);
}

using Sections = std::map<std::uint32_t, std::span<const std::byte>>;

Result<Sections> read_sections(std::span<const std::byte> bytes, std::uint32_t& required_isa) {
  ByteReader in(bytes);
  const auto magic = TRY(in.take(kEngineMagic.size()));
  if (!looks_like_engine(magic)) return fail(ErrorKind::kInvalid, "not an engine file (.hedge)");
  const auto major = TRY(in.get<std::uint16_t>());
  (void)TRY(in.get<std::uint16_t>());
  if (major != kEngineMajor)
    return fail(ErrorKind::kUnsupported,
                "engine file of version {}; this hedge reads version {}: compile the model again", major, kEngineMajor);
  required_isa = TRY(in.get<std::uint32_t>());
  const auto file_bytes = TRY(in.get<std::uint64_t>());
  const auto count = TRY(in.get<std::uint32_t>());
  const auto crc = TRY(in.get<std::uint32_t>());
  if (file_bytes != bytes.size())
    return fail(ErrorKind::kInvalid, "{} bytes instead of {}: cut off, or not fully copied", bytes.size(), file_bytes);
  if (count > kSectionsMax || bytes.size() < kHeaderBytes + count * kSectionBytes)
    return fail(ErrorKind::kInvalid, "a table of {} sections", count);
  if (header_crc(bytes.first(kHeaderBytes + count * kSectionBytes)) != crc)
    return fail(ErrorKind::kInvalid, "damaged: the header's checksum is wrong");
  Sections sections;
  for (std::uint32_t k = 0; k < count; ++k) {
    const auto type = TRY(in.get<std::uint32_t>());
    const auto section_crc = TRY(in.get<std::uint32_t>());
    const auto offset = TRY(in.get<std::uint64_t>());
    const auto size = TRY(in.get<std::uint64_t>());
    if (offset > bytes.size() || size > bytes.size() - offset)
      return fail(ErrorKind::kInvalid, "section {} lies outside the file", type);
    const auto content = bytes.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
    if (base::crc32c(content) != section_crc)
      return fail(ErrorKind::kInvalid, "damaged: the checksum of section {} is wrong", type);
    if (!sections.emplace(type, content).second) return fail(ErrorKind::kInvalid, "section {} is there twice", type);
  }
  return sections;
}

Result<std::span<const std::byte>> need(const Sections& sections, Section type) {
  const auto found = sections.find(static_cast<std::uint32_t>(type));
  if (found == sections.end())
    return fail(ErrorKind::kInvalid, "section {} is missing", static_cast<std::uint32_t>(type));
  return found->second;
}

}  // namespace

bool looks_like_engine(std::span<const std::byte> first_bytes) {
  return first_bytes.size() >= kEngineMagic.size() &&
         std::memcmp(first_bytes.data(), kEngineMagic.data(), kEngineMagic.size()) == 0;
}

namespace {

/// All that stands before the weights.
std::vector<std::byte> encode_head(const EngineFile& file) {
  const Program& program = file.program;
  std::vector<std::pair<Section, std::vector<std::byte>>> sections;
  sections.emplace_back(Section::kTensors, encode_tensors(program));
  sections.emplace_back(Section::kSteps, encode_steps(program));
  sections.emplace_back(Section::kPorts, encode_ports(program));
  sections.emplace_back(Section::kProvenance, encode_provenance(program.provenance));
  if (!file.card.empty()) {
    const auto text = std::as_bytes(std::span(file.card));
    sections.emplace_back(Section::kCard, std::vector(text.begin(), text.end()));
  }
  if (!file.golden.empty()) sections.emplace_back(Section::kGolden, encode_golden(file.golden));
  if (program.portable) sections.emplace_back(Section::kPortable, encode_portable(*program.portable));
  if (!program.bands.empty()) sections.emplace_back(Section::kBands, encode_bands(program.bands));
  if (std::ranges::any_of(program.tensors, has_pitch))
    sections.emplace_back(Section::kPitches, encode_pitches(program));
  const std::size_t head_bytes = kHeaderBytes + (sections.size() + 1) * kSectionBytes;
  std::uint64_t offset = head_bytes;
  ByteWriter table;
  const auto add_row = [&](Section type, std::span<const std::byte> content, std::uint64_t at) {
    table.put(type);
    table.put(base::crc32c(content));
    table.put(at);
    table.put(static_cast<std::uint64_t>(content.size()));
  };
  for (const auto& [type, content] : sections) {
    add_row(type, content, offset);
    offset += content.size();
  }
  const std::uint64_t weights_at = base::align_up(offset, kWeightsAlignment);
  const std::span<const std::byte> weights(program.weights.get(), program.weights_bytes);
  add_row(Section::kWeights, weights, weights_at);

  ByteWriter out;
  for (const char c : kEngineMagic) out.put(c);
  out.put(kEngineMajor);
  out.put(kEngineMinor);
  out.put(program.required_isa.bits);
  out.put(weights_at + weights.size());
  out.put(static_cast<std::uint32_t>(sections.size() + 1));
  out.put(std::uint32_t{0});
  out.put(table.bytes());
  const std::uint32_t crc = header_crc(out.bytes());
  std::memcpy(out.bytes().data() + kHeaderCrcAt, &crc, sizeof(crc));
  for (const auto& [type, content] : sections) out.put(content);
  out.bytes().resize(weights_at);
  return std::move(out.bytes());
}

}  // namespace

std::vector<std::byte> encode_engine(const EngineFile& file) {
  std::vector<std::byte> bytes = encode_head(file);
  bytes.insert(bytes.end(), file.program.weights.get(), file.program.weights.get() + file.program.weights_bytes);
  return bytes;
}

std::size_t portable_bytes(const Program& program) {
  return program.portable ? kSectionBytes + encode_portable(*program.portable).size() : 0;
}

Status write_engine_file(const std::filesystem::path& path, const EngineFile& file) {
  TRY(check_golden(file.golden, file.program));
  if (const std::size_t size = encode_golden(file.golden).size(); size > kGoldenBytesMax)
    return fail(ErrorKind::kResourceLimit, "golden vectors of {} bytes; {} are possible", size, kGoldenBytesMax);
  const std::vector<std::byte> head = encode_head(file);
  const std::span<const std::byte> pieces[] = {head, {file.program.weights.get(), file.program.weights_bytes}};
  return base::write_file(path, std::span<const std::span<const std::byte>>(pieces));
}

Result<EngineFile> decode_engine(std::span<const std::byte> bytes, std::shared_ptr<const void> owner) {
  EngineFile file;
  Program& program = file.program;
  const Sections sections = TRY(read_sections(bytes, program.required_isa.bits));
  TRY(decode_tensors(TRY(need(sections, Section::kTensors)), program));
  TRY(decode_steps(TRY(need(sections, Section::kSteps)), program));
  ByteReader ports(TRY(need(sections, Section::kPorts)));
  program.inputs = TRY(get_indices(ports));
  program.outputs = TRY(get_indices(ports));
  TRY(decode_provenance(TRY(need(sections, Section::kProvenance)), program.provenance));
  const auto weights = TRY(need(sections, Section::kWeights));
  if (reinterpret_cast<std::uintptr_t>(weights.data()) % base::kAlignment != 0)
    return fail(ErrorKind::kInvalid, "the weights are not aligned");
  program.weights = std::shared_ptr<const std::byte>(std::move(owner), weights.data());
  program.weights_bytes = weights.size();
  if (const auto card = sections.find(static_cast<std::uint32_t>(Section::kCard)); card != sections.end())
    file.card.assign(reinterpret_cast<const char*>(card->second.data()), card->second.size());
  if (const auto golden = sections.find(static_cast<std::uint32_t>(Section::kGolden)); golden != sections.end()) {
    file.golden = TRY(decode_golden(golden->second));
    TRY(check_golden(file.golden, program));
  }
  if (const auto portable = sections.find(static_cast<std::uint32_t>(Section::kPortable)); portable != sections.end())
    TRY(decode_portable(portable->second, program));
  if (const auto bands = sections.find(static_cast<std::uint32_t>(Section::kBands)); bands != sections.end())
    TRY(decode_bands(bands->second, program));
  if (const auto pitches = sections.find(static_cast<std::uint32_t>(Section::kPitches)); pitches != sections.end())
    TRY(decode_pitches(pitches->second, program));
  return file;
}

Result<EngineFile> open_engine_file(const std::filesystem::path& path) {
  auto map = std::make_shared<const base::MappedFile>(TRY(base::MappedFile::open(path)));
  auto file = decode_engine(map->bytes(), map);
  if (!file) return base::in_context(file.error(), path.string());
  return file;
}

}  // namespace hedge::format
