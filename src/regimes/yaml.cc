// The only place that includes yaml-cpp. It is used as a stream of events, so that what it would
// resolve silently (aliases, keys twice, several documents) is seen and refused, and so that
// nesting is bounded. It throws for syntax; that is caught here.
#include "regimes/yaml.h"

#include <algorithm>
#include <optional>
#include <sstream>

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include "base/bytes.h"
#include "regimes/regimes.h"

namespace weir::regimes {
namespace {

/// What is shown to people, mailed and printed may neither move a cursor nor turn a line around:
/// no C0, C1 (U+0080 to U+009F) or deletion, no U+202A to U+202E, U+2066 to U+2069.
bool is_shown_as_it_is(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto at = [&](std::size_t offset) {
      return static_cast<unsigned char>(i + offset < text.size() ? text[i + offset] : '\0');
    };
    const bool is_control = at(0) < 0x20 || at(0) == 0x7f || (at(0) == 0xc2 && at(1) < 0xa0);
    const bool is_override = at(0) == 0xe2 && at(1) == 0x80 && at(2) >= 0xaa && at(2) <= 0xae;
    const bool is_isolate = at(0) == 0xe2 && at(1) == 0x81 && at(2) >= 0xa6 && at(2) <= 0xa9;
    if (is_control || is_override || is_isolate) {
      return false;
    }
  }
  return true;
}

class Builder final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    refuse(mark, "a value is missing");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    refuse(mark, "aliases are not used here");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    if (is_plain(mark, tag, anchor) && value.size() > kMaxTextBytes) {
      refuse(mark, "a text is too long");
    }
    if (!is_shown_as_it_is(value)) {
      refuse(mark, "a text holds no control characters, and none that turn its direction");
    }
    Node node;
    node.text = value;
    node.line = mark.line + 1;
    add(mark, std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, Node::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(mark, tag, anchor, Node::Kind::map);
  }
  void OnMapEnd() override { close(); }

  std::optional<Error> error;
  std::optional<Node> root;
  std::string file;

 private:
  struct Level {
    Node node;
    std::optional<std::string> key;  // of a map, read but without its value yet
  };

  void refuse(const YAML::Mark& mark, std::string why) {
    if (!error) {
      error = Error{Code::invalid, std::move(why), file + ":" + std::to_string(mark.line + 1)};
    }
  }

  bool is_plain(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0 || (!tag.empty() && tag != "?" && tag != "!")) {
      refuse(mark, "anchors and tags are not used here");
    }
    return !error;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            Node::Kind kind) {
    if (is_plain(mark, tag, anchor) && levels_.size() >= kMaxDepth) {
      refuse(mark, "nested too deeply");
    }
    if (error) {
      return;
    }
    if (!levels_.empty() && levels_.back().node.kind == Node::Kind::map && !levels_.back().key) {
      refuse(mark, "a key is a text");
      return;
    }
    Level level;
    level.node.kind = kind;
    level.node.line = mark.line + 1;
    levels_.push_back(std::move(level));
  }

  void close() {
    if (error || levels_.empty()) {
      return;
    }
    Node node = std::move(levels_.back().node);
    levels_.pop_back();
    add({}, std::move(node));
  }

  void add(const YAML::Mark& mark, Node node) {
    if (error) {
      return;
    }
    if (levels_.empty()) {
      root = std::move(node);
      return;
    }
    Level& level = levels_.back();
    if (level.node.kind == Node::Kind::list) {
      level.node.items.push_back(std::move(node));
    } else if (!level.key) {
      if (level.node.find(node.text) != nullptr) {
        refuse(mark, "key twice: " + node.text);
        return;
      }
      level.key = std::move(node.text);
    } else {
      level.node.keys.push_back(std::move(*level.key));
      level.node.items.push_back(std::move(node));
      level.key.reset();
    }
  }

  std::vector<Level> levels_;
};

}  // namespace

const Node* Node::find(std::string_view key) const {
  const auto found = std::ranges::find(keys, key);
  return found == keys.end() ? nullptr : &items[static_cast<std::size_t>(found - keys.begin())];
}

Result<Node> parse_yaml(const std::string& name, std::string_view text) {
  if (text.size() > kMaxFileBytes) {
    return fail(Code::invalid, "a file is at most 256 KiB", name);
  }
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
    return fail(Code::invalid, "a file is UTF-8 text", name);
  }
  Builder builder;
  builder.file = name;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      return fail(Code::invalid, "the file is empty", name);
    }
    Builder second;
    if (!builder.error && parser.HandleNextDocument(second)) {
      return fail(Code::invalid, "a file is one document", name);
    }
  } catch (const YAML::Exception& exception) {
    const bool is_deep = dynamic_cast<const YAML::DeepRecursion*>(&exception) != nullptr;
    return fail(Code::invalid, is_deep ? "nested too deeply" : exception.msg,
                name + ":" + std::to_string(exception.mark.line + 1));
  } catch (const std::exception& exception) {
    return fail(Code::invalid, exception.what(), name);
  }
  if (builder.error) {
    return std::unexpected(*builder.error);
  }
  if (!builder.root) {
    return fail(Code::invalid, "the file is empty", name);
  }
  return *std::move(builder.root);
}

}  // namespace weir::regimes
