// The first thread of an import: text in, batches out. Private to catalog.
//
// Thread rule: one thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "advisory/read.h"
#include "catalog/import.h"
#include "catalog/input.h"
#include "catalog/prepared.h"

namespace weir::catalog {

class Preparer {
 public:
  /// `emit` takes a closed batch; false ends the work.
  using Emit = std::function<bool(Batch)>;
  Preparer(std::optional<advisory::Source> only, Seen seen, Compressor compressor, Emit emit);

  /// Everything in `input`. `place` stands before the line in rejects.
  void take(Input& input, const std::string& place);
  void reject(std::string place, Error error);
  /// Sends what is left.
  void finish();
  bool is_over() const { return is_over_; }
  std::uint64_t ignored() const { return ignored_; }

 private:
  void take_entry(Input& input, const std::string& name, const std::string& place);
  void take_lines(Input& input, std::string buffer, const std::string& place);
  void take_document(const std::string& document, const std::string& place);
  void take_yaml(const std::string& yaml, const std::string& place);
  void take_table(const std::string& text, const std::string& place);
  void take_epss(advisory::Table& table, const std::string& place);
  void take_ics(advisory::Table& table, const std::string& place);
  void take_line(std::string_view line, const std::string& place, std::uint64_t number);
  void take_record(std::string_view record, const Half& line, const Digest& digest,
                   const advisory::Change& change, const std::string& place);
  void take_removal(const advisory::Change& change, const Half& line, const std::string& place);
  void add(Prepared one, std::string_view text);
  bool was_seen(const Half& line);
  void close_batch();
  void train_dictionaries();
  bool read_all(Input& input, std::string& into, const std::string& place);

  std::optional<advisory::Source> only_;
  Seen seen_;
  Compressor compressor_;
  Emit emit_;
  advisory::Reader reader_;
  Batch batch_;
  Input* input_ = nullptr;
  bool is_over_ = false;
  std::uint64_t ignored_ = 0;
  // Of the entry that is being read:
  std::optional<advisory::Source> last_source_;
  std::size_t strange_ = 0;  // records of no known source before the first of a known one
  bool has_known_ = false;
  bool is_left_ = false;
};

}  // namespace weir::catalog
