// YAML is read as a stream of events and written down as JSON at once, so that nothing is resolved
// silently: no aliases (and so no bombs), no tags, no second document. yaml-cpp throws for syntax;
// that is caught here.
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "advisory/read.h"
#include "base/bytes.h"
#include "base/json.h"

namespace weir::advisory {
namespace {

constexpr std::size_t kMostYamlDepth = 64;

class Writer final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (is_allowed(mark, "", anchor)) {
      put_value(mark, "null");
    }
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    refuse(mark, "aliases are not taken");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (!is_allowed(mark, tag, anchor)) {
      return;
    }
    // Numbers stay text: an unquoted 1.10 is a version, and no 1.1.
    const bool is_word = tag == "?" && (value == "true" || value == "false" || value == "null");
    if (is_key()) {
      put_key(mark, value);
    } else if (is_word) {
      put_value(mark, value);
    } else {
      std::string quoted;
      json::append_canonical(quoted, std::string_view(value));
      put_value(mark, quoted);
    }
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, '[');
  }
  void OnSequenceEnd() override { close(']'); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, '{');
  }
  void OnMapEnd() override { close('}'); }

  std::optional<Error> error;
  std::string out;

 private:
  struct Level {
    bool is_map = false;
    bool has_key = false;  // of a map: the key was read, its value comes next
    std::size_t items = 0;
    std::set<std::string> keys{};
  };

  void refuse(const YAML::Mark& mark, std::string why) {
    if (!error) {
      error = Error{Code::invalid, std::move(why), fmt::format("line {}", mark.line + 1)};
    }
  }
  bool is_allowed(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0 || (!tag.empty() && tag != "?" && tag != "!")) {
      refuse(mark, "anchors and tags are not taken");
    } else if (++nodes_ > kMostYamlNodes) {
      refuse(mark, fmt::format("more than {} nodes", kMostYamlNodes));
    }
    return !error;
  }
  bool is_key() const {
    return !levels_.empty() && levels_.back().is_map && !levels_.back().has_key;
  }
  void put_key(const YAML::Mark& mark, const std::string& key) {
    Level& level = levels_.back();
    if (!level.keys.insert(key).second) {
      refuse(mark, "a key stands twice");
      return;
    }
    out += level.items++ == 0 ? "" : ",";
    json::append_canonical(out, std::string_view(key));
    out += ':';
    level.has_key = true;
  }
  /// What comes before a value, and that it has come.
  bool begin_value(const YAML::Mark& mark) {
    if (levels_.empty()) {
      return true;
    }
    Level& level = levels_.back();
    if (level.is_map && !level.has_key) {
      refuse(mark, "a key is a text");
      return false;
    }
    if (!level.is_map) {
      out += level.items++ == 0 ? "" : ",";
    }
    level.has_key = false;
    return true;
  }
  void put_value(const YAML::Mark& mark, std::string_view json) {
    if (begin_value(mark)) {
      out += json;
    }
  }
  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, char bracket) {
    if (!is_allowed(mark, tag, anchor)) {
      return;
    }
    if (levels_.size() == kMostYamlDepth) {
      refuse(mark, "nested too deep");
    } else if (begin_value(mark)) {
      out += bracket;
      levels_.push_back({.is_map = bracket == '{'});
    }
  }
  void close(char bracket) {
    if (!error && !levels_.empty()) {
      levels_.pop_back();
      out += bracket;
    }
  }

  std::vector<Level> levels_;
  std::size_t nodes_ = 0;
};

}  // namespace

Result<std::string> json_of_yaml(std::string_view yaml) {
  if (yaml.size() > kMostYamlBytes) {
    return fail(Code::invalid, fmt::format("YAML is at most {} bytes", kMostYamlBytes), "line 1");
  }
  if (!is_utf8(yaml) || yaml.find('\0') != std::string_view::npos) {
    return fail(Code::invalid, "YAML is UTF-8 text", "line 1");
  }
  Writer writer;
  try {
    std::istringstream stream{std::string(yaml)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(writer)) {
      return fail(Code::invalid, "there is nothing", "line 1");
    }
    Writer second;
    if (!writer.error && parser.HandleNextDocument(second)) {
      return fail(Code::invalid, "a record is one document", "line 1");
    }
  } catch (const YAML::DeepRecursion& deep) {  // before the writer has counted its levels
    return fail(Code::invalid, fmt::format("nested more than {} deep", kMostYamlDepth),
                fmt::format("line {}", deep.mark.line + 1));
  } catch (const YAML::Exception& exception) {
    return fail(Code::invalid, exception.msg, fmt::format("line {}", exception.mark.line + 1));
  } catch (const std::exception& exception) {
    return fail(Code::invalid, exception.what(), "line 1");
  }
  if (writer.error) {
    return std::unexpected(*writer.error);
  }
  return std::move(writer.out);
}

}  // namespace weir::advisory
