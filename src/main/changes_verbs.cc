// weir changes: a copy of another Weir's feed of public records, checked against what it has
// signed.
#include <cstdio>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <unistd.h>

#include "advisory/read.h"
#include "base/bytes.h"
#include "compat/mirror.h"
#include "main/verbs.h"
#include "merkle/merkle.h"
#include "net/net.h"

namespace weir::main {
namespace {

namespace fs = std::filesystem;

constexpr Duration kPageTime = std::chrono::minutes(10);
constexpr std::size_t kMostPageBytes = std::size_t{128} << 20;  // one record may be large
constexpr std::size_t kMostHeadBytes = std::size_t{64} << 10;
constexpr std::size_t kReadBytes = std::size_t{1} << 20;
constexpr std::size_t kMostLineBytes = std::size_t{128} << 20;
constexpr std::string_view kKeyEnd = "/promise";
constexpr std::string_view kLines = "/changes.ndjson";
constexpr std::string_view kNote = "/head";
constexpr std::string_view kState = "/state";

struct ChangesArguments {
  std::string address;
  std::string folder;
  std::string vkey;
  std::string ca_file;
};

/// The key, and the origin that it answers for.
struct Signer {
  merkle::VerifierKey key;
  std::string origin;
};
Result<Signer> signer_of(const std::string& vkey) {
  const merkle::VerifierKey key = TRY(merkle::VerifierKey::parse(vkey));
  if (!key.name().ends_with(kKeyEnd)) {
    return fail(Code::invalid, "feeds are signed by the key ORIGIN/promise", "--vkey");
  }
  return Signer{key, key.name().substr(0, key.name().size() - kKeyEnd.size())};
}

Result<compat::FeedHead> open_head(const Signer& signer, std::string_view text) {
  const merkle::Note note = TRY(merkle::parse_note(text));
  TRY(merkle::verify_note(note, std::span(&signer.key, 1)));
  return compat::parse_head_note(note.body, signer.origin);
}

/// How far a copy has come: "FEED POSITION BASE64 BYTES", the bytes of its lines.
struct Copied {
  std::string feed;
  catalog::Head head;
  std::uint64_t bytes = 0;

  Status add(const compat::Change& change) {
    head = TRY(compat::follow_change(head, change));
    feed = feed.empty() ? to_hex(head.hash.view()) : feed;  // the first entry names it
    return {};
  }
};
std::string text_of(const Copied& copied) {
  return fmt::format("{} {} {} {}\n", copied.feed, copied.head.version, to_base64(copied.head.hash),
                     copied.bytes);
}
Result<Copied> read_state(const std::string& folder) {
  if (!fs::exists(folder + std::string(kState))) {
    return Copied{};
  }
  const std::string text = TRY(read_file(folder + std::string(kState), kMostHeadBytes));
  std::array<std::string_view, 4> words;
  std::string_view rest = text;
  for (std::string_view& word : words) {
    const std::size_t end = rest.find_first_of(" \n");
    if (end == std::string_view::npos) {
      return fail(Code::corrupt, "this is no state of a copy", folder + std::string(kState));
    }
    word = rest.substr(0, end);
    rest.remove_prefix(end + 1);
  }
  const auto position = parse_decimal(words[1]);
  const auto hash = digest_from_base64(words[2]);
  const auto bytes = parse_decimal(words[3]);
  if (!position || !hash || !bytes || !rest.empty()) {
    return fail(Code::corrupt, "this is no state of a copy", folder + std::string(kState));
  }
  return Copied{std::string(words[0]), {static_cast<catalog::VersionId>(*position), *hash}, *bytes};
}

Result<std::string> fetch(const ChangesArguments& arguments, const std::string& path,
                          std::size_t most) {
  net::Limits limits{.total = kPageTime, .bytes = most};
  limits.ca_file = arguments.ca_file;
  const std::string url = arguments.address + path;
  net::Answer answer = TRY(net::get(url, limits));
  if (answer.status != 200) {
    return fail(Code::unavailable, fmt::format("the server answers {}", answer.status), url);
  }
  return std::move(answer.body);
}

/// The lines of a copy, to be added to.
class Lines {
 public:
  /// Cuts off what a crash has left behind the last state.
  static Result<Lines> open(const std::string& folder, std::uint64_t bytes) {
    const std::string path = folder + std::string(kLines);
    Lines lines;
    lines.file_.reset(std::fopen(path.c_str(), "abe"));
    std::error_code error;
    if (lines.file_ && fs::file_size(path, error) >= bytes && !error) {
      fs::resize_file(path, bytes, error);
    }
    if (!lines.file_ || error || fs::file_size(path, error) != bytes) {
      return fail(Code::corrupt, "the lines of the copy are not those of its state", path);
    }
    return lines;
  }
  /// A record with line breaks stands without the space between its tokens.
  Status add(const compat::MirroredChange& change, std::string_view text) {
    std::string line(text);
    if (line.find('\n') != std::string::npos) {
      line.resize(text.size() - change.record.size() - 1);
      line += advisory::minified(change.record) + "}";
    }
    line += '\n';
    if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size()) {
      return fail(Code::unavailable, "the copy cannot be written");
    }
    added_ += line.size();
    return {};
  }
  /// Durable; how many bytes were added since the last time.
  Result<std::uint64_t> settle() {
    if (std::fflush(file_.get()) != 0 || ::fsync(::fileno(file_.get())) != 0) {
      return fail(Code::unavailable, "the copy cannot be written");
    }
    return std::exchange(added_, 0);
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
  std::uint64_t added_ = 0;
};

/// One page into the copy, up to the head that is signed. False when that is reached.
Result<bool> take_page(const ChangesArguments& arguments, const compat::FeedHead& wanted,
                       Copied& copied, Lines& lines) {
  const std::string body = TRY(
      fetch(arguments, fmt::format("/api/v1/changes?superseded=yes&after={}", copied.head.version),
            kMostPageBytes));
  const compat::FeedPage page = TRY(compat::read_feed_page(body));
  for (const std::string_view text : page.changes) {
    const compat::MirroredChange one = TRY(compat::read_feed_change(text));
    if (one.change.version > wanted.position) {
      break;  // newer than what is signed: next time
    }
    if (one.record.empty() && !one.change.digest.empty() && !one.change.is_superseded) {
      return fail(Code::corrupt, "a record is held back", one.change.id);
    }
    TRY(copied.add(one.change));
    TRY(lines.add(one, text));
  }
  copied.bytes += TRY(lines.settle());
  TRY(write_file(arguments.folder + std::string(kState), text_of(copied)));
  return copied.head.version < wanted.position && page.has_more;
}

Status check_reached(const compat::FeedHead& wanted, const Copied& copied) {
  if (copied.feed != wanted.feed) {
    return fail(Code::corrupt, "the first entry is not that of the feed whose head is signed");
  }
  if (copied.head.version != wanted.position || copied.head.hash != wanted.hash) {
    return fail(Code::corrupt,
                fmt::format("what was given up to {} is not what is signed: something was changed "
                            "or left out",
                            wanted.position));
  }
  return {};
}

json::Object view(const Copied& copied) {
  return {{"feed", copied.feed},
          {"position", copied.head.version},
          {"hash", to_base64(copied.head.hash)}};
}

Status follow(const Line& line, const ChangesArguments& arguments) {
  const Signer signer = TRY(signer_of(arguments.vkey));
  std::error_code error;
  fs::create_directories(arguments.folder, error);
  Copied copied = TRY(read_state(arguments.folder));
  const std::string note = TRY(fetch(arguments, "/api/v1/changes/head", kMostHeadBytes));
  const compat::FeedHead wanted = TRY(open_head(signer, note));
  if (!copied.feed.empty() && copied.feed != wanted.feed) {
    return fail(Code::conflict,
                "this is another feed than the one of the copy: their database was made anew; "
                "begin in an empty folder");
  }
  if (wanted.position < copied.head.version) {
    return fail(Code::corrupt, "the feed has gone back behind what was signed before");
  }
  Lines lines = TRY(Lines::open(arguments.folder, copied.bytes));
  while (copied.head.version < wanted.position &&
         TRY(take_page(arguments, wanted, copied, lines))) {
  }
  TRY(check_reached(wanted, copied));
  TRY(write_file(arguments.folder + std::string(kNote), note));
  line.say(view(copied));
  return {};
}

Status check_line(std::string_view text, Copied& copied) {
  const compat::MirroredChange one = TRY(compat::read_feed_change(text));
  return copied.add(one.change);
}

Status verify(const Line& line, const ChangesArguments& arguments) {
  const Signer signer = TRY(signer_of(arguments.vkey));
  const std::string note = TRY(read_file(arguments.folder + std::string(kNote), kMostHeadBytes));
  const compat::FeedHead wanted = TRY(open_head(signer, note));
  const std::string path = arguments.folder + std::string(kLines);
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             &std::fclose);
  if (!file) {
    return fail(Code::not_found, "there is no copy here", path);
  }
  Copied copied;
  std::string waiting;
  std::size_t start = 0;  // of the line that is next
  std::uint64_t number = 0;
  std::string piece(kReadBytes, '\0');
  while (copied.head.version < wanted.position) {
    const std::size_t end = waiting.find('\n', start);
    if (end == std::string::npos) {
      waiting.erase(0, std::exchange(start, 0));
      const std::size_t got = std::fread(piece.data(), 1, piece.size(), file.get());
      if (got == 0 || waiting.size() > kMostLineBytes) {
        break;
      }
      waiting.append(piece, 0, got);
      continue;
    }
    ++number;
    const std::string_view text = std::string_view(waiting).substr(start, end - start);
    if (Status checked = check_line(text, copied); !checked) {
      checked.error().where = fmt::format("line {}", number);
      return checked;
    }
    start = end + 1;
  }
  TRY(check_reached(wanted, copied));
  json::Object row = view(copied);
  row["entries"] = number;
  line.say(row);
  return {};
}

}  // namespace

void add_changes_verbs(CLI::App& root, Line& line) {
  CLI::App* group = add_group(root, "changes", "The public records of another Weir, proven whole");
  auto arguments = std::make_shared<ChangesArguments>();
  CLI::App* followed = add_verb(
      *group, line, "follow", "Copy what has changed, up to what is signed, and check it",
      "weir changes follow https://weir.example --to mirror --vkey weir.example/log/promise+...",
      [&line, arguments] { return follow(line, *arguments); });
  followed->add_option("address", arguments->address, "of the server")->required();
  followed->add_option("--to", arguments->folder, "the folder of the copy")->required();
  followed->add_option("--ca-file", arguments->ca_file, "PEM file of authorities to trust");
  CLI::App* verified = add_verb(*group, line, "verify", "Check a copy without its server",
                                "weir changes verify mirror --vkey weir.example/log/promise+...",
                                [&line, arguments] { return verify(line, *arguments); });
  verified->add_option("folder", arguments->folder, "the folder of the copy")->required();
  for (CLI::App* verb : {followed, verified}) {
    verb->add_option("--vkey", arguments->vkey, "the key that signs: ORIGIN/promise+...")
        ->required();
  }
}

}  // namespace weir::main
