#include "catalog/preparer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"
#include "catalog/file_name.h"

namespace weir::catalog {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// By its byte order mark, or by every second byte of what can only begin with ASCII.
bool is_utf16(std::string_view start) {
  return start.starts_with("\xff\xfe") || start.starts_with("\xfe\xff") ||
         (start.size() > 1 && (start[0] == '\0') != (start[1] == '\0'));
}

/// For input without a telling name.
Form form_of_text(std::string_view start) {
  const std::size_t first = start.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) {
    return Form::other;
  }
  const std::string_view text = start.substr(first);
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  if (text.front() == '{') {
    const bool is_whole = end != std::string_view::npos && advisory::split(line).has_value() &&
                          text.find_first_not_of(" \t\r\n", end) != std::string_view::npos;
    return is_whole ? Form::lines : Form::document;
  }
  if (text.front() == '[') {
    return Form::document;
  }
  if (text.front() == '#' || line.find(',') != std::string_view::npos) {
    return Form::table;
  }
  return line.find(':') != std::string_view::npos ? Form::yaml : Form::other;
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

/// "0.97224" in millionths; nothing for what is not between 0 and 1.
std::optional<std::int64_t> millionths(std::string_view text) {
  constexpr std::size_t kDigits = 6;
  const std::size_t dot = std::min(text.find('.'), text.size());
  std::string digits(text.substr(std::min(dot + 1, text.size())));
  digits.resize(kDigits, '0');  // more digits than that are cut
  const auto whole = parse_decimal(text.substr(0, dot));
  const std::size_t start = std::min(digits.find_first_not_of('0'), kDigits - 1);
  const auto part = parse_decimal(std::string_view(digits).substr(start));
  if (!whole || !part || *whole > 1 || (*whole == 1 && *part > 0)) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(*whole * 1'000'000 + *part);
}

constexpr std::string_view kStrange = "this is a record of no known source";

}  // namespace

Preparer::Preparer(std::optional<advisory::Source> only, Seen seen, Compressor compressor,
                   Emit emit)
    : only_(only),
      seen_(std::move(seen)),
      compressor_(std::move(compressor)),
      emit_(std::move(emit)) {}

void Preparer::take(Input& input, const std::string& place) {
  input_ = &input;
  for (bool is_first = true; !is_over_; is_first = false) {
    const auto entry = input.next_entry();
    if (!entry) {
      reject(place, entry.error());
      break;
    }
    if (!*entry) {
      if (is_first) {  // a download that broke off at once, an archive of nothing
        reject(place, {Code::invalid, "there is nothing in it", ""});
      }
      break;
    }
    if ((*entry)->empty()) {
      take_entry(input, place, place);
    } else if (const std::string within = fmt::format("{}/{}", place, **entry);
               is_packed(**entry)) {
      reject(within, {Code::invalid, "packed within an archive: unpack that first", ""});
    } else {
      take_entry(input, **entry, within);
    }
  }
  batch_.consumed = input.consumed();
  input_ = nullptr;
}

void Preparer::take_entry(Input& input, const std::string& name, const std::string& place) {
  last_source_.reset();
  strange_ = 0;
  has_known_ = false;
  is_left_ = false;
  Form form = form_of(name);
  const bool is_named = has_ending(name);
  if (form == Form::other && is_named) {
    ++ignored_;
    return;
  }
  std::string text;
  const auto begun = input.read(text);
  if (!begun) {
    reject(place, begun.error());
    return;
  }
  if (is_utf16(text)) {
    reject(place, {Code::invalid, "this is UTF-16; only UTF-8 is taken", ""});
    return;
  }
  if (text.starts_with(kByteOrderMark)) {
    text.erase(0, kByteOrderMark.size());
  }
  if (form == Form::other) {
    form = form_of_text(text);
  }
  if (form == Form::lines) {
    take_lines(input, std::move(text), place);
  } else if (form == Form::other) {
    reject(place, {Code::invalid, "this is neither JSON, nor YAML, nor a table", ""});
  } else if (read_all(input, text, place)) {
    if (form == Form::document) {
      take_document(text, place);
    } else if (form == Form::yaml) {
      take_yaml(text, place);
    } else {
      take_table(text, place);
    }
  }
}

bool Preparer::read_all(Input& input, std::string& into, const std::string& place) {
  while (true) {
    const auto more = input.read(into);
    if (!more) {
      reject(place, more.error());
      return false;
    }
    if (!*more) {
      return true;
    }
    if (into.size() > kMostDocumentBytes) {
      reject(place, {Code::invalid,
                     fmt::format("a document is at most {} bytes", kMostDocumentBytes), ""});
      return false;
    }
  }
}

void Preparer::take_lines(Input& input, std::string buffer, const std::string& place) {
  std::uint64_t number = 0;
  bool is_too_long = false;  // what is before the next line feed belongs to a refused line
  bool is_more = true;
  std::size_t searched = 0;
  while (!is_over_ && !is_left_) {
    std::size_t start = 0;
    std::size_t end = buffer.find('\n', searched);
    for (; end != std::string::npos && !is_over_ && !is_left_; end = buffer.find('\n', start)) {
      ++number;
      if (!is_too_long) {
        take_line(std::string_view(buffer).substr(start, end - start), place, number);
      }
      is_too_long = false;
      start = end + 1;
    }
    buffer.erase(0, start);
    if (buffer.size() > advisory::kMostRecordBytes) {
      if (!is_too_long) {
        reject(fmt::format("{}:{}", place, number + 1),
               {Code::invalid,
                fmt::format("a record is at most {} bytes", advisory::kMostRecordBytes), ""});
      }
      is_too_long = true;
      buffer.clear();
    }
    searched = buffer.size();
    if (!is_more) {
      break;
    }
    const auto more = input.read(buffer);
    if (!more) {
      reject(place, more.error());
      return;
    }
    is_more = *more;
  }
  if (!is_over_ && !is_left_ && !is_too_long && !is_blank(buffer)) {
    take_line(buffer, place, number + 1);
  }
}

void Preparer::take_line(std::string_view line, const std::string& place, std::uint64_t number) {
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  if (is_blank(line)) {
    return;
  }
  const Digest digest = sha256(line);
  const Half half = Half::of(digest);
  if (was_seen(half)) {
    return;
  }
  const std::string where = fmt::format("{}:{}", place, number);
  const auto change = advisory::unwrap(line);
  if (!change) {
    seen_.erase(half);
    reject(where, change.error());
    return;
  }
  if (change->is_removal) {
    take_removal(*change, half, where);
    return;
  }
  const bool is_bare = change->record.size() == line.size();
  take_record(change->record, half, is_bare ? digest : sha256(change->record), *change, where);
}

void Preparer::take_document(const std::string& document, const std::string& place) {
  const auto records = advisory::split(document);
  if (!records) {
    reject(place, records.error());
    return;
  }
  std::size_t number = 0;
  for (const std::string_view record : *records) {
    ++number;
    const std::string where = records->size() == 1 ? place : fmt::format("{}#{}", place, number);
    if (record.size() > advisory::kMostRecordBytes) {
      reject(where, {Code::invalid,
                     fmt::format("a record is at most {} bytes", advisory::kMostRecordBytes), ""});
      continue;
    }
    // How it is laid out does not count: the same record in a line is the same.
    const Digest digest = sha256(advisory::minified(record));
    const Half half = Half::of(digest);
    if (!was_seen(half)) {
      take_record(record, half, digest, {}, where);
    }
    if (is_over_ || is_left_) {
      return;
    }
  }
}

void Preparer::take_yaml(const std::string& yaml, const std::string& place) {
  const auto json = advisory::json_of_yaml(yaml);
  if (!json) {
    reject(place, json.error());
    return;
  }
  const Digest digest = sha256(*json);
  if (const Half half = Half::of(digest); !was_seen(half)) {
    take_record(*json, half, digest, {}, place);
  }
}

void Preparer::take_table(const std::string& text, const std::string& place) {
  auto table = advisory::Table::open(text);
  if (!table) {
    reject(place, table.error());
    return;
  }
  const auto& header = table->header();
  if (header == std::vector<std::string>{"cve", "epss", "percentile"}) {
    take_epss(*table, place);
  } else if (std::ranges::find(header, "ICS-CERT_Number") != header.end()) {
    take_ics(*table, place);
  } else {
    reject(place, {Code::invalid, "this table is of no known source", "line 1"});
  }
}

void Preparer::take_epss(advisory::Table& table, const std::string& place) {
  constexpr std::string_view kDate = "score_date:";
  constexpr std::size_t kDay = 10;
  const std::size_t at = table.remark().find(kDate);
  const std::string day(at == std::string_view::npos
                            ? std::string_view()
                            : table.remark().substr(at + kDate.size(), kDay));
  if (!advisory::parse_date(day)) {
    reject(place, {Code::invalid, "EPSS begins with #model_version:…,score_date:…", "line 1"});
    return;
  }
  if (!batch_.epss.empty() && batch_.epss_day != day) {
    close_batch();
  }
  batch_.epss_day = day;
  std::vector<std::string> cells;
  while (!is_over_) {
    const auto more = table.next(cells);
    if (more && !*more) {
      return;
    }
    const auto score = more ? millionths(cells[1]) : std::nullopt;
    const auto percentile = more ? millionths(cells[2]) : std::nullopt;
    if (!more) {
      reject(place, more.error());
    } else if (!score || !percentile || !cells[0].starts_with("CVE-") ||
               !advisory::is_id(cells[0])) {
      reject(fmt::format("{}:{}", place, table.line()),
             {Code::invalid, "expected a CVE id and two numbers between 0 and 1", ""});
    } else {
      batch_.epss.push_back({cells[0], *score, *percentile});
      if (batch_.epss.size() >= kBatchRecords) {
        close_batch();
        batch_.epss_day = day;
      }
    }
  }
}

void Preparer::take_ics(advisory::Table& table, const std::string& place) {
  std::vector<std::string> cells;
  while (!is_over_) {
    const auto more = table.next(cells);
    if (more && !*more) {
      return;
    }
    const std::string where = fmt::format("{}:{}", place, table.line());
    if (!more) {
      reject(where, more.error());
      continue;
    }
    if (!std::ranges::all_of(cells, [](const std::string& cell) { return is_utf8(cell); })) {
      reject(where, {Code::invalid, "the row is not UTF-8", ""});
      continue;
    }
    std::string row = "{";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      row += i == 0 ? "" : ",";
      json::append_canonical(row, table.header()[i]);
      row += ':';
      json::append_canonical(row, cells[i]);
    }
    row += '}';
    const Digest digest = sha256(row);
    if (was_seen(Half::of(digest))) {
      continue;
    }
    take_record(row, Half::of(digest), digest, {}, where);
  }
}

void Preparer::take_record(std::string_view record, const Half& line, const Digest& digest,
                           const advisory::Change& change, const std::string& place) {
  const auto one = reader_.read(record);
  if (!one) {
    seen_.erase(line);  // the same again is refused again, not taken for known
    strange_ += !has_known_ && one.error().message == kStrange ? 1 : 0;
    if (strange_ == kMostStrange) {
      is_left_ = true;
      std::erase_if(batch_.rejects, [](const Reject& it) { return it.error.message == kStrange; });
      reject(place, {Code::invalid,
                     fmt::format("none of the first {} records is of a known source: the rest was "
                                 "not read",
                                 kMostStrange),
                     ""});
    } else {
      reject(place, one.error());
    }
    return;
  }
  if (only_ && one->source != *only_) {
    seen_.erase(line);
    reject(place, {Code::invalid, fmt::format("this is a record of {}", name(one->source)), ""});
    return;
  }
  has_known_ = true;
  last_source_ = one->source;
  Prepared prepared = prepare(*one);
  prepared.line = line;
  prepared.digest = digest;
  prepared.fed = change.fed;
  add(std::move(prepared), record);
}

void Preparer::take_removal(const advisory::Change& change, const Half& line,
                            const std::string& place) {
  Prepared removal;
  removal.is_removal = true;
  removal.fed = change.fed;
  removal.id = change.id;
  removal.source = only_ ? only_ : last_source_;
  if (!change.record.empty()) {
    const auto one = reader_.read(change.record);
    if (!one) {
      seen_.erase(line);
      reject(place, one.error());
      return;
    }
    removal.id = one->id;
    removal.source = one->source;
  }
  if (!removal.source) {
    seen_.erase(line);
    reject(place, {Code::invalid, "the source of what is removed is not known: say --source", ""});
    return;
  }
  seen_.erase(line);  // the same line removes another record from another source
  removal.line = Half::of(Sha256().add(advisory::name(*removal.source)).add(line.view()).finish());
  if (!was_seen(removal.line)) {
    add(std::move(removal), {});
  }
}

bool Preparer::was_seen(const Half& line) {
  if (!seen_.insert(line).second) {
    ++batch_.seen;
    return true;
  }
  return false;
}

void Preparer::add(Prepared one, std::string_view text) {
  one.size = text.size();
  batch_.bytes += text.size();
  if (!one.is_removal && compressor_.has(*one.source)) {
    one.body = compressor_.compress(*one.source, text);
  } else {
    one.text = text;  // until there are enough of its source for a dictionary
  }
  batch_.records.push_back(std::move(one));
  if (batch_.records.size() >= kBatchRecords || batch_.bytes >= kBatchBytes) {
    close_batch();
  }
}

void Preparer::reject(std::string place, Error error) {
  error.where = utf8_of(error.where);
  batch_.rejects.push_back({utf8_of(place), std::move(error)});
  if (batch_.rejects.size() >= kBatchRecords) {
    close_batch();
  }
}

void Preparer::train_dictionaries() {
  std::map<advisory::Source, std::vector<std::string_view>> samples;
  for (const Prepared& one : batch_.records) {
    if (!one.text.empty()) {
      samples[*one.source].push_back(one.text);
    }
  }
  for (const auto& [source, texts] : samples) {
    if (std::string bytes = train(texts); !bytes.empty()) {
      Dictionary made{compressor_.next_id(), source, std::move(bytes)};
      compressor_.add(made);
      batch_.dictionaries.push_back(std::move(made));
    }
  }
}

void Preparer::close_batch() {
  train_dictionaries();
  for (Prepared& one : batch_.records) {
    if (!one.is_removal && !one.text.empty()) {
      one.body = compressor_.compress(*one.source, one.text);
      one.text = std::string();
    }
  }
  batch_.consumed = input_ == nullptr ? batch_.consumed : input_->consumed();
  Batch closed = std::move(batch_);
  batch_ = Batch{};
  is_over_ = !emit_(std::move(closed)) || is_over_;
}

void Preparer::finish() {
  if (!is_over_) {
    close_batch();
  }
}

}  // namespace weir::catalog
