// The table and our own JSON.
#include "match/render.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace weir::match {
namespace {

constexpr std::ptrdiff_t kListedColumn = 3;  // beside the score

std::string score_of(const Row& row) {
  return row.score < 0 ? "" : fmt::format("{}.{}", row.score / 10, row.score % 10);
}

const sbom::Component& component_of(const Report& report, const Row& row) {
  return report.inventory.components[row.answer.target];
}

/// Characters, not bytes: continuation bytes of UTF-8 take no place.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// Nothing that a terminal would obey: a name in an inventory is a stranger's text.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  return out;
}

using Cells = std::vector<std::string>;

std::string aligned(const std::vector<Cells>& lines) {
  std::vector<std::size_t> widths(lines.empty() ? 0 : lines.front().size());
  for (const Cells& cells : lines) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      widths[i] = std::max(widths[i], width(cells[i]));
    }
  }
  std::string out;
  for (const Cells& cells : lines) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      line += cells[i];
      line.append(widths[i] - width(cells[i]) + 2, ' ');
    }
    line.resize(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

json::Value names(const std::vector<std::string>& texts) {
  return json::Array(texts.begin(), texts.end());
}

json::Object row_of(const Report& report, const Row& row) {
  const Answer& answer = row.answer;
  const sbom::Component& component = component_of(report, row);
  json::Object out{{"component", component.name},
                   {"version", report.targets[answer.target].version},
                   {"purl", component.purl},
                   {"place", component.place},
                   {"id", answer.id},
                   {"source", advisory::name(answer.source)},
                   {"aliases", names(row.aliases)},
                   {"standing", name(answer.verdict.standing)},
                   {"matched_by", name(answer.through)},
                   {"matched_name", answer.by},
                   {"part", answer.part},
                   {"rule", name(answer.verdict.rule)},
                   {"from", answer.verdict.from},
                   {"until", answer.verdict.until},
                   {"why", answer.why(report.targets[answer.target].version)}};
  if (!answer.vulnerability.empty()) {
    out["vulnerability"] = answer.vulnerability;
  }
  if (!answer.fix().empty()) {
    out["fixed_in"] = answer.fix();
  }
  if (answer.is_conditional) {
    out["conditional"] = true;
  }
  if (row.score >= 0) {
    out["score"] = row.score / 10.0;
  }
  if (!row.listed.empty()) {
    json::Array lists;
    for (const advisory::Source list : row.listed) {
      lists.push_back(json::Value(advisory::name(list)));
    }
    out["listed"] = std::move(lists);
  }
  if (!row.title.empty()) {
    out["title"] = row.title;
  }
  if (row.word.statement != nullptr) {
    out["vex"] = json::Object{{"position", name(row.word.statement->position)},
                              {"reason", sbom::reason(*row.word.statement)},
                              {"author", row.word.author},
                              {"place", row.word.statement->place}};
  }
  return out;
}

json::Array rows_of(const Report& report, const std::vector<Row>& rows) {
  json::Array out;
  for (const Row& row : rows) {
    out.push_back(row_of(report, row));
  }
  return out;
}

std::string tail_of(const Report& report) {
  std::string out =
      fmt::format("{} findings in {} components of {} ({} {})\n", report.findings.size(),
                  report.inventory.components.size(), plain(report.source),
                  sbom::name(report.inventory.format), report.inventory.version);
  for (const Row& row : report.suppressed) {
    out += fmt::format("suppressed: {} of {}: {} ({})\n", plain(row.answer.id),
                       plain(shown(component_of(report, row))),
                       plain(sbom::reason(*row.word.statement)), plain(row.word.author));
  }
  for (const Row& row : report.near_misses) {
    out += fmt::format("not: {} of {}: {}\n", plain(row.answer.id),
                       plain(shown(component_of(report, row))),
                       plain(row.answer.why(report.targets[row.answer.target].version)));
  }
  for (const sbom::Fault& fault : report.unread) {
    out += fmt::format("unread: {} ({})\n", plain(fault.what), plain(fault.place));
  }
  if (report.nameless > 0) {
    out += fmt::format("{} components have neither purl nor CPE: nothing can be said about them\n",
                       report.nameless);
  }
  return out;
}

}  // namespace

std::optional<Form> parse_form(std::string_view word) {
  constexpr auto kWords = std::to_array<std::string_view>({"table", "json", "sarif", "vex"});
  const auto at = std::ranges::find(kWords, word);
  return at == kWords.end() ? std::nullopt : std::optional(static_cast<Form>(at - kWords.begin()));
}

std::string shown(const sbom::Component& component) {
  const std::string& name = component.name.empty() ? component.purl : component.name;
  return component.version.empty() ? name : name + " " + component.version;
}

std::string render_table(const Report& report) {
  std::vector<const Row*> rows;
  for (const Row& row : report.findings) {
    rows.push_back(&row);
  }
  std::ranges::sort(rows, [](const Row* a, const Row* b) {
    return std::tuple(a->listed.empty(), -a->score, a->answer.target,
                      std::string_view(a->answer.id)) < std::tuple(b->listed.empty(), -b->score,
                                                                   b->answer.target,
                                                                   std::string_view(b->answer.id));
  });
  std::vector<Cells> lines;
  const bool has_lists =
      std::ranges::any_of(rows, [](const Row* row) { return !row->listed.empty(); });
  if (!rows.empty()) {
    lines.push_back({"COMPONENT", "VULNERABILITY", "CVSS", "FIXED IN", "SOURCE", "WHY"});
    if (has_lists) {
      lines.back().insert(lines.back().begin() + kListedColumn, "EXPLOITED");
    }
  }
  for (const Row* row : rows) {
    const Answer& answer = row->answer;
    std::string id = answer.id;
    if (!answer.vulnerability.empty()) {
      id += " (" + answer.vulnerability + ")";
    } else if (!row->aliases.empty()) {
      id += " (" + row->aliases.front() + ")";
    }
    lines.push_back({plain(shown(component_of(report, *row))), plain(id), score_of(*row),
                     plain(answer.fix()), std::string(advisory::name(answer.source)),
                     plain(answer.why(report.targets[answer.target].version))});
    if (has_lists) {
      std::string lists;
      for (const advisory::Source list : row->listed) {
        lists += (lists.empty() ? "" : " ") + std::string(advisory::name(list));
      }
      lines.back().insert(lines.back().begin() + kListedColumn, std::move(lists));
    }
  }
  return aligned(lines) + tail_of(report);
}

json::Value render_json(const Report& report) {
  json::Array unread;
  for (const sbom::Fault& fault : report.unread) {
    unread.push_back(json::Object{{"what", fault.what}, {"place", fault.place}});
  }
  json::Array faults;
  for (const sbom::Fault& fault : report.inventory.faults) {
    faults.push_back(json::Object{{"what", fault.what}, {"place", fault.place}});
  }
  return json::Object{{"inventory", json::Object{{"source", report.source},
                                                 {"form", sbom::name(report.inventory.format)},
                                                 {"version", report.inventory.version},
                                                 {"name", report.inventory.name},
                                                 {"serial", report.inventory.serial},
                                                 {"components", report.inventory.components.size()},
                                                 {"nameless", report.nameless},
                                                 {"faults", std::move(faults)}}},
                      {"findings", rows_of(report, report.findings)},
                      {"suppressed", rows_of(report, report.suppressed)},
                      {"near_misses", rows_of(report, report.near_misses)},
                      {"unread", std::move(unread)}};
}

}  // namespace weir::match
